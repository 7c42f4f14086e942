//! Overlapping bombs, after David Fifield, "A better zip bomb" (WOOT 2019): every entry's data quotes the
//! header of the next one in a stored block and then runs on into it, so that all share one kernel.

use airlock_protocol::Code::ArchiveUnsafe;
use flate2::Crc;

use super::structure::with_zip64_records;
use crate::case::{Case, Forged};
use crate::description::File;
use crate::zip::{Entry, Zip, deflate};

pub(super) fn cases() -> Vec<Case> {
    let class = "overlapping bombs";
    vec![
        // 42 kB that inflate to 5.5 GB; 10 MB that inflate to 281 TB; and the same with zip64 records.
        Case::forged(class, "zbsm", ArchiveUnsafe, "overlap", || {
            forged(&bomb(250, 21 * 1024 * 1024), false)
        }),
        Case::forged(class, "zblg", ArchiveUnsafe, "overlap", || {
            forged(&bomb(65_534, 64 * 1024 * 1024), false)
        }),
        Case::forged(class, "zbxl", ArchiveUnsafe, "zip64", || {
            forged(&bomb(65_600, 64 * 1024 * 1024), true)
        }),
        Case::refused(
            class,
            "a thousand names for one kernel",
            ArchiveUnsafe,
            "overlap",
            || {
                let kernel = Entry::deflated("0000", &vec![0; 1024 * 1024]);
                let named = |index: usize| {
                    let mut entry = kernel.clone().everywhere(|header| {
                        header.name = format!("{index:04}").into_bytes();
                    });
                    entry.offset = (index > 0).then_some(0);
                    entry.data = if index == 0 {
                        kernel.data.clone()
                    } else {
                        Vec::new()
                    };
                    entry
                };
                let mut zip = Zip::honest();
                zip.entries = (0..1000).map(named).chain(zip.entries).collect();
                zip
            },
        ),
    ]
}

/// `count` entries around one kernel of `zeros` zeros. Every header is true: each entry inflates, alone, to
/// what it says.
fn bomb(count: usize, zeros: usize) -> Zip {
    let kernel = vec![0; zeros];
    let mut data = deflate(&kernel);
    let mut size = zeros as u32;
    let mut crc = Crc::new();
    crc.update(&kernel);
    let (mut entries, mut compressed) = (Vec::with_capacity(count), data.len() as u32);
    for index in (0..count).rev() {
        let mut entry = Entry::stored(name(index), b"").everywhere(|header| {
            (header.method, header.compressed, header.size, header.crc) = (8, compressed, size, crc.sum());
        });
        let mut header = Vec::new();
        entry.write_local(&mut header);
        // In the file: this header, then the start of a block that quotes the header after it.
        entry.data = std::mem::take(&mut data);
        entries.push(entry);
        let length = header.len() as u16;
        data = [&[0], length.to_le_bytes().as_slice(), &(!length).to_le_bytes()].concat();
        compressed += 5 + u32::from(length);
        size = size.saturating_add(u32::from(length));
        let mut grown = Crc::new();
        grown.update(&header);
        grown.combine(&crc);
        crc = grown;
    }
    entries.reverse();
    Zip::of(entries)
}

fn name(index: usize) -> String {
    format!("{index:05}")
}

fn forged(zip: &Zip, zip64: bool) -> Forged {
    let sound = Forged::of_bytes(Vec::new());
    Forged {
        bytes: match zip64 {
            true => with_zip64_records(&zip.bytes(), zip.entries.len() as u64),
            false => zip.bytes(),
        },
        files: vec![File::of("index.html", b"")],
        declared: zip.declared().max(sound.declared),
    }
}
