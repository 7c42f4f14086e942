//! What real tools write. It must install to the byte, or be refused for a reason that its author can mend.
//!
//! Most archives were made once with the tools themselves (`data/README.md` says how). Two tools cannot run
//! here, so their headers are written by hand after what is documented of them:
//!
//! - macOS `ditto` and Archive Utility, after the fingerprint in thejoshwolfe/yauzl issue 69: made by 789
//!   (Unix, 2.1), flags 8, method 8, header fields 0, a signed descriptor, an extra field 0x5855 everywhere,
//!   `__MACOSX/._<name>` behind a file that has metadata;
//! - .NET's System.IO.Compression, after `ZipArchiveEntry` in dotnet/runtime: made by the running platform,
//!   attributes 0 on Windows and the mode on Unix, empty files stored, no extra fields, a signed descriptor
//!   only where the output cannot seek, the UTF-8 flag only where a name needs it.

use std::path::Path;

use airlock_protocol::Code::{self, ArchiveUnsafe, PathUnsafe};
use airlock_protocol::Sha256Digest;

use crate::zip::{Entry, Signature, Zip, extra_field};

/// One archive of one tool.
pub struct Tool {
    /// The tool, and the way it was used.
    pub name: String,
    /// What it wrote.
    pub archive: Vec<u8>,
    /// What it was given: every file and its bytes.
    pub tree: Vec<(String, Vec<u8>)>,
    /// The code and the words of the refusal, where the shape is one that bundles may not have.
    pub refused: Option<(Code, &'static str)>,
}

/// (file in `data/`, whether it holds the file whose name is not ASCII)
const MADE: &[(&str, bool)] = &[
    ("info-zip-directories", false),
    ("info-zip-files", false),
    ("info-zip-stored", false),
    ("info-zip-streamed", false),
    ("7-zip", true),
    ("bsdtar", true),
    ("python-stored", true),
    ("python-deflated", true),
    ("python-streamed", true),
    ("jar", true),
    ("java-streamed", true),
    ("go-addfs", true),
    ("adm-zip", true),
    ("archiver", true),
    ("fflate", true),
    ("jszip", true),
    ("jszip-streamed", true),
];

/// All of them.
pub fn all() -> Vec<Tool> {
    let mut tools: Vec<Tool> = MADE
        .iter()
        .map(|&(name, unicode)| Tool {
            name: name.to_owned(),
            archive: fixture(name),
            tree: if unicode { unicode_tree() } else { plain_tree() },
            refused: None,
        })
        .collect();
    tools.push(Tool {
        name: "info-zip-unflagged-name".to_owned(),
        archive: fixture("info-zip-unflagged-name"),
        tree: unicode_tree(),
        refused: Some((ArchiveUnsafe, "not declared to be utf-8")),
    });
    tools.push(Tool {
        name: "python-streamed-stored".to_owned(),
        archive: fixture("python-streamed-stored"),
        tree: plain_tree().into_iter().take(1).collect(),
        refused: Some((ArchiveUnsafe, "stored entry")),
    });
    tools.extend(ditto());
    tools.extend(dotnet());
    tools
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    std::fs::read(folder.join(format!("{name}.zip"))).expect("the archive is committed")
}

/// The tree that all tools were given; `data/README.md` has the script.
fn plain_tree() -> Vec<(String, Vec<u8>)> {
    let noise = (0..8).flat_map(|seed| *Sha256Digest::of(&[seed]).as_bytes());
    let page = "<p>The quick brown fox jumps over the lazy dog.</p>\n".repeat(20);
    let page = format!("<!doctype html>\n<title>Airlock</title>\n{page}");
    [
        ("index.html", page.into_bytes()),
        ("assets/app.js", b"export const answer = 42;\n".repeat(40)),
        ("assets/empty.css", Vec::new()),
        ("assets/img/noise.bin", noise.collect()),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .into()
}

/// The same and a file whose name is not ASCII; only some tools got it.
fn unicode_tree() -> Vec<(String, Vec<u8>)> {
    let mut tree = plain_tree();
    tree.push(("\u{fc}ber.txt".to_owned(), "gr\u{fc}\u{df}e\n".into()));
    tree
}

fn shape(name: &str, tree: Vec<(String, Vec<u8>)>, entries: Vec<Entry>) -> Tool {
    Tool {
        name: name.to_owned(),
        archive: Zip::of(entries).bytes(),
        tree,
        refused: None,
    }
}

fn ditto() -> Vec<Tool> {
    let file = |path: &str, bytes: &[u8]| {
        let entry = Entry::deflated(path, bytes).everywhere(|header| header.flags = 0);
        mac(entry.streamed(Signature::With), 0o100_644)
    };
    let directories = ["assets/", "assets/img/"].map(|path| mac(Entry::directory(path), 0o040_755));
    let packed = |tree: &[(String, Vec<u8>)]| {
        let files = tree.iter().map(|(path, bytes)| file(path, bytes));
        directories.iter().cloned().chain(files).collect::<Vec<_>>()
    };
    let plain = shape("ditto (by hand)", plain_tree(), packed(&plain_tree()));
    let mut with_metadata = plain_tree();
    with_metadata.push(("__MACOSX/._index.html".to_owned(), apple_double()));
    with_metadata.push(("__MACOSX/assets/._app.js".to_owned(), apple_double()));
    let mut entries = packed(&with_metadata);
    entries.extend(["__MACOSX/", "__MACOSX/assets/"].map(|path| mac(Entry::directory(path), 0o040_755)));
    let metadata = shape("ditto with extended attributes (by hand)", with_metadata, entries);
    // It writes names in UTF-8 and does not say so.
    let undeclared = Tool {
        refused: Some((ArchiveUnsafe, "not declared to be utf-8")),
        ..shape(
            "ditto with a name that is not ASCII (by hand)",
            unicode_tree(),
            packed(&unicode_tree()),
        )
    };
    vec![plain, metadata, undeclared]
}

/// Times, and in the entry's own header the owner too, as the old Info-ZIP Unix field holds them.
fn mac(entry: Entry, mode: u32) -> Entry {
    let mut entry = entry
        .locally(|header| header.extra = extra_field(0x5855, &[0; 12]))
        .centrally(|header| header.extra = extra_field(0x5855, &[0; 8]))
        .attributes(mode << 16 | 0x4000);
    entry.made_version = 21;
    entry
}

/// RFC 1740: Finder information and an empty resource fork.
fn apple_double() -> Vec<u8> {
    let mut bytes = [0x0005_1607_u32, 0x0002_0000]
        .map(u32::to_be_bytes)
        .as_flattened()
        .to_vec();
    bytes.extend(b"Mac OS X        ");
    bytes.extend(2_u16.to_be_bytes());
    bytes.extend([9, 50, 32, 2, 82, 0].map(u32::to_be_bytes).as_flattened());
    bytes.resize(82, 0);
    bytes
}

fn dotnet() -> Vec<Tool> {
    const WINDOWS: u8 = 0;
    const UNIX: u8 = 3;
    let file = |path: &str, bytes: &[u8], platform: u8| {
        let mut entry = match bytes.is_empty() {
            true => Entry::stored(path, bytes),
            false => Entry::deflated(path, bytes),
        };
        entry.made_by = platform;
        entry.made_version = if bytes.is_empty() { 10 } else { 20 };
        entry.attributes(if platform == UNIX { 0o100_644 << 16 } else { 0 })
    };
    let packed = |tree: &[(String, Vec<u8>)], platform| {
        let files = tree.iter().map(|(path, bytes)| file(path, bytes, platform));
        files.collect::<Vec<_>>()
    };
    let streamed = packed(&unicode_tree(), UNIX)
        .into_iter()
        .map(|entry| match entry.data.is_empty() {
            true => entry,
            false => entry.streamed(Signature::With),
        });
    // .NET Framework before 4.6.1 wrote the separator of Windows.
    let old = packed(&plain_tree(), WINDOWS).into_iter().map(|entry| {
        entry.everywhere(|header| {
            for byte in header.name.iter_mut().filter(|byte| **byte == b'/') {
                *byte = b'\\';
            }
        })
    });
    vec![
        shape(
            ".NET on Windows (by hand)",
            unicode_tree(),
            packed(&unicode_tree(), WINDOWS),
        ),
        shape(
            ".NET on Linux (by hand)",
            unicode_tree(),
            packed(&unicode_tree(), UNIX),
        ),
        shape(".NET to a stream (by hand)", unicode_tree(), streamed.collect()),
        Tool {
            refused: Some((PathUnsafe, "backslash")),
            ..shape(".NET Framework 4.6 (by hand)", plain_tree(), old.collect())
        },
    ]
}
