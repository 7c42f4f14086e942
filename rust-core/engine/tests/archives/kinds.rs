//! Links, devices and directories: what an entry is besides a file.

use airlock_protocol::Code::ArchiveUnsafe;

use crate::support::{Entry, Signature, Zip, accept, refuse};

const DOS: u8 = 0;
const UNIX: u8 = 3;
const NTFS: u8 = 10;
const DARWIN: u8 = 19;

fn special(mode: u32) -> Entry {
    Entry::stored("app.js", b"../../outside").attributes(mode << 16)
}

#[test]
fn links_and_special_files_are_refused() {
    // link, socket, block device, character device, fifo, directory, and a type that does not exist
    for kind in [0o120, 0o140, 0o060, 0o020, 0o010, 0o040, 0o170] {
        let zip = Zip::with(special(kind << 9 | 0o777));
        refuse(&zip, ArchiveUnsafe, "a link or a special file");
    }
}

#[test]
fn a_link_is_refused_whatever_system_made_it() {
    for made_by in [DOS, UNIX, NTFS, DARWIN, 255] {
        let mut entry = special(0o120_777);
        entry.made_by = made_by;
        refuse(&Zip::with(entry), ArchiveUnsafe, "a link");
    }
}

#[test]
fn a_link_and_a_file_written_through_it_are_refused() {
    let link = Entry::stored("assets", b"/tmp").attributes(0o120_777 << 16);
    let zip = Zip::of([link, Entry::stored("assets/evil.js", b"evil")]);
    refuse(&zip, ArchiveUnsafe, "a link");
}

#[test]
fn an_archive_of_links_alone_is_refused() {
    let entry = Entry::stored("index.html", b"/etc/passwd").attributes(0o120_777 << 16);
    refuse(&Zip::of([entry]), ArchiveUnsafe, "a link");
}

#[test]
fn files_without_a_type_are_files() {
    for made_by in [DOS, UNIX, NTFS, DARWIN] {
        let mut entry = special(0o644);
        entry.made_by = made_by;
        assert_eq!(accept(&Zip::with(entry))["app.js"], b"../../outside");
    }
}

#[cfg(unix)]
#[test]
fn permissions_of_the_archive_are_not_taken_over() {
    use std::os::unix::fs::PermissionsExt as _;
    for mode in [0o104_755, 0o102_777, 0o100_000, 0o101_777] {
        let home = tempfile::tempdir().unwrap();
        let (archive, target) = (home.path().join("archive.zip"), home.path().join("target"));
        std::fs::write(&archive, Zip::with(special(mode)).bytes()).unwrap();
        std::fs::create_dir(&target).unwrap();
        let mut file = std::fs::File::open(&archive).unwrap();
        airlock_engine::install::unpack(
            &airlock_engine::ports::RealDisk,
            &mut file,
            airlock_engine::install::Contents::Undescribed,
            &target,
        )
        .unwrap();
        let found = std::fs::metadata(target.join("app.js"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(found & 0o7133, 0, "{found:o}");
        assert_eq!(found & 0o600, 0o600, "{found:o}");
    }
}

#[test]
fn directories_are_accepted_and_are_no_files() {
    let zip = Zip::changed(|zip| zip.entries.insert(0, Entry::directory("assets/")));
    assert_eq!(accept(&zip), accept(&Zip::honest()));
}

#[test]
fn a_directory_may_hold_what_deflate_makes_of_nothing() {
    // As java.util.zip writes it.
    let empty = Entry::deflated("assets/", b"")
        .attributes(0)
        .streamed(Signature::With);
    assert_eq!(empty.data, [3, 0]);
    let zip = Zip::changed(|zip| zip.entries.push(empty));
    assert_eq!(accept(&zip), accept(&Zip::honest()));
}

#[test]
fn a_directory_with_data_is_refused() {
    for entry in [
        Entry::stored("assets/", b"hidden"),
        Entry::deflated("assets/", b"hidden"),
    ] {
        let zip = Zip::with(entry.attributes(0));
        refuse(&zip, ArchiveUnsafe, "a directory holds data");
    }
}

#[test]
fn a_directory_with_data_that_is_said_to_be_nothing_is_refused() {
    let hidden = Entry::deflated("assets/", b"hidden").attributes(0);
    let zip = Zip::with(hidden.everywhere(|header| (header.crc, header.size) = (0, 0)));
    refuse(&zip, ArchiveUnsafe, "a directory holds data");
}

#[test]
fn a_directory_that_is_a_file_by_its_mode_is_refused() {
    let zip = Zip::changed(|zip| {
        zip.entries
            .push(Entry::directory("assets/").attributes(0o100_644 << 16));
    });
    refuse(&zip, ArchiveUnsafe, "a link or a special file");
}

#[test]
fn a_file_that_is_a_directory_by_its_dos_attribute_is_refused() {
    let zip = Zip::with(Entry::stored("app.js", b"script").attributes(0x10));
    refuse(&zip, ArchiveUnsafe, "a link or a special file");
    let archived = Zip::with(Entry::stored("app.js", b"script").attributes(0x20));
    assert_eq!(accept(&archived)["app.js"], b"script");
}

#[test]
fn an_empty_directory_is_refused() {
    // checksum.json cannot describe it, so nobody could say whether it belongs there.
    let zip = Zip::with(Entry::directory("empty/"));
    refuse(&zip, ArchiveUnsafe, "a directory is empty");
}
