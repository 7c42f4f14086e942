//! How much an archive may hold: entries, directories, bytes.

use std::io::Cursor;

use airlock_engine::install::Profile;
use airlock_protocol::{Code::ArchiveUnsafe, limits};

use crate::support::{DEFLATED, Entry, Zip, refuse, unpack_undescribed};

fn empty_files(count: usize) -> Zip {
    Zip::of((0..count).map(|index| Entry::stored(format!("{index}.txt"), b"")))
}

#[test]
fn as_many_files_as_a_bundle_may_have_are_accepted_beside_the_control_files() {
    let mut zip = empty_files(limits::FILES_MAX);
    zip.entries.push(Entry::stored("checksum.json", b"{}"));
    zip.entries.push(Entry::stored("checksum.json.sig", b"{}"));
    let profile = Profile::read(&mut Cursor::new(zip.bytes())).unwrap();
    assert_eq!(profile.entries().len(), limits::FILES_MAX + 2);
}

#[test]
fn more_files_than_a_bundle_may_have_are_refused() {
    refuse(
        &empty_files(limits::FILES_MAX + 1),
        ArchiveUnsafe,
        "too many entries",
    );
}

#[test]
fn a_count_that_wraps_is_refused() {
    // 65,536 entries are 0 in the sixteen bits of the end record.
    refuse(&empty_files(0x1_0000), ArchiveUnsafe, "outside the entries");
}

#[test]
fn few_files_in_millions_of_directories_are_refused() {
    let deep = |index: usize| format!("{index:03}/{}x", "d/".repeat(380));
    let few = Zip::of((0..limits::FILES_MAX / 381).map(|index| Entry::stored(deep(index), b"")));
    assert!(Profile::read(&mut Cursor::new(few.bytes())).is_ok());
    let many = Zip::of((0..100).map(|index| Entry::stored(deep(index), b"")));
    refuse(&many, ArchiveUnsafe, "too many directories");
}

#[test]
fn names_longer_together_than_any_description_are_refused() {
    let directory = "d".repeat(254);
    let name = |index: usize| format!("{directory}/{directory}/{index:0250}.txt");
    let long = |count: usize| Zip::of((0..count).map(|index| Entry::stored(name(index), b"")));
    let most = limits::CHECKSUM_JSON_BYTES as usize / name(0).len();
    assert!(Profile::read(&mut Cursor::new(long(most).bytes())).is_ok());
    refuse(
        &long(most + 1),
        ArchiveUnsafe,
        "longer together than checksum.json",
    );
}

#[test]
fn more_bytes_than_a_bundle_may_have_are_refused_before_any_is_written() {
    // Two entries of 512 MiB and one byte, by what they say, over half a MiB each.
    let entry = |name: &str, size: u64| {
        let data = vec![0; 512 * 1024];
        let mut entry = Entry::stored(name, &data).everywhere(|header| header.size = size as u32);
        entry = entry.everywhere(|header| header.method = DEFLATED);
        entry
    };
    let half = limits::BUNDLE_BYTES / 2;
    let zip = Zip::of([entry("a.bin", half), entry("b.bin", half + 1)]);
    let attempt = unpack_undescribed(&zip.bytes());
    assert!(
        attempt
            .result
            .unwrap_err()
            .to_string()
            .contains("more than 1 GiB")
    );
    assert!(attempt.tree.is_empty());
    let full = Zip::of([entry("a.bin", half), entry("b.bin", half)]);
    assert!(Profile::read(&mut Cursor::new(full.bytes())).is_ok());
}

#[test]
fn a_control_file_that_is_too_large_is_refused() {
    let large = vec![b' '; limits::CHECKSUM_JSON_BYTES as usize + 1];
    for name in ["checksum.json", "checksum.json.sig"] {
        let zip = Zip::with(Entry::deflated(name, &large));
        refuse(&zip, ArchiveUnsafe, "too large");
    }
}
