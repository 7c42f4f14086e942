//! The file as a whole: end record, directory, and how the entries fill what lies before it.

use airlock_protocol::Code::{ArchiveUnsafe, MetadataInvalid};

use crate::case::{Case, Forged};
use crate::zip::{Entry, Zip};

const ELSEWHERE: &str = "where the end record says";

pub(super) fn cases() -> Vec<Case> {
    [
        missing_ends(),
        end_records_elsewhere(),
        end_fields(),
        extra_bytes(),
        overlaps(),
        counts(),
        zip64(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn changed(
    class: &'static str,
    name: &'static str,
    reason: &'static str,
    change: impl Fn(&mut Zip) + Send + Sync + 'static,
) -> Case {
    Case::refused(class, name, ArchiveUnsafe, reason, move || Zip::changed(&change))
}

fn bytes(
    class: &'static str,
    name: &'static str,
    reason: &'static str,
    build: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static,
) -> Case {
    Case::forged(class, name, ArchiveUnsafe, reason, move || {
        Forged::of_bytes(build(Zip::honest().bytes()))
    })
}

fn missing_ends() -> Vec<Case> {
    vec![
        bytes("no end record", "no end record", "end record", |mut zip| {
            zip.truncate(zip.len() - 22);
            zip
        }),
        bytes("no end record", "cut in the middle", "end record", |mut zip| {
            zip.truncate(zip.len() / 2);
            zip
        }),
        bytes("no end record", "nothing at all", "too short", |_| Vec::new()),
        bytes(
            "no end record",
            "a page instead",
            "end with an end record",
            |_| b"<!doctype html><title>Login</title>".to_vec(),
        ),
    ]
}

fn end_records_elsewhere() -> Vec<Case> {
    vec![
        changed(
            "second end record",
            "second end record behind the first",
            ELSEWHERE,
            |zip| {
                zip.trailing = Zip::default().bytes();
            },
        ),
        bytes(
            "second end record",
            "two archives, one behind the other",
            ELSEWHERE,
            |zip| [zip.clone(), zip].concat(),
        ),
        changed(
            "end record in a comment",
            "end record in a comment",
            ELSEWHERE,
            |zip| {
                zip.end.comment = Zip::default().bytes();
            },
        ),
        changed("end record in a comment", "comment", "end record", |zip| {
            zip.end.comment = b"made with love".to_vec();
        }),
        bytes(
            "end record in a comment",
            "comment that is not there",
            "a comment",
            |mut zip| {
                let length = zip.len() - 2;
                zip[length] = 1;
                zip
            },
        ),
    ]
}

fn end_fields() -> Vec<Case> {
    vec![
        changed("several disks", "this disk", "several disks", |zip| {
            zip.end.disk = 1
        }),
        changed("several disks", "disk of the directory", "several disks", |zip| {
            zip.end.directory_disk = 1
        }),
        changed(
            "several disks",
            "fewer entries on this disk",
            "several disks",
            |zip| {
                zip.end.count_here = u16::MAX;
            },
        ),
        changed(
            "several disks",
            "entry on another disk",
            "on another disk",
            |zip| zip.entries[1].disk = 1,
        ),
        changed("directory offset lies", "one byte behind", ELSEWHERE, |zip| {
            zip.end.offset = 1
        }),
        changed("directory offset lies", "one byte before", ELSEWHERE, |zip| {
            zip.end.offset = u32::MAX
        }),
        changed("directory offset lies", "far away", ELSEWHERE, |zip| {
            zip.end.offset = 0x8000_0000
        }),
        changed(
            "directory offset lies",
            "smaller and later",
            "directory is damaged",
            |zip| {
                (zip.end.offset, zip.end.size) = (1, u32::MAX);
            },
        ),
    ]
}

fn extra_bytes() -> Vec<Case> {
    vec![
        // CVE-2017-13156 (Janus): another kind of file begins there.
        changed(
            "prepended data",
            "prefix that the offsets count",
            "a gap",
            |zip| {
                zip.prefix = b"dex\n035\0".to_vec();
            },
        ),
        bytes(
            "prepended data",
            "prefix that the offsets do not count",
            ELSEWHERE,
            |zip| [b"dex\n035\0".to_vec(), zip].concat(),
        ),
        changed(
            "trailing data",
            "one byte behind the end",
            "trailing data",
            |zip| zip.trailing = vec![0],
        ),
        changed(
            "trailing data",
            "a script behind the end",
            "trailing data",
            |zip| {
                zip.trailing = b"#!/bin/sh\nevil\n".repeat(10);
            },
        ),
        changed("gaps", "gap between entries", "a gap", |zip| {
            zip.entries[1].gap = b"hidden".to_vec()
        }),
        changed("gaps", "gap before the directory", "outside the entries", |zip| {
            zip.before_directory = b"hidden".to_vec();
        }),
        changed("gaps", "gap behind the directory", ELSEWHERE, |zip| {
            zip.after_directory = b"hidden".to_vec();
        }),
        changed(
            "gaps",
            "gap that the directory's size counts",
            "outside the entries",
            |zip| {
                zip.after_directory = b"hidden".to_vec();
                zip.end.size = 6;
            },
        ),
        changed(
            "gaps",
            "entry that the directory does not list",
            "outside the entries",
            |zip| {
                Entry::stored("hidden.js", b"hidden").write_local(&mut zip.before_directory);
            },
        ),
    ]
}

fn overlaps() -> Vec<Case> {
    vec![
        changed("overlap", "two entries, one place", "overlap", |zip| {
            zip.entries[1] = zip.entries[0].clone();
            zip.entries[1].offset = Some(0);
        }),
        changed("overlap", "entry inside another's data", "overlap", |zip| {
            let quoted = Entry::stored("quoted.js", b"quoted");
            let mut inner = Vec::new();
            quoted.write_local(&mut inner);
            let start = zip.entries.iter().map(local_bytes).sum::<usize>() + 30 + "outer.js".len();
            zip.entries.extend([Entry::stored("outer.js", &inner), quoted]);
            zip.entries[3].offset = u32::try_from(start).ok();
        }),
        changed("overlap", "entries out of order", "out of order", |zip| {
            zip.entries[0].offset = u32::try_from(local_bytes(&zip.entries[0])).ok();
            zip.entries[1].offset = Some(0);
        }),
        changed(
            "data in the directory",
            "data that runs into the directory",
            "runs into the directory",
            |zip| {
                let longer = zip.entries.remove(1);
                zip.entries
                    .push(longer.everywhere(|header| (header.compressed, header.size) = (60, 60)));
            },
        ),
        changed(
            "data in the directory",
            "data that runs behind the file",
            "runs into the directory",
            |zip| {
                let longer = zip.entries.remove(1);
                zip.entries
                    .push(longer.everywhere(|header| (header.compressed, header.size) = (9999, 9999)));
            },
        ),
    ]
}

fn local_bytes(entry: &Entry) -> usize {
    30 + entry.local.name.len() + entry.data.len()
}

fn counts() -> Vec<Case> {
    vec![
        changed("count lies", "one fewer", "outside the entries", |zip| {
            (zip.end.count, zip.end.count_here) = (u16::MAX, u16::MAX);
        }),
        changed("count lies", "one more", "truncated", |zip| {
            (zip.end.count, zip.end.count_here) = (1, 1);
        }),
        changed("count lies", "none", "outside the entries", |zip| {
            (zip.end.count, zip.end.count_here) = (0_u16.wrapping_sub(2), 0_u16.wrapping_sub(2));
        }),
    ]
}

fn zip64() -> Vec<Case> {
    let class = "zip64";
    let mut cases = vec![
        changed(class, "sentinel as the count", "zip64", |zip| {
            (zip.end.count, zip.end.count_here) = (u16::MAX - 2, u16::MAX - 2);
        }),
        changed(
            class,
            "sentinel as an entry's sizes",
            "runs into the directory",
            |zip| {
                let entry = zip.entries.remove(1);
                zip.entries
                    .push(entry.everywhere(|header| (header.compressed, header.size) = (u32::MAX, u32::MAX)));
            },
        )
        .described(MetadataInvalid),
        changed(class, "sentinel as an entry's place", "a gap", |zip| {
            zip.entries[1].offset = Some(u32::MAX)
        }),
        Case::forged(class, "records of zip64", ArchiveUnsafe, "zip64", || {
            let mut forged = Forged::of_bytes(Vec::new());
            forged.bytes = with_zip64_records(&Zip::honest().bytes(), 2);
            forged
        }),
    ];
    for (name, field) in [
        ("sentinel as the directory's size", 12),
        ("sentinel as the directory's place", 16),
    ] {
        cases.push(bytes(class, name, "zip64", move |mut zip| {
            let at = zip.len() - 22 + field;
            zip[at..at + 4].fill(0xff);
            zip
        }));
    }
    cases
}

/// True to APPNOTE 4.3.14 and 4.3.15: only that Airlock does not read them.
pub(super) fn with_zip64_records(zip: &[u8], count: u64) -> Vec<u8> {
    let (before, end) = zip.split_at(zip.len() - 22);
    let (mut bytes, here) = (before.to_vec(), before.len() as u64);
    let read = |at: usize| {
        u64::from(u32::from_le_bytes(
            end[at..at + 4].try_into().expect("four bytes"),
        ))
    };
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44_u64.to_le_bytes());
    bytes.extend([45, 3, 45, 0]);
    bytes.extend([0; 8]);
    bytes.extend(
        [count, count, read(12), read(16)]
            .map(u64::to_le_bytes)
            .as_flattened(),
    );
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(here.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([0xff; 12]);
    bytes.extend([0; 2]);
    bytes
}
