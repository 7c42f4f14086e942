//! More than a device should have to hold: bytes, entries, names, directories.

use airlock_protocol::Code::{ArchiveUnsafe, MetadataInvalid};
use airlock_protocol::limits;

use super::structure::with_zip64_records;
use crate::case::{Case, Forged};
use crate::zip::{DEFLATED, Entry, Zip, deflate, extra_field};

const MIB: usize = 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    [bombs(), entries(), directories(), directory_sizes()]
        .into_iter()
        .flatten()
        .collect()
}

fn bombs() -> Vec<Case> {
    let class = "bombs";
    let mut cases = vec![
        // What is signed is what comes: no rule is broken, and no byte more is written.
        Case::unlike(
            class,
            "64 MiB of zeros, honestly declared",
            ArchiveUnsafe,
            "not in checksum.json",
            || Zip::with(Entry::deflated("zeros.bin", &vec![0; 64 * MIB])),
        ),
        Case::refused(
            class,
            "declares more than deflate can hold",
            ArchiveUnsafe,
            "than deflate can hold",
            || {
                Zip::with(
                    Entry::deflated("bomb.bin", &[0; 1000]).everywhere(|header| header.size = 1_000_000_000),
                )
            },
        ),
        Case::refused(
            class,
            "declares more than 1 GiB",
            ArchiveUnsafe,
            "more than 1 GiB",
            || {
                let half = |name: &str, size: u64| {
                    let entry = Entry::stored(name, &vec![0; MIB / 2]);
                    entry.everywhere(|header| (header.method, header.size) = (DEFLATED, size as u32))
                };
                Zip::changed(|zip| {
                    let sizes = [limits::BUNDLE_BYTES / 2, limits::BUNDLE_BYTES / 2 + 1];
                    zip.entries.push(half("a.bin", sizes[0]));
                    zip.entries.push(half("b.bin", sizes[1]));
                })
            },
        )
        .described(MetadataInvalid),
        Case::forged(
            class,
            "one stream of 4 GiB",
            ArchiveUnsafe,
            "more than 1 GiB",
            || gigabytes(u32::MAX - 1),
        )
        .described(MetadataInvalid),
        Case::forged(
            class,
            "one stream of 4 GiB that declares 1 MiB",
            ArchiveUnsafe,
            "longer than it says",
            || gigabytes(MIB as u32),
        )
        .in_its_data(),
    ];
    for declared in [0, 1, 100_000] {
        let name = format!("64 MiB of zeros that declare {declared} bytes");
        let zip = move || {
            let zeros = Entry::deflated("zeros.bin", &vec![0; 64 * MIB]);
            Zip::with(zeros.everywhere(|header| header.size = declared))
        };
        let longer = "longer than it says";
        cases.push(Case::refused(class, name, ArchiveUnsafe, longer, zip).in_its_data());
    }
    cases
}

/// A deflate stream of zeros at nearly 1032:1, 4 GiB long: the inner blocks of a short one, repeated.
fn gigabytes(declared: u32) -> Forged {
    let megabyte = deflate_open(&vec![0; MIB]);
    let mut data = megabyte.repeat(4 * 1024);
    data.extend(deflate(b""));
    let compressed = data.len() as u32;
    let mut entry = Entry::deflated("bomb.bin", b"").everywhere(|header| {
        (header.compressed, header.size, header.crc) = (compressed, declared, 0);
    });
    entry.data = data;
    let mut forged = Forged::of_bytes(Vec::new());
    let zip = Zip::with(entry);
    forged.files.push(crate::description::File {
        size: u64::from(declared),
        ..crate::description::File::of("bomb.bin", b"")
    });
    (forged.bytes, forged.declared) = (zip.bytes(), zip.declared());
    forged
}

/// Deflated without a last block, up to a byte's boundary.
fn deflate_open(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.flush().unwrap();
    let written = encoder.get_ref().clone();
    drop(encoder);
    written
}

