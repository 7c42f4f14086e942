//! Web folders as bundles and archives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::fs;
use std::io::Cursor;

use airlock_protocol::{BundlePath, Code};
use airlock_publisher::progress::Unwatched;
use airlock_publisher::{Bundle, WebTree};

mod support;

use support::{Author, fields};

fn archive(author: &Author) -> Vec<u8> {
    let tree = WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    let bundle = Bundle::describe(&tree, fields(1))
        .unwrap()
        .signed(&author.daily())
        .unwrap();
    bundle
        .write_archive(Cursor::new(Vec::new()), &Unwatched)
        .unwrap()
        .into_inner()
}

fn refusal(author: &Author) -> (Code, String) {
    let error = WebTree::read(&author.path("dist"), &Unwatched).unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn the_archive_depends_on_names_and_bytes_only() {
    let author = Author::new();
    let first = archive(&author);
    // The same files, made in another order and at another time, with another mode.
    let script = fs::read(author.path("dist/assets/app.js")).unwrap();
    fs::remove_dir_all(author.path("dist")).unwrap();
    author.write("dist/assets/app.js", &script);
    author.write("dist/index.html", "<h1>one</h1>");
    fs::File::open(author.path("dist/index.html"))
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH)
        .unwrap();
    #[cfg(unix)]
    fs::set_permissions(
        author.path("dist/index.html"),
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    assert_eq!(archive(&author), first);

    author.write("dist/index.html", "<h1>two</h1>");
    assert_ne!(archive(&author), first);
}

#[test]
fn entries_are_sorted_plain_files_packed_only_where_that_pays() {
    let author = Author::new();
    let incompressible: Vec<u8> = (0..64_u8).collect();
    author.write("dist/photo.jpg", &incompressible);
    author.write("dist/empty.txt", "");
    let mut zip = zip::ZipArchive::new(Cursor::new(archive(&author))).unwrap();
    let mut names = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index(index).unwrap();
        assert!(entry.is_file() && entry.unix_mode() == Some(0o100_644), "{index}");
        assert_eq!(entry.last_modified(), Some(zip::DateTime::default()));
        assert!(entry.compressed_size() <= entry.size());
        names.push((
            entry.name().unwrap().into_owned(),
            entry.compression() == zip::CompressionMethod::Stored,
        ));
    }
    let expected = [
        ("assets/app.js", false),
        ("checksum.json", false),
        ("checksum.json.sig", false),
        ("empty.txt", true),
        ("index.html", true),
        ("photo.jpg", true),
    ];
    assert_eq!(names, expected.map(|(name, stored)| (name.to_owned(), stored)));
}

#[test]
fn the_files_of_an_earlier_pack_are_not_part_of_the_bundle() {
    let author = Author::new();
    let before = WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    Bundle::describe(&before, fields(1))
        .unwrap()
        .signed(&author.daily())
        .unwrap()
        .write_in_place()
        .unwrap();
    assert!(author.path("dist/checksum.json.sig").is_file());
    let after = WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    assert_eq!(after.files(), before.files());
    // A signature that no longer fits is taken away, not left to confuse.
    Bundle::describe(&after, fields(2))
        .unwrap()
        .write_in_place()
        .unwrap();
    assert!(!author.path("dist/checksum.json.sig").exists());
    // Further down they are files like any other.
    author.write("dist/assets/checksum.json", "{}");
    assert_eq!(
        WebTree::read(&author.path("dist"), &Unwatched)
            .unwrap()
            .files()
            .len(),
        before.files().len() + 1
    );
}

#[test]
fn folders_that_no_device_would_accept_are_refused() {
    let author = Author::new();
    author.write("dist/Index.html", "");
    assert_eq!(refusal(&author).0, Code::TreeInvalid);
    fs::remove_file(author.path("dist/Index.html")).unwrap();
    author.write("dist/aux.js", "");
    let (code, text) = refusal(&author);
    assert!(code == Code::TreeInvalid && text.contains("aux.js"), "{text}");
    fs::remove_file(author.path("dist/aux.js")).unwrap();
    WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    fs::rename(author.path("dist/index.html"), author.path("dist/start.html")).unwrap();
    let (code, text) = refusal(&author);
    assert!(code == Code::TreeInvalid && text.contains("index.html"), "{text}");
}

#[test]
fn a_file_that_changes_while_packing_is_noticed() {
    let author = Author::new();
    let tree = WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    let bundle = Bundle::describe(&tree, fields(1)).unwrap();
    bundle.write_archive(Cursor::new(Vec::new()), &Unwatched).unwrap();
    author.write("dist/index.html", "<h1>two</h1>");
    let error = bundle
        .write_archive(Cursor::new(Vec::new()), &Unwatched)
        .unwrap_err();
    assert_eq!(error.code(), Code::TreeInvalid);
    assert!(error.to_string().contains("changed"), "{error}");
}

#[test]
fn an_archive_file_appears_whole_and_leaves_nothing_else() {
    let author = Author::new();
    let tree = WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    let bundle = Bundle::describe(&tree, fields(1)).unwrap();
    bundle
        .write_archive_file(&author.path("out/a.zip"), &Unwatched)
        .unwrap();
    assert_eq!(fs::read_dir(author.path("out")).unwrap().count(), 1);
    fs::remove_file(author.path("dist/index.html")).unwrap();
    bundle
        .write_archive_file(&author.path("out/b.zip"), &Unwatched)
        .unwrap_err();
    assert_eq!(
        fs::read_dir(author.path("out")).unwrap().count(),
        1,
        "no half archive, no temporary file"
    );
}

#[test]
fn the_description_lists_every_file_by_path() {
    let author = Author::new();
    let tree = WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    let paths: Vec<&str> = tree
        .files()
        .iter()
        .map(|file| BundlePath::as_str(&file.path))
        .collect();
    assert_eq!(paths, ["assets/app.js", "index.html"]);
    let bundle = Bundle::describe(&tree, fields(1)).unwrap();
    let parsed = airlock_protocol::ChecksumJson::parse(bundle.checksum_bytes()).unwrap();
    assert_eq!(&parsed, bundle.checksum());
}
