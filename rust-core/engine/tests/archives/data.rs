//! The data of entries: deflate streams that lie, wrong checksums, bombs.

use airlock_protocol::Code::ArchiveUnsafe;

use crate::support::{Entry, Zip, accept, crc32, deflate, refuse, unpack_undescribed};

const TEXT: &[u8] = b"export const answer = 42; export const answer = 42;";

/// A deflated entry with `data` for the bytes of TEXT.
fn with_data(data: Vec<u8>) -> Zip {
    let compressed = data.len() as u32;
    let mut entry = Entry::deflated("app.js", TEXT).everywhere(|header| header.compressed = compressed);
    entry.data = data;
    Zip::of([entry])
}

#[test]
fn the_stream_that_these_tests_change_is_sound() {
    assert_eq!(accept(&with_data(deflate(TEXT)))["app.js"], TEXT);
}

#[test]
fn a_wrong_checksum_is_refused() {
    for entry in [Entry::deflated("app.js", TEXT), Entry::stored("app.js", TEXT)] {
        let entry = entry.everywhere(|header| header.crc ^= 1);
        refuse(&Zip::of([entry]), ArchiveUnsafe, "checksum");
    }
    let empty = Entry::stored("empty.css", b"").everywhere(|header| header.crc = 1);
    refuse(&Zip::of([empty]), ArchiveUnsafe, "checksum");
}

#[test]
fn a_stream_that_is_cut_is_refused() {
    let whole = deflate(TEXT);
    for end in 1..whole.len() {
        refuse(
            &with_data(whole[..end].to_vec()),
            ArchiveUnsafe,
            "does not inflate",
        );
    }
}

#[test]
fn a_stream_that_gives_all_bytes_and_has_no_end_is_refused() {
    // One stored block that is not the last.
    let mut open = vec![0];
    let length = TEXT.len() as u16;
    open.extend(length.to_le_bytes());
    open.extend((!length).to_le_bytes());
    open.extend(TEXT);
    let mut closed = open.clone();
    closed[0] = 1;
    assert_eq!(accept(&with_data(closed))["app.js"], TEXT);
    refuse(&with_data(open), ArchiveUnsafe, "does not inflate");
}

#[test]
fn data_behind_the_end_of_a_stream_is_refused() {
    for hidden in [&b"hidden"[..], b"\0", &deflate(b"second stream")] {
        let data = [&deflate(TEXT), hidden].concat();
        refuse(
            &with_data(data),
            ArchiveUnsafe,
            "behind the end of an entry's deflate stream",
        );
    }
}

#[test]
fn a_stream_that_is_none_is_refused() {
    for data in [vec![0xff; 20], b"plain text".to_vec()] {
        refuse(&with_data(data), ArchiveUnsafe, "does not inflate");
    }
    refuse(&with_data(Vec::new()), ArchiveUnsafe, "than deflate can hold");
}

#[test]
fn a_stream_shorter_than_declared_is_refused() {
    let entry = Entry::deflated("app.js", TEXT).everywhere(|header| header.size += 1);
    refuse(&Zip::of([entry]), ArchiveUnsafe, "shorter than it says");
}

#[test]
fn a_stream_longer_than_declared_is_refused() {
    let entry = Entry::deflated("app.js", TEXT).everywhere(|header| header.size -= 1);
    refuse(&Zip::of([entry]), ArchiveUnsafe, "longer than it says");
    let entry = Entry::deflated("app.js", TEXT).everywhere(|header| header.size = 0);
    refuse(&Zip::of([entry]), ArchiveUnsafe, "longer than it says");
}

#[test]
fn a_bomb_that_declares_little_writes_no_more_than_that() {
    let zeros = vec![0; 16 * 1024 * 1024];
    for declared in [0, 1, 100, 100_000] {
        let entry = Entry::deflated("bomb.bin", &zeros).everywhere(|header| header.size = declared);
        refuse(&Zip::of([entry]), ArchiveUnsafe, "longer than it says");
    }
}

#[test]
fn a_bomb_that_declares_more_than_deflate_can_hold_is_refused_before_it_is_inflated() {
    let entry = Entry::deflated("bomb.bin", &[0; 1000]).everywhere(|header| header.size = u32::MAX - 1);
    let bytes = Zip::of([entry]).bytes();
    let attempt = unpack_undescribed(&bytes);
    assert!(
        attempt
            .result
            .unwrap_err()
            .to_string()
            .contains("than deflate can hold")
    );
    assert!(attempt.tree.is_empty());
}

#[test]
fn the_best_that_deflate_can_do_is_accepted() {
    let zeros = vec![0; 4 * 1024 * 1024];
    let entry = Entry::deflated("zeros.bin", &zeros);
    assert!(zeros.len() / entry.data.len() > 1000);
    assert_eq!(crc32(&accept(&Zip::of([entry]))["zeros.bin"]), crc32(&zeros));
}

#[test]
fn an_archive_in_an_archive_is_a_file() {
    let inner = Zip::with(Entry::stored("inner.js", b"inner")).bytes();
    for entry in [
        Entry::stored("data/inner.zip", &inner),
        Entry::deflated("data/inner.zip", &inner),
    ] {
        let tree = accept(&Zip::with(entry));
        assert_eq!(tree["data/inner.zip"], inner);
        assert_eq!(tree.len(), 3);
    }
}
