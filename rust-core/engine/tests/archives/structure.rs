//! The file as a whole: end record, directory, and how the entries fill what lies before it.

use std::io::Cursor;

use airlock_engine::install::Profile;
use airlock_protocol::Code::ArchiveUnsafe;

use crate::support::{Entry, Zip, accept, refuse, refuse_bytes, unpack_undescribed};

#[test]
fn the_honest_archive_unpacks() {
    let tree = accept(&Zip::honest());
    assert_eq!(tree.keys().collect::<Vec<_>>(), ["assets/app.js", "index.html"]);
    assert_eq!(tree["assets/app.js"], b"export const answer = 42;");
    assert_eq!(tree["index.html"], b"<title>Airlock</title>".repeat(20));
}

#[test]
fn no_end_record_is_refused() {
    let bytes = Zip::honest().bytes();
    refuse_bytes(&bytes[..bytes.len() - 22], 0, ArchiveUnsafe, "end record");
    refuse_bytes(b"<!doctype html>", 0, ArchiveUnsafe, "too short");
    refuse_bytes(b"", 0, ArchiveUnsafe, "too short");
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let bytes = Zip::honest().bytes();
    for end in 0..bytes.len() {
        let error = Profile::read(&mut Cursor::new(&bytes[..end])).unwrap_err();
        assert_eq!(error.code(), ArchiveUnsafe, "cut at {end}");
    }
    assert!(Profile::read(&mut Cursor::new(&bytes)).is_ok());
}

#[test]
fn a_second_end_record_behind_the_first_is_refused() {
    let twice = Zip::changed(|zip| zip.trailing = Zip::default().bytes());
    refuse(&twice, ArchiveUnsafe, "where the end record says");
}

#[test]
fn an_end_record_in_the_comment_of_another_is_refused() {
    let inner = Zip::changed(|zip| zip.end.comment = Zip::default().bytes());
    refuse(&inner, ArchiveUnsafe, "where the end record says");
}

#[test]
fn a_comment_is_refused() {
    let comment = Zip::changed(|zip| zip.end.comment = b"made with love".to_vec());
    refuse(&comment, ArchiveUnsafe, "end record");
}

#[test]
fn a_comment_that_is_announced_and_not_there_is_refused() {
    let mut bytes = Zip::honest().bytes();
    let length = bytes.len() - 2;
    bytes[length] = 1;
    refuse_bytes(&bytes, 0, ArchiveUnsafe, "a comment");
}

#[test]
fn data_before_the_first_entry_is_refused() {
    // CVE-2017-13156 (Janus): another file type begins there. Whether or not the offsets count it:
    let counted = Zip::changed(|zip| zip.prefix = b"dex\n035\0".to_vec());
    refuse(&counted, ArchiveUnsafe, "a gap");
    let mut prefixed = b"dex\n035\0".to_vec();
    prefixed.extend(Zip::honest().bytes());
    refuse_bytes(&prefixed, 0, ArchiveUnsafe, "where the end record says");
}

#[test]
fn data_behind_the_end_record_is_refused() {
    let trailing = Zip::changed(|zip| zip.trailing = vec![0]);
    refuse(&trailing, ArchiveUnsafe, "trailing data");
}

#[test]
fn a_gap_between_entries_is_refused() {
    let gap = Zip::changed(|zip| zip.entries[1].gap = b"hidden".to_vec());
    refuse(&gap, ArchiveUnsafe, "a gap");
}

#[test]
fn a_gap_before_the_directory_is_refused() {
    let gap = Zip::changed(|zip| zip.before_directory = b"hidden".to_vec());
    refuse(&gap, ArchiveUnsafe, "outside the entries");
}

#[test]
fn an_entry_that_the_directory_does_not_list_is_refused() {
    let mut unlisted = Vec::new();
    Entry::stored("hidden.js", b"hidden").write_local(&mut unlisted);
    let zip = Zip::changed(|zip| zip.before_directory = unlisted);
    refuse(&zip, ArchiveUnsafe, "outside the entries");
}

#[test]
fn a_gap_behind_the_directory_is_refused() {
    let gap = Zip::changed(|zip| zip.after_directory = b"hidden".to_vec());
    refuse(&gap, ArchiveUnsafe, "where the end record says");
    let counted = Zip::changed(|zip| {
        zip.after_directory = b"hidden".to_vec();
        zip.end.size = 6;
    });
    refuse(&counted, ArchiveUnsafe, "outside the entries");
}