/// An archive of this many empty files, whose end record says `count` modulo 65,536. Written from one pair
/// of headers: a million of them are quick.
fn empty_files(count: u32) -> Vec<u8> {
    let entry = Entry::stored("0000000", b"");
    let (mut local, mut record) = (Vec::new(), Vec::new());
    entry.write_local(&mut local);
    entry.write_central(&mut record, 0);
    let (mut out, mut directory) = (Vec::new(), Vec::<u8>::new());
    for index in 0..count {
        let name = format!("{index:07}");
        record[42..46].copy_from_slice(&(out.len() as u32).to_le_bytes());
        record[46..].copy_from_slice(name.as_bytes());
        local[30..].copy_from_slice(name.as_bytes());
        out.extend(&local);
        directory.extend(&record);
    }
    let (offset, size) = (out.len() as u32, directory.len() as u32);
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count as u16, count as u16].map(u16::to_le_bytes).as_flattened());
    out.extend([size, offset].map(u32::to_le_bytes).as_flattened());
    out.extend([0; 2]);
    out
}

fn entries() -> Vec<Case> {
    let class = "very many entries";
    let many = "too many entries";
    // The description is the sound one: one of so many files is refused by itself.
    let empty = |class, name, reason, count| {
        Case::forged(class, name, ArchiveUnsafe, reason, move || {
            Forged::of_bytes(empty_files(count))
        })
    };
    vec![
        empty(class, "20,003 empty files", many, 20_003),
        empty(class, "65,534 empty files", many, 65_534),
        // 65,536 entries are 0 in the sixteen bits of the end record, 100,000 are 34,464.
        empty(
            "count lies",
            "65,536 entries that wrap to none",
            "outside the entries",
            0x1_0000,
        ),
        empty(class, "100,000 empty files whose count wraps", many, 100_000),
        empty(
            class,
            "1,000,000 empty files whose count wraps",
            "outside the entries",
            1_000_000,
        ),
        Case::forged(class, "1,000,000 empty files", ArchiveUnsafe, "zip64", || {
            Forged::of_bytes(with_zip64_records(&empty_files(1_000_000), 1_000_000))
        }),
    ]
}

fn directories() -> Vec<Case> {
    let class = "directories with data";
    vec![
        Case::refused(
            class,
            "100 files in 38,000 directories",
            ArchiveUnsafe,
            "too many directories",
            || {
                Zip::changed(|zip| {
                    zip.entries.extend(
                        (0..100).map(|index| Entry::stored(format!("{index:03}/{}x", "d/".repeat(380)), b"")),
                    );
                })
            },
        )
        .described(MetadataInvalid),
        Case::refused(
            class,
            "40,000 directory entries",
            ArchiveUnsafe,
            "too many directories",
            || {
                let name = |index: usize| format!("{index:07}{}/", "x".repeat(240));
                Zip::changed(|zip| {
                    zip.entries
                        .extend((0..40_000).map(|index| Entry::directory(&name(index))));
                })
            },
        ),
    ]
}

fn directory_sizes() -> Vec<Case> {
    let class = "huge central directory";
    let padded = |count: usize, extra: usize| {
        let extra = extra_field(0x4c41, &vec![0; extra - 4]);
        let padded = move |index: usize| {
            let entry = Entry::stored(format!("{index:07}"), b"");
            entry.centrally(|header| header.extra.clone_from(&extra))
        };
        Zip::changed(|zip| zip.entries.extend((0..count).map(padded)))
    };
    vec![
        Case::refused(
            class,
            "62 MiB of records, and the last one lies",
            ArchiveUnsafe,
            "disagree",
            move || {
                let mut zip = padded(15_500, 4096);
                zip.entries
                    .push(Entry::stored("last.js", b"last").locally(|header| header.crc ^= 1));
                zip
            },
        ),
        Case::refused(
            class,
            "more than 64 MiB of records",
            ArchiveUnsafe,
            "where the end record says",
            move || padded(18_000, 4096),
        ),
        Case::refused(
            class,
            "64 KiB of extra fields each",
            ArchiveUnsafe,
            "long extra field",
            move || padded(500, 65_000),
        ),
        Case::refused(
            class,
            "64 KiB of comments each",
            ArchiveUnsafe,
            "a comment",
            || {
                let commented = |index: usize| {
                    let mut entry = Entry::stored(format!("{index:07}"), b"");
                    entry.comment = vec![b'x'; 65_000];
                    entry
                };
                Zip::changed(|zip| zip.entries.extend((0..500).map(commented)))
            },
        ),
    ]
}
