//! One entry is described twice, or three times where it is streamed: all must agree.

use airlock_protocol::Code::ArchiveUnsafe;

use crate::case::{Case, Forged};
use crate::zip::{DEFLATED, Entry, Header, Signature, Zip, extra_field};

const TEXT: &[u8] = b"export const answer = 42; export const answer = 42;";
const DISAGREE: &str = "disagree";

pub(super) fn cases() -> Vec<Case> {
    [
        disagreements(),
        descriptors(),
        extra_fields(),
        encryption(),
        features(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn script() -> Entry {
    Entry::deflated("script.js", TEXT)
}

fn entry(
    class: &'static str,
    name: impl Into<String>,
    reason: &'static str,
    build: impl Fn() -> Entry + Send + Sync + 'static,
) -> Case {
    Case::refused(class, name, ArchiveUnsafe, reason, move || Zip::with(build()))
}

fn disagreements() -> Vec<Case> {
    let class = "directory and header disagree";
    let locally = |name: &'static str, change: fn(&mut Header)| {
        entry(class, name, DISAGREE, move || script().locally(change))
    };
    let mut cases = vec![
        locally("name", |header| header.name = b"scripT.js".to_vec()),
        locally("name that goes up", |header| header.name = b"../evi.js".to_vec()),
        locally("longer name", |header| header.name = b"script.jsx".to_vec()),
        locally("method", |header| header.method = 0),
        locally("crc", |header| header.crc ^= 1),
        locally("compressed size", |header| header.compressed += 1),
        locally("size", |header| header.size += 1),
        locally("sizes that are not there", |header| {
            (header.crc, header.compressed, header.size) = (0, 0, 0);
        }),
        entry(class, "size in the directory", DISAGREE, || {
            script().centrally(|header| header.size += 1)
        }),
        entry(class, "stored and deflated", DISAGREE, || {
            Entry::stored("script.js", TEXT).locally(|header| header.method = DEFLATED)
        }),
        Case::forged(
            class,
            "no header at all",
            ArchiveUnsafe,
            "does not begin where",
            || {
                let mut bytes = Zip::honest().bytes();
                bytes[3] = 1;
                Forged::of_bytes(bytes)
            },
        ),
    ];
    for (name, bit) in [
        ("encrypted", 0),
        ("speed", 1),
        ("streamed", 3),
        ("utf-8", 11),
        ("hidden", 13),
    ] {
        let name = format!("flag {name}");
        cases.push(entry(class, name, DISAGREE, move || {
            script().locally(|header| header.flags ^= 1 << bit)
        }));
    }
    cases
}

fn descriptors() -> Vec<Case> {
    let class = "data descriptor lies";
    let mut cases = Vec::new();
    for (with, signature) in [("signed", Signature::With), ("bare", Signature::Without)] {
        for (what, change) in [
            ("crc", [1, 0, 0]),
            ("compressed size", [0, 1, 0]),
            ("size", [0, 0, 1]),
        ] {
            cases.push(entry(
                class,
                format!("{with} {what}"),
                "data descriptor",
                move || {
                    let script = script();
                    let true_fields = [script.central.crc, script.central.compressed, script.central.size];
                    let fields = [0, 1, 2].map(|at| true_fields[at].wrapping_add(change[at]));
                    script.streamed(signature).described(signature, fields)
                },
            ));
        }
    }
    cases.extend([
        entry(class, "announced and not there", "", || {
            let mut entry = script().streamed(Signature::With);
            entry.descriptor.clear();
            entry
        }),
        entry(class, "there and not announced", "outside the entries", || {
            let mut entry = script();
            entry.descriptor = script().streamed(Signature::With).descriptor;
            entry
        }),
        entry(class, "sizes of eight bytes", "data descriptor", || {
            let mut entry = script().streamed(Signature::With);
            let sizes = [entry.central.compressed, entry.central.size].map(u64::from);
            entry.descriptor.truncate(8);
            entry
                .descriptor
                .extend(sizes.map(u64::to_le_bytes).as_flattened());
            entry
        }),
        entry(
            "stored with a descriptor",
            "stored, streamed, signed descriptor",
            "stored entry",
            || Entry::stored("script.js", TEXT).streamed(Signature::With),
        ),
        entry(
            "stored with a descriptor",
            "stored, streamed, bare descriptor",
            "stored entry",
            || Entry::stored("script.js", TEXT).streamed(Signature::Without),
        ),
        entry(
            "stored with a descriptor",
            "stored with two sizes",
            "stored entry has two sizes",
            || Entry::stored("script.js", TEXT).everywhere(|header| header.size -= 1),
        ),
    ]);
    cases
}

fn extra_fields() -> Vec<Case> {
    let class = "zip64 extra fields";
    let mut cases = Vec::new();
    for (length, name) in [
        (28, "whole"),
        (16, "sizes"),
        (8, "short"),
        (7, "cut"),
        (0, "empty"),
    ] {
        cases.push(entry(
            class,
            format!("{name}, in the directory"),
            "a second size",
            move || script().centrally(|header| header.extra = extra_field(1, &vec![0xff; length])),
        ));
        cases.push(entry(
            class,
            format!("{name}, in the entry"),
            "a second size",
            move || script().locally(|header| header.extra = extra_field(1, &vec![0; length])),
        ));
    }
    cases.extend([
        entry(class, "behind another field", "a second size", || {
            let extra = [extra_field(0x5455, &[1, 0, 0, 0, 0]), extra_field(1, &[0; 8])].concat();
            script().everywhere(|header| header.extra = extra.clone())
        }),
        entry(class, "field that overruns", "truncated", || {
            let mut extra = extra_field(0x4c41, b"data");
            extra[2] = 5;
            script().everywhere(|header| header.extra = extra.clone())
        }),
        entry(class, "rest behind the fields", "truncated", || {
            script().everywhere(|header| header.extra = vec![0; 3])
        }),
        entry(class, "field of 5 KiB", "long extra field", || {
            script().everywhere(|header| header.extra = extra_field(0x4c41, &[0; 5 * 1024]))
        }),
    ]);
    cases
}

fn encryption() -> Vec<Case> {
    let class = "encryption";
    let everywhere = |name: &'static str, reason, change: fn(&mut Header)| {
        entry(class, name, reason, move || script().everywhere(change))
    };
    vec![
        everywhere("classic", "encrypted", |header| header.flags |= 1),
        everywhere("strong", "encrypted", |header| header.flags |= 1 | 1 << 6),
        everywhere("AES", "encrypted", |header| {
            (header.flags, header.method) = (1, 99)
        }),
        everywhere("AES without the flag", "neither stored nor deflated", |header| {
            header.method = 99
        }),
        everywhere("hidden headers", "a feature", |header| header.flags |= 1 << 13),
        Case::forged(
            class,
            "encrypted directory",
            ArchiveUnsafe,
            "directory is damaged",
            || {
                // APPNOTE 7.3.4: an archive decryption header and unreadable records instead of a directory.
                let mut zip = Zip::honest();
                let mut bytes = zip.bytes();
                let start = u32::from_le_bytes(bytes[bytes.len() - 6..bytes.len() - 2].try_into().unwrap());
                let end = bytes.len() - 22;
                for (at, byte) in bytes[start as usize..end].iter_mut().enumerate() {
                    *byte ^= (at as u8).wrapping_mul(73).wrapping_add(29);
                }
                zip.entries.clear();
                Forged::of_bytes(bytes)
            },
        ),
    ]
}

fn features() -> Vec<Case> {
    let mut cases = Vec::new();
    let methods = [
        ("shrunk", 1),
        ("imploded", 6),
        ("deflate64", 9),
        ("bzip2", 12),
        ("lzma", 14),
        ("zstandard", 93),
        ("xz", 95),
        ("ppmd", 98),
        ("nobody knows", 0xffff),
    ];
    for (name, method) in methods {
        cases.push(entry(
            "other methods",
            name,
            "neither stored nor deflated",
            move || script().everywhere(|header| header.method = method),
        ));
    }
    for bit in [4, 5, 6, 7, 8, 9, 10, 12, 14, 15] {
        cases.push(entry(
            "other features",
            format!("flag {bit}"),
            "a feature",
            move || script().everywhere(|header| header.flags |= 1 << bit),
        ));
    }
    cases.push(entry(
        "other features",
        "comment of an entry",
        "a comment",
        || {
            let mut entry = script();
            entry.comment = b"hidden".to_vec();
            entry
        },
    ));
    cases
}
