//! Archives of real tools, which must unpack to the byte. tests/data/archives/README.md says how they
//! were made; where a tool is not to be had here, its headers are written by hand.

use std::path::Path;

use airlock_protocol::Code::ArchiveUnsafe;

use crate::support::{Entry, Signature, Tree, Zip, accept, extra_field, refuse_bytes, unpack_undescribed};

/// The tree that all tools were given; only some got the file whose name is not ascii.
fn packed_tree() -> Tree {
    let noise = (0..8).flat_map(|seed| *airlock_protocol::Sha256Digest::of(&[seed]).as_bytes());
    let page = "<p>The quick brown fox jumps over the lazy dog.</p>\n".repeat(20);
    [
        (
            "index.html",
            format!("<!doctype html>\n<title>Airlock</title>\n{page}").into_bytes(),
        ),
        ("assets/app.js", b"export const answer = 42;\n".repeat(40)),
        ("assets/empty.css", Vec::new()),
        ("assets/img/noise.bin", noise.collect()),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .into()
}

fn unicode_tree() -> Tree {
    let mut tree = packed_tree();
    tree.insert("\u{fc}ber.txt".to_owned(), "gr\u{fc}\u{df}e\n".into());
    tree
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/archives");
    std::fs::read(folder.join(name)).unwrap()
}

fn unpacks_to(name: &str, expected: &Tree) {
    let found = unpack_undescribed(&fixture(name)).into_tree();
    assert_eq!(
        &found.unwrap_or_else(|error| panic!("{name}: {error}")),
        expected,
        "{name}"
    );
}

#[test]
fn info_zip() {
    for name in ["directories", "files", "stored", "streamed"] {
        unpacks_to(&format!("info-zip-{name}.zip"), &packed_tree());
    }
}

#[test]
fn seven_zip() {
    unpacks_to("7-zip.zip", &unicode_tree());
}

#[test]
fn libarchive() {
    unpacks_to("bsdtar.zip", &unicode_tree());
}

#[test]
fn python() {
    for name in ["stored", "deflated", "streamed"] {
        unpacks_to(&format!("python-{name}.zip"), &unicode_tree());
    }
}

#[test]
fn java() {
    for name in ["jar.zip", "java-streamed.zip"] {
        unpacks_to(name, &unicode_tree());
    }
}

#[test]
fn go() {
    unpacks_to("go-addfs.zip", &unicode_tree());
}

#[test]
fn node_packages() {
    for name in ["adm-zip", "archiver", "fflate", "jszip", "jszip-streamed"] {
        unpacks_to(&format!("{name}.zip"), &unicode_tree());
    }
}

#[test]
fn a_stored_stream_of_python_is_refused() {
    refuse_bytes(
        &fixture("python-streamed-stored.zip"),
        0,
        ArchiveUnsafe,
        "stored entry",
    );
}

#[test]
fn a_name_that_info_zip_does_not_declare_is_refused() {
    let bytes = fixture("info-zip-unflagged-name.zip");
    refuse_bytes(&bytes, 0, ArchiveUnsafe, "not declared to be utf-8");
}

#[test]
fn the_shape_of_ditto() {
    // macOS: files streamed with a signed descriptor, owner and times ("UX") before both names' ends,
    // directories and empty files stored.
    let owner = extra_field(0x5855, &[0; 12]);
    let short = extra_field(0x5855, &[0; 8]);
    let shaped = |entry: Entry| {
        let entry = entry.locally(|header| header.extra = owner.clone());
        entry.centrally(|header| header.extra = short.clone())
    };
    let tree = accept(&Zip::of([
        shaped(Entry::directory("assets/").attributes(0o040_755 << 16 | 0x4000)),
        shaped(Entry::deflated("assets/app.js", b"script").streamed(Signature::With))
            .attributes(0o100_644 << 16 | 0x4000),
        shaped(Entry::stored("index.html", b"")).attributes(0o100_644 << 16 | 0x4000),
    ]));
    assert_eq!(
        (&tree["assets/app.js"][..], &tree["index.html"][..]),
        (&b"script"[..], &b""[..])
    );
}

#[test]
fn the_shape_of_dotnet() {
    // System.IO.Compression on Windows: made by FAT without attributes, and, where it cannot seek,
    // a signed descriptor behind deflated data.
    let mut entries = [
        Entry::deflated("index.html", b"<title>Airlock</title>"),
        Entry::deflated("assets/app.js", b"script").streamed(Signature::With),
        Entry::stored("assets/empty.css", b""),
    ];
    for entry in &mut entries {
        (entry.made_by, entry.attributes) = (0, 0);
    }
    let tree = accept(&Zip::of(entries));
    assert_eq!(tree["index.html"], b"<title>Airlock</title>");
    assert_eq!(tree["assets/app.js"], b"script");
    assert_eq!(tree.len(), 3);
}