#[test]
fn entries_that_share_their_data_are_refused() {
    // Fifield's overlapping bomb: a thousand names for one kernel.
    let shared = Zip::changed(|zip| {
        zip.entries[1] = Entry::deflated("index.html", &b"<title>Airlock</title>".repeat(20));
        zip.entries[1].offset = Some(0);
    });
    refuse(&shared, ArchiveUnsafe, "overlap");
}

#[test]
fn an_entry_inside_the_data_of_another_is_refused() {
    let mut inner = Vec::new();
    let quoted = Entry::stored("quoted.js", b"quoted");
    quoted.write_local(&mut inner);
    let zip = Zip::changed(|zip| {
        zip.entries = vec![Entry::stored("outer.js", &inner), quoted];
        // Behind the 30 bytes of the outer header and its name.
        zip.entries[1].offset = Some(38);
    });
    refuse(&zip, ArchiveUnsafe, "overlap");
}

#[test]
fn entries_out_of_order_are_refused() {
    let swapped = Zip::changed(|zip| {
        let second = zip.entries[0].data.len() + 30 + "index.html".len();
        zip.entries[0].offset = Some(second as u32);
        zip.entries[1].offset = Some(0);
    });
    refuse(&swapped, ArchiveUnsafe, "out of order");
}

#[test]
fn data_that_runs_into_the_directory_is_refused() {
    let long = Zip::changed(|zip| {
        let entry = zip.entries.remove(1);
        let longer = entry.everywhere(|header| (header.compressed, header.size) = (60, 60));
        zip.entries.push(longer);
    });
    refuse(&long, ArchiveUnsafe, "runs into the directory");
}

#[test]
fn a_directory_elsewhere_is_refused() {
    for offset in [1, u32::MAX, 0x8000_0000] {
        let moved = Zip::changed(|zip| zip.end.offset = offset);
        refuse(&moved, ArchiveUnsafe, "where the end record says");
    }
    let smaller = Zip::changed(|zip| zip.end.size = u32::MAX);
    refuse(&smaller, ArchiveUnsafe, "where the end record says");
    let shifted = Zip::changed(|zip| (zip.end.offset, zip.end.size) = (1, u32::MAX));
    refuse(&shifted, ArchiveUnsafe, "directory is damaged");
}

#[test]
fn an_archive_on_several_disks_is_refused() {
    let disk = Zip::changed(|zip| zip.end.disk = 1);
    let directory_disk = Zip::changed(|zip| zip.end.directory_disk = 1);
    let count_here = Zip::changed(|zip| zip.end.count_here = u16::MAX);
    for zip in [disk, directory_disk, count_here] {
        refuse(&zip, ArchiveUnsafe, "several disks");
    }
    let entry = Zip::changed(|zip| zip.entries[1].disk = 1);
    refuse(&entry, ArchiveUnsafe, "on another disk");
}

#[test]
fn a_wrong_count_is_refused() {
    let fewer = Zip::changed(|zip| (zip.end.count, zip.end.count_here) = (u16::MAX, u16::MAX));
    refuse(&fewer, ArchiveUnsafe, "outside the entries");
    let more = Zip::changed(|zip| (zip.end.count, zip.end.count_here) = (1, 1));
    refuse(&more, ArchiveUnsafe, "truncated");
}

#[test]
fn zip64_sentinels_are_refused() {
    let count = Zip::changed(|zip| (zip.end.count, zip.end.count_here) = (u16::MAX - 2, u16::MAX - 2));
    refuse(&count, ArchiveUnsafe, "zip64");
    let directory = Zip::honest().bytes();
    let end = directory.len() - 22;
    for field in [12, 16] {
        let mut bytes = directory.clone();
        bytes[end + field..end + field + 4].fill(0xff);
        refuse_bytes(&bytes, 0, ArchiveUnsafe, "zip64");
    }
}

#[test]
fn an_archive_without_entries_holds_no_file() {
    assert!(accept(&Zip::default()).is_empty());
}

#[test]
fn no_change_of_one_byte_changes_a_file() {
    let bytes = Zip::honest().bytes();
    let honest = accept(&Zip::honest());
    let (mut refused, mut accepted) = (0, 0);
    for (index, mask) in (0..bytes.len()).flat_map(|index| [(index, 0x01), (index, 0x20), (index, 0x80)]) {
        let mut changed = bytes.clone();
        changed[index] ^= mask;
        if Profile::read(&mut Cursor::new(&changed)).is_err() {
            refused += 1;
        } else if let Ok(files) = unpack_undescribed(&changed).into_tree() {
            // Only what says nothing about a file is free: versions, times, permissions.
            assert_eq!(files, honest, "byte {index}");
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert!(
        refused > 2 * accepted && accepted > 0,
        "{refused} refused, {accepted} accepted"
    );
}
