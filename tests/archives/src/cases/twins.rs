//! Names that are one file on some devices, and names of Airlock's own.

use airlock_protocol::Code::{ArchiveUnsafe, ChecksumMismatch, MetadataInvalid, PathUnsafe};

use crate::case::Case;
use crate::zip::{Entry, Zip};

const TWICE: &str = "two entries have one name";

/// (class, name of the case, one name, the other, words of the refusal); in both orders, so that neither
/// "the first wins" nor "the last wins" is a way round.
const TWINS: &[(&str, &str, &str, &str, &str)] = &[
    ("case twins", "case twins", "app2.js", "APP2.js", TWICE),
    ("case twins", "sharp s", "stra\u{df}e.js", "STRASSE.js", TWICE),
    ("case twins", "kelvin sign", "k.js", "\u{212a}.js", TWICE),
    (
        "case twins",
        "directories",
        "a/1.js",
        "A/2.js",
        "two directories are one",
    ),
    (
        "nfc and nfd twins",
        "nfc and nfd",
        "caf\u{e9}.js",
        "cafe\u{301}.js",
        TWICE,
    ),
    (
        "nfc and nfd twins",
        "hangul",
        "\u{ac00}.js",
        "\u{1100}\u{1161}.js",
        TWICE,
    ),
    (
        "nfc and nfd twins",
        "directories",
        "caf\u{e9}/1.js",
        "cafe\u{301}/2.js",
        "two directories are one",
    ),
    (
        "file and directory",
        "file and parent",
        "a",
        "a/b.js",
        "a file is also a directory",
    ),
    (
        "file and directory",
        "file and grandparent",
        "a",
        "a/b/c.js",
        "a file is also a directory",
    ),
    (
        "file and directory",
        "file and parent in other letters",
        "A",
        "a/b.js",
        "a file is also a directory",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(class, name, one, other, reason) in TWINS {
        for (order, first, second) in [("", one, other), (", swapped", other, one)] {
            let zip = move || {
                Zip::changed(|zip| {
                    zip.entries.push(Entry::stored(first, b"first"));
                    zip.entries.push(Entry::stored(second, b"second"));
                })
            };
            let name = format!("{class}: {name}{order}");
            cases.push(Case::refused(class, name, ArchiveUnsafe, reason, zip).described(MetadataInvalid));
        }
    }
    cases.extend(duplicates());
    cases.extend(own_files());
    cases.extend(other_content());
    // Readers that compare compatibility forms would join these; no file system does, so they stay two files.
    cases.push(Case::unlike(
        "compatibility forms",
        "compatibility twins",
        ArchiveUnsafe,
        "not in checksum.json",
        || {
            Zip::changed(|zip| {
                zip.entries.push(Entry::stored("1.js", b"plain"));
                zip.entries.push(Entry::stored("\u{2460}.js", b"circled"));
            })
        },
    ));
    cases
}

/// One name twice: the signed content first, and last.
fn duplicates() -> Vec<Case> {
    let evil = || Entry::deflated("index.html", b"<script>evil()</script>");
    vec![
        Case::refused(
            "duplicates",
            "duplicate behind the signed file",
            ArchiveUnsafe,
            TWICE,
            move || Zip::with(evil()),
        ),
        Case::refused(
            "duplicates",
            "duplicate before the signed file",
            ArchiveUnsafe,
            TWICE,
            move || Zip::changed(|zip| zip.entries.insert(0, evil())),
        ),
        Case::refused("duplicates", "the same file twice", ArchiveUnsafe, TWICE, || {
            Zip::changed(|zip| zip.entries.push(zip.entries[0].clone()))
        }),
        Case::refused(
            "duplicates",
            "the same directory twice",
            ArchiveUnsafe,
            TWICE,
            || Zip::changed(|zip| zip.entries.extend(["assets/", "assets/"].map(Entry::directory))),
        ),
        Case::refused(
            "duplicates",
            "directory in other letters",
            ArchiveUnsafe,
            "two ways",
            || Zip::with(Entry::directory("ASSETS/")),
        ),
    ]
}

/// Files that Airlock itself writes or reads in a bundle, or beside it.
fn own_files() -> Vec<Case> {
    let class = "own control files";
    let mut cases = vec![
        Case::refused(
            class,
            "another checksum.json",
            ArchiveUnsafe,
            "another size",
            || Zip::with(Entry::stored("checksum.json", b"{}")),
        ),
        Case::refused(class, "checksum.json twice", ArchiveUnsafe, TWICE, || {
            Zip::changed(|zip| {
                let twin = Entry::stored("checksum.json", b"{}");
                zip.entries.extend([twin.clone(), twin]);
            })
        }),
        Case::refused(
            class,
            "CHECKSUM.JSON",
            ArchiveUnsafe,
            "not in checksum.json",
            || Zip::with(Entry::stored("CHECKSUM.JSON", b"{}")),
        )
        .described(MetadataInvalid),
        Case::refused(
            class,
            "checksum.json as a directory",
            ArchiveUnsafe,
            "not in checksum.json",
            || Zip::with(Entry::stored("checksum.json/evil.js", b"evil")),
        )
        .described(MetadataInvalid),
        Case::refused(
            class,
            "huge signature file",
            ArchiveUnsafe,
            "another size",
            || Zip::with(Entry::deflated("checksum.json.sig", &vec![b' '; 64 * 1024 + 1])),
        ),
    ];
    // Names that mean something to Airlock elsewhere mean nothing inside a bundle.
    for name in [
        ".ready",
        "state.a",
        "state.lock",
        "checksum.tmp",
        "checksum.json.tmp",
        "staging/x",
        "assets/checksum.json",
    ] {
        let zip = move || Zip::with(Entry::stored(name, b"just a file"));
        cases.push(Case::unlike(
            class,
            name,
            ArchiveUnsafe,
            "not in checksum.json",
            zip,
        ));
    }
    cases
}

/// Sound archives of another bundle than the signed one, and a file for the store around it.
fn other_content() -> Vec<Case> {
    let class = "own control files";
    let other = "does not have the hash";
    vec![
        Case::unlike(
            class,
            "another file of the same size",
            ChecksumMismatch,
            other,
            || {
                Zip::changed(|zip| {
                    zip.entries[1] = Entry::stored("assets/app.js", b"export const answer = 43;");
                })
            },
        ),
        Case::unlike(class, "file too few", ArchiveUnsafe, "not in the archive", || {
            Zip::changed(|zip| drop(zip.entries.pop()))
        }),
        Case::refused(class, "state above the bundle", PathUnsafe, "`.` or `..`", || {
            Zip::with(Entry::stored("../../state.a", b"AIRLOCK1"))
        }),
    ]
}
