//! One entry is described twice, or three times where it is streamed: all must agree.

use airlock_protocol::Code::ArchiveUnsafe;

use crate::support::{DEFLATED, Entry, Signature, Zip, accept, refuse};

const TEXT: &[u8] = b"export const answer = 42; export const answer = 42;";

fn script() -> Entry {
    Entry::deflated("app.js", TEXT)
}

fn refuse_entry(entry: Entry, reason: &str) {
    refuse(&Zip::with(entry), ArchiveUnsafe, reason);
}

#[test]
fn the_entry_that_these_tests_change_is_sound() {
    assert_eq!(accept(&Zip::with(script()))["app.js"], TEXT);
}

#[test]
fn two_names_are_refused() {
    let other = script().locally(|header| header.name = b"sw2.js".to_vec());
    refuse_entry(other, "disagree on a name");
    let longer = script().locally(|header| header.name = b"app.jsx".to_vec());
    refuse_entry(longer, "disagree");
    let outside = script().locally(|header| header.name = b"../a.b".to_vec());
    refuse_entry(outside, "disagree on a name");
}

#[test]
fn two_methods_are_refused() {
    refuse_entry(script().locally(|header| header.method = 0), "disagree");
    let stored = Entry::stored("app.js", TEXT).locally(|header| header.method = DEFLATED);
    refuse_entry(stored, "disagree");
}

#[test]
fn two_sets_of_flags_are_refused() {
    for flag in [1, 1 << 1, 1 << 3, 1 << 11, 1 << 13] {
        refuse_entry(script().locally(|header| header.flags ^= flag), "disagree");
    }
}

#[test]
fn two_checksums_or_sizes_are_refused() {
    refuse_entry(script().locally(|header| header.crc ^= 1), "disagree");
    refuse_entry(script().locally(|header| header.compressed += 1), "disagree");
    refuse_entry(script().locally(|header| header.size += 1), "disagree");
    refuse_entry(script().centrally(|header| header.size += 1), "disagree");
    let absent = script().locally(|header| (header.crc, header.compressed, header.size) = (0, 0, 0));
    refuse_entry(absent, "disagree");
}

#[test]
fn a_local_header_that_is_none_is_refused() {
    let mut bytes = Zip::honest().bytes();
    bytes[3] = 1;
    crate::support::refuse_bytes(&bytes, 0, ArchiveUnsafe, "does not begin where");
}

#[test]
fn streamed_entries_are_accepted_with_and_without_a_descriptor_signature() {
    for signature in [Signature::With, Signature::Without] {
        let tree = accept(&Zip::with(script().streamed(signature)));
        assert_eq!(tree["app.js"], TEXT);
        let empty = Entry::deflated("empty.css", b"").streamed(signature);
        assert_eq!(accept(&Zip::with(empty))["empty.css"], b"");
    }
}

#[test]
fn streamed_entries_may_know_part_of_their_sizes_beforehand() {
    let size = TEXT.len() as u32;
    let known = script()
        .streamed(Signature::With)
        .locally(|header| header.size = size);
    assert_eq!(accept(&Zip::with(known))["app.js"], TEXT);
    let full = script();
    let (crc, compressed) = (full.central.crc, full.central.compressed);
    let all = full
        .streamed(Signature::With)
        .locally(|header| (header.crc, header.compressed, header.size) = (crc, compressed, size));
    assert_eq!(accept(&Zip::with(all))["app.js"], TEXT);
    for lie in [
        script()
            .streamed(Signature::With)
            .locally(|header| header.size = size + 1),
        script()
            .streamed(Signature::With)
            .locally(|header| header.crc = 1),
        script()
            .streamed(Signature::With)
            .locally(|header| header.compressed = 1),
    ] {
        refuse_entry(lie, "disagree");
    }
}

