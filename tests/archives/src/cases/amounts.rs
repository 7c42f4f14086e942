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

fn empty_files(count: usize) -> Zip {
    let mut zip = Zip::honest();
    zip.entries
        .extend((zip.entries.len()..count).map(|index| Entry::stored(format!("{index:07}"), b"")));
    zip
}

fn entries() -> Vec<Case> {
    let class = "very many entries";
    let many = "too many entries";
    vec![
        Case::refused(class, "20,001 empty files", ArchiveUnsafe, many, || {
            empty_files(20_001)
        })
        .described(MetadataInvalid),
        Case::refused(class, "65,534 empty files", ArchiveUnsafe, many, || {
            empty_files(65_534)
        })
        .described(MetadataInvalid),
        // 65,536 entries are 0 in the sixteen bits of the end record, 100,000 are 34,464.
        Case::refused(
            "count lies",
            "65,536 entries that wrap to none",
            ArchiveUnsafe,
            "outside the entries",
            || empty_files(0x1_0000),
        )
        .described(MetadataInvalid),
        Case::refused(
            class,
            "100,000 empty files whose count wraps",
            ArchiveUnsafe,
            many,
            || empty_files(100_000),
        )
        .described(MetadataInvalid),
        Case::forged(class, "1,000,000 empty files", ArchiveUnsafe, "zip64", || {
            Forged::of_bytes(with_zip64_records(&empty_files(1_000_000)))
        }),
        Case::unlike(
            class,
            "20,000 files with long names",
            ArchiveUnsafe,
            "not in checksum.json",
            || long_names(19_998, 240),
        ),
        // Their description would be longer than one may be, so no device reads that far.
        Case::refused(
            class,
            "20,000 files with the longest names",
            ArchiveUnsafe,
            "not in checksum.json",
            || long_names(19_998, 768),
        )
        .described(MetadataInvalid),
        Case::refused(
            class,
            "65,534 files with the longest names",
            ArchiveUnsafe,
            many,
            || long_names(65_000, 768),
        )
        .described(MetadataInvalid),
    ]
}

/// Files with names of this many bytes, all in one directory; letters that grow when their case is folded.
fn long_names(count: usize, bytes: usize) -> Zip {
    let component = "\u{390}".repeat(100) + "/";
    let directory = component.repeat(bytes.saturating_sub(60) / component.len());
    let letters = "\u{390}".repeat((bytes - directory.len() - 8) / 2);
    Zip::changed(|zip| {
        zip.entries
            .extend((0..count).map(|index| Entry::stored(format!("{directory}{index:07}{letters}"), b"")));
    })
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
            "65,000 directory entries",
            ArchiveUnsafe,
            "too many directories",
            || {
                let name = |index: usize| format!("{index:07}{}/", "\u{390}".repeat(120));
                Zip::changed(|zip| {
                    zip.entries
                        .extend((0..65_000).map(|index| Entry::directory(&name(index))));
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
