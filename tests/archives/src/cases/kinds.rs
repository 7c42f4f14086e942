//! Links, devices, permissions and directories: what an entry is besides a file.

use airlock_protocol::Code::{ArchiveUnsafe, MetadataInvalid};

use crate::case::Case;
use crate::zip::{Entry, Signature, Zip};

const LINK: u32 = 0o120_777;
const SPECIAL: &str = "a link or a special file";

pub(super) fn cases() -> Vec<Case> {
    [
        links(),
        writes_through_links(),
        special_files(),
        permissions(),
        directories(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn with_mode(name: &str, content: &[u8], mode: u32) -> Entry {
    Entry::stored(name, content).attributes(mode << 16)
}

fn links() -> Vec<Case> {
    let link = |target: &'static [u8]| with_mode("link.js", target, LINK);
    let mut cases = vec![
        Case::refused(
            "links",
            "link to the outside",
            ArchiveUnsafe,
            SPECIAL,
            move || Zip::with(link(b"/etc/passwd")),
        ),
        Case::refused("links", "link that goes up", ArchiveUnsafe, SPECIAL, move || {
            Zip::with(link(b"../../state.a"))
        }),
        Case::refused(
            "links",
            "link to a neighbour",
            ArchiveUnsafe,
            SPECIAL,
            move || Zip::with(link(b"index.html")),
        ),
        Case::refused(
            "links",
            "link in the place of a signed file",
            ArchiveUnsafe,
            SPECIAL,
            || Zip::changed(|zip| zip.entries[1].attributes = LINK << 16),
        ),
    ];
    for (system, made_by) in [("FAT", 0), ("NTFS", 10), ("Darwin", 19), ("nobody knows", 255)] {
        let zip = move || {
            let mut entry = link(b"/etc/passwd");
            entry.made_by = made_by;
            Zip::with(entry)
        };
        let name = format!("link, made by {system}");
        cases.push(Case::refused("links", name, ArchiveUnsafe, SPECIAL, zip));
    }
    cases
}

/// A link first, then what a reader that follows it writes elsewhere.
fn writes_through_links() -> Vec<Case> {
    let class = "write through a link";
    vec![
        Case::refused(
            class,
            "directory link, then a file below",
            ArchiveUnsafe,
            SPECIAL,
            || {
                Zip::of([
                    with_mode("out", b"../../..", LINK),
                    Entry::stored("out/evil.js", b"evil"),
                    Entry::stored("index.html", b"<title>"),
                ])
            },
        )
        .described(MetadataInvalid),
        Case::refused(
            class,
            "link, then a file of its name",
            ArchiveUnsafe,
            SPECIAL,
            || {
                Zip::of([
                    with_mode("index.html", b"../../../evil.js", LINK),
                    Entry::stored("index.html", b"evil"),
                ])
            },
        ),
        Case::refused(
            class,
            "directory entry that is a link",
            ArchiveUnsafe,
            SPECIAL,
            || {
                Zip::changed(|zip| {
                    zip.entries
                        .insert(0, Entry::directory("assets/").attributes(LINK << 16))
                })
            },
        ),
    ]
}

fn special_files() -> Vec<Case> {
    let kinds = [
        ("fifo", 0o010_644),
        ("character device", 0o020_644),
        ("block device", 0o060_644),
        ("socket", 0o140_644),
        ("type that does not exist", 0o170_644),
        ("directory mode on a file", 0o040_755),
    ];
    let mut cases: Vec<Case> = kinds
        .into_iter()
        .map(|(name, mode)| {
            Case::refused("fifo and device modes", name, ArchiveUnsafe, SPECIAL, move || {
                Zip::with(with_mode("special.js", b"", mode))
            })
        })
        .collect();
    // Info-ZIP names what it reads from its standard input `-` and gives it the mode of the pipe. No bundle
    // is packed that way.
    cases.push(Case::refused(
        "fifo and device modes",
        "Info-ZIP's standard input",
        ArchiveUnsafe,
        SPECIAL,
        || {
            let stdin = Entry::deflated("-", b"piped in").streamed(Signature::With);
            Zip::with(stdin.attributes(0o010_600 << 16))
        },
    ));
    cases
}

/// Permissions of the archive are not taken over: the same tree comes out, readable and removable.
fn permissions() -> Vec<Case> {
    let modes = [
        ("setuid", 0o104_755),
        ("setgid", 0o102_755),
        ("sticky and writable by all", 0o101_777),
        ("no permission at all", 0o100_000),
    ];
    let mut cases: Vec<Case> = modes
        .into_iter()
        .map(|(name, mode)| {
            Case::harmless("setuid", name, move || {
                Zip::changed(|zip| zip.entries[1].attributes = mode << 16)
            })
        })
        .collect();
    for (name, mode) in [
        ("read-only directory", 0o040_555),
        ("closed directory", 0o040_000),
    ] {
        cases.push(Case::harmless("read-only directories", name, move || {
            let directory = Entry::directory("assets/").attributes(mode << 16 | 0x11);
            Zip::changed(|zip| zip.entries.insert(0, directory))
        }));
    }
    cases
}

fn directories() -> Vec<Case> {
    let class = "directories with data";
    let refused =
        |name: &'static str, reason, zip: fn() -> Zip| Case::refused(class, name, ArchiveUnsafe, reason, zip);
    vec![
        Case::harmless(class, "directory entry", || {
            Zip::changed(|zip| zip.entries.insert(0, Entry::directory("assets/")))
        }),
        refused("directory with data", "a directory holds data", || {
            Zip::with(Entry::stored("assets/", b"hidden").attributes(0))
        }),
        refused("directory with deflated data", "a directory holds data", || {
            Zip::with(Entry::deflated("assets/", b"hidden").attributes(0))
        }),
        refused(
            "directory with data that is said to be nothing",
            "a directory holds data",
            || {
                let hidden = Entry::deflated("assets/", b"hidden").attributes(0);
                Zip::with(hidden.everywhere(|header| (header.crc, header.size) = (0, 0)))
            },
        ),
        refused("directory with a file's mode", SPECIAL, || {
            Zip::with(Entry::directory("assets/").attributes(0o100_644 << 16))
        }),
        refused("file with the directory attribute", SPECIAL, || {
            Zip::with(Entry::stored("app.js", b"script").attributes(0x10))
        }),
        refused("empty directory", "a directory is empty", || {
            Zip::with(Entry::directory("empty/"))
        }),
    ]
}