#[test]
fn a_descriptor_that_lies_is_refused() {
    let entry = script();
    let (crc, compressed, size) = (entry.central.crc, entry.central.compressed, entry.central.size);
    for signature in [Signature::With, Signature::Without] {
        for lie in [
            [crc ^ 1, compressed, size],
            [crc, compressed + 1, size],
            [crc, compressed, size + 1],
            [0, 0, 0],
        ] {
            let entry = script().streamed(signature).described(signature, lie);
            refuse_entry(entry, "data descriptor");
        }
    }
}

#[test]
fn a_descriptor_that_is_announced_and_not_there_is_refused() {
    let mut entry = script().streamed(Signature::With);
    entry.descriptor.clear();
    refuse_entry(entry, "");
}

#[test]
fn a_descriptor_that_is_there_and_not_announced_is_refused() {
    let mut entry = script();
    entry.descriptor = script().streamed(Signature::With).descriptor;
    refuse_entry(entry, "outside the entries");
}

#[test]
fn a_descriptor_of_zip64_is_refused() {
    let mut entry = script().streamed(Signature::With);
    let (crc, compressed, size) = (entry.central.crc, entry.central.compressed, entry.central.size);
    entry.descriptor = [
        b"PK\x07\x08".as_slice(),
        &crc.to_le_bytes(),
        &u64::from(compressed).to_le_bytes(),
        &u64::from(size).to_le_bytes(),
    ]
    .concat();
    refuse_entry(entry, "data descriptor");
}

#[test]
fn a_checksum_that_looks_like_a_descriptor_signature_is_no_way_round() {
    // Read with a signature, the first field is swallowed and the others shift by one.
    let entry = script()
        .everywhere(|header| header.crc = 0x0807_4b50)
        .streamed(Signature::Without);
    refuse_entry(entry, "does not have its checksum");
}

#[test]
fn a_stored_entry_is_not_streamed_unless_it_is_empty() {
    // Without the directory nobody could find its end; Java's streaming reader refuses it too.
    for signature in [Signature::With, Signature::Without] {
        let stored = Entry::stored("app.js", TEXT).streamed(signature);
        refuse_entry(stored, "stored entry");
        let empty = Entry::stored("empty.css", b"").streamed(signature);
        assert_eq!(accept(&Zip::with(empty))["empty.css"], b"");
    }
}

#[test]
fn a_stored_entry_with_two_sizes_is_refused() {
    let short = Entry::stored("app.js", TEXT).everywhere(|header| header.size -= 1);
    refuse_entry(short, "stored entry has two sizes");
}

#[test]
fn an_encrypted_entry_is_refused() {
    let classic = script().everywhere(|header| header.flags |= 1);
    refuse_entry(classic, "encrypted");
    let strong = script().everywhere(|header| header.flags |= 1 | 1 << 6);
    refuse_entry(strong, "encrypted");
    let aes = script().everywhere(|header| (header.flags, header.method) = (1, 99));
    refuse_entry(aes, "encrypted");
    let unflagged = script().everywhere(|header| header.method = 99);
    refuse_entry(unflagged, "neither stored nor deflated");
}

#[test]
fn features_of_other_archives_are_refused() {
    // 4 enhanced deflate, 5 patch data, 6 strong encryption, 13 hidden headers, 7-10, 12, 14, 15 reserved.
    for bit in [4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15] {
        let entry = script().everywhere(|header| header.flags |= 1 << bit);
        refuse_entry(entry, "a feature that bundles do not use");
    }
    for speed in [0b010, 0b100, 0b110] {
        let entry = script().everywhere(|header| header.flags |= speed);
        assert_eq!(accept(&Zip::with(entry))["app.js"], TEXT);
    }
}

#[test]
fn other_methods_are_refused() {
    // shrunk, imploded, deflate64, bzip2, lzma, zstandard, xz, ppmd, and one that nobody knows
    for method in [1, 6, 9, 12, 14, 93, 95, 98, 0xffff] {
        let entry = script().everywhere(|header| header.method = method);
        refuse_entry(entry, "neither stored nor deflated");
    }
}

#[test]
fn a_comment_of_an_entry_is_refused() {
    let mut entry = script();
    entry.comment = b"hidden".to_vec();
    refuse_entry(entry, "a comment");
}
