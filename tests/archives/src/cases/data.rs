//! The data of entries: deflate streams that lie, wrong checksums, archives in archives.

use airlock_protocol::Code::ArchiveUnsafe;

use crate::case::Case;
use crate::zip::{Entry, Zip, deflate};

const TEXT: &[u8] = b"export const answer = 42; export const answer = 42;";

pub(super) fn cases() -> Vec<Case> {
    [checksums(), streams(), lengths(), nested()]
        .into_iter()
        .flatten()
        .map(Case::in_its_data)
        .collect()
}

fn checksums() -> Vec<Case> {
    let class = "crc lies";
    let wrong = |entry: Entry| Zip::with(entry.everywhere(|header| header.crc ^= 1));
    vec![
        Case::refused(
            class,
            "crc of a deflated entry",
            ArchiveUnsafe,
            "have its checksum",
            move || wrong(Entry::deflated("script.js", TEXT)),
        ),
        Case::refused(
            class,
            "crc of a stored entry",
            ArchiveUnsafe,
            "have its checksum",
            move || wrong(Entry::stored("script.js", TEXT)),
        ),
        Case::refused(
            class,
            "crc of an empty entry",
            ArchiveUnsafe,
            "have its checksum",
            move || wrong(Entry::stored("empty.js", b"")),
        ),
    ]
}

/// An entry that says TEXT and holds `data`.
fn with_data(data: Vec<u8>) -> Zip {
    let compressed = data.len() as u32;
    let mut entry = Entry::deflated("script.js", TEXT).everywhere(|header| header.compressed = compressed);
    entry.data = data;
    Zip::with(entry)
}

fn streams() -> Vec<Case> {
    let broken = "does not inflate";
    let stream = |class, name: &'static str, reason, data: fn() -> Vec<u8>| {
        Case::refused(class, name, ArchiveUnsafe, reason, move || with_data(data()))
    };
    vec![
        stream("deflate ends early", "cut in the middle", broken, || {
            let whole = deflate(TEXT);
            whole[..whole.len() / 2].to_vec()
        }),
        stream("deflate ends early", "last byte missing", broken, || {
            let mut whole = deflate(TEXT);
            whole.pop();
            whole
        }),
        stream("deflate ends early", "all bytes and no end", broken, || {
            stored_block(0)
        }),
        stream("deflate ends early", "nothing", "than deflate can hold", Vec::new),
        stream(
            "deflate ends late",
            "hidden bytes behind the end",
            "behind the end",
            || [deflate(TEXT), b"hidden".to_vec()].concat(),
        ),
        stream(
            "deflate ends late",
            "second stream behind the end",
            "behind the end",
            || [deflate(TEXT), deflate(b"second")].concat(),
        ),
        stream(
            "deflate ends late",
            "one byte behind the end",
            "behind the end",
            || [deflate(TEXT), vec![0]].concat(),
        ),
        stream("deflate ends early", "noise", broken, || vec![0xff; 20]),
        Case::unlike(
            "deflate ends early",
            "one stored block with an end",
            ArchiveUnsafe,
            "not in checksum.json",
            || with_data(stored_block(1)),
        ),
    ]
}

/// TEXT in one block without compression; `last` is 1 where the stream ends with it (RFC 1951, 3.2.4).
fn stored_block(last: u8) -> Vec<u8> {
    let length = TEXT.len() as u16;
    [
        &[last],
        length.to_le_bytes().as_slice(),
        &(!length).to_le_bytes(),
        TEXT,
    ]
    .concat()
}

fn lengths() -> Vec<Case> {
    let sized = |name: &'static str, reason, change: fn(u32) -> u32| {
        Case::refused("deflate ends late", name, ArchiveUnsafe, reason, move || {
            Zip::with(
                Entry::deflated("script.js", TEXT).everywhere(|header| header.size = change(header.size)),
            )
        })
    };
    vec![
        sized("shorter than it says", "shorter than it says", |size| size + 1),
        sized("longer than it says", "longer than it says", |size| size - 1),
        sized("longer than nothing", "longer than it says", |_| 0),
    ]
}

/// An archive in a bundle is a file like any other: nothing looks inside.
fn nested() -> Vec<Case> {
    let class = "nested archives";
    let unlike = "not in checksum.json";
    vec![
        Case::unlike(class, "archive in an archive", ArchiveUnsafe, unlike, || {
            Zip::with(Entry::stored(
                "inner.zip",
                &Zip::with(Entry::stored("../evil.js", b"evil")).bytes(),
            ))
        }),
        Case::unlike(
            class,
            "archive in an archive, a hundred deep",
            ArchiveUnsafe,
            unlike,
            || {
                let inner = (0..100).fold(Zip::honest(), |inner, _| {
                    Zip::of([Entry::stored("inner.zip", &inner.bytes())])
                });
                Zip::with(Entry::deflated("inner.zip", &inner.bytes()))
            },
        ),
        Case::unlike(class, "bomb in an archive", ArchiveUnsafe, unlike, || {
            let bomb = Entry::deflated("bomb.bin", &vec![0; 16 * 1024 * 1024]);
            let inner = Zip::of((0..100).map(|_| bomb.clone()));
            Zip::with(Entry::stored("inner.zip", &inner.bytes()))
        }),
    ]
}
