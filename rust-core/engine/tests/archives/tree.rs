//! An installed tree held against its own checksum.json.

use std::fs;
use std::path::Path;

use airlock_engine::install::{Depth, verify_tree};
use airlock_engine::ports::RealDisk;
use airlock_protocol::{
    BundleId, BundlePath, CHECKSUM_FILE, ChecksumFields, ChecksumJson, Code, FileEntry, SIGNATURE_FILE,
    Sequence, Sha256Digest, UnixMillis,
};
use tempfile::TempDir;

const PAGE: &[u8] = b"<title>Airlock</title>";
const SCRIPT: &[u8] = b"export const answer = 42;";

struct Installed {
    home: TempDir,
    id: BundleId,
}

impl Installed {
    fn honest() -> Self {
        let home = tempfile::tempdir().unwrap();
        let files = [("index.html", PAGE), ("assets/app.js", SCRIPT)].map(|(path, bytes)| FileEntry {
            path: BundlePath::parse(path).unwrap(),
            digest: Sha256Digest::of(bytes),
            size: bytes.len() as u64,
        });
        let fields = ChecksumFields {
            app_id: "dev.airlock.example".parse().unwrap(),
            version: "1.0.0".to_owned(),
            sequence: Sequence::try_from(1).unwrap(),
            platforms: Vec::new(),
            native: Default::default(),
            timestamp: UnixMillis::from_rfc3339("2026-01-01T00:00:00Z").unwrap(),
            expires: None,
        };
        let checksum = ChecksumJson::new(fields, files.to_vec()).unwrap();
        fs::create_dir(home.path().join("assets")).unwrap();
        fs::write(home.path().join("index.html"), PAGE).unwrap();
        fs::write(home.path().join("assets/app.js"), SCRIPT).unwrap();
        fs::write(home.path().join(CHECKSUM_FILE), checksum.to_bytes()).unwrap();
        let id = checksum.id();
        Self { home, id }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    fn verify(&self, depth: Depth) -> Result<ChecksumJson, airlock_engine::Error> {
        verify_tree(&RealDisk, self.home.path(), Some(&self.id), depth)
    }

    /// Both depths refuse the tree.
    fn refuse(&self, reason: &str) {
        for depth in [Depth::Sizes, Depth::Bytes] {
            let error = self.verify(depth).unwrap_err();
            assert_eq!(error.code(), Code::ChecksumMismatch, "{error}");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}

#[test]
fn the_honest_tree_is_verified_with_and_without_a_signature_file() {
    let tree = Installed::honest();
    for depth in [Depth::Sizes, Depth::Bytes] {
        assert_eq!(tree.verify(depth).unwrap().id(), tree.id);
    }
    fs::write(tree.path(SIGNATURE_FILE), b"{}").unwrap();
    assert_eq!(tree.verify(Depth::Bytes).unwrap().id(), tree.id);
    assert!(verify_tree(&RealDisk, tree.home.path(), None, Depth::Bytes).is_ok());
}

#[test]
fn another_bundle_is_refused() {
    let tree = Installed::honest();
    let other = BundleId::from(Sha256Digest::of(b"other"));
    let error = verify_tree(&RealDisk, tree.home.path(), Some(&other), Depth::Sizes).unwrap_err();
    assert_eq!(error.code(), Code::ChecksumMismatch);
}

#[test]
fn a_missing_file_is_refused() {
    let tree = Installed::honest();
    fs::remove_file(tree.path("assets/app.js")).unwrap();
    tree.refuse("`assets/app.js` is missing");
}

#[test]
fn an_additional_file_is_refused_wherever_it_lies() {
    for name in [
        "extra.js",
        "assets/extra.js",
        "assets/checksum.json",
        ".ready",
        "checksum.json.bak",
    ] {
        let tree = Installed::honest();
        fs::write(tree.path(name), b"").unwrap();
        tree.refuse("is not in checksum.json");
    }
}

#[test]
fn a_file_of_another_size_is_refused() {
    let tree = Installed::honest();
    fs::write(tree.path("index.html"), b"<title>").unwrap();
    tree.refuse("another size");
}

#[test]
fn a_flipped_byte_is_found_where_bytes_are_checked() {
    let tree = Installed::honest();
    fs::write(tree.path("index.html"), b"<title>airlock</title>").unwrap();
    assert!(tree.verify(Depth::Sizes).is_ok());
    let error = tree.verify(Depth::Bytes).unwrap_err();
    assert_eq!(error.code(), Code::ChecksumMismatch);
}

#[test]
fn a_directory_in_the_place_of_a_file_is_refused() {
    let tree = Installed::honest();
    fs::remove_file(tree.path("index.html")).unwrap();
    fs::create_dir(tree.path("index.html")).unwrap();
    tree.refuse("`index.html` is missing");
}

#[test]
fn a_tree_without_checksum_json_is_refused() {
    let tree = Installed::honest();
    fs::remove_file(tree.path(CHECKSUM_FILE)).unwrap();
    tree.refuse("`checksum.json` is missing");
    let error = verify_tree(&RealDisk, Path::new("/nonexistent/airlock"), None, Depth::Sizes).unwrap_err();
    assert_eq!(error.code(), Code::ChecksumMismatch);
}

#[test]
fn a_broken_checksum_json_is_refused() {
    let tree = Installed::honest();
    for text in ["", "{}", "[]", "not json"] {
        fs::write(tree.path(CHECKSUM_FILE), text).unwrap();
        let error = tree.verify(Depth::Sizes).unwrap_err();
        assert_eq!(error.code(), Code::MetadataInvalid, "{text:?}: {error}");
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_link_in_the_place_of_a_file_is_refused_even_to_the_same_bytes() {
        let tree = Installed::honest();
        let outside = tempfile::tempdir().unwrap();
        fs::rename(tree.path("index.html"), outside.path().join("index.html")).unwrap();
        symlink(outside.path().join("index.html"), tree.path("index.html")).unwrap();
        tree.refuse("`index.html` is not in checksum.json");
    }

    #[test]
    fn a_link_in_the_place_of_a_directory_is_refused() {
        let tree = Installed::honest();
        let outside = tempfile::tempdir().unwrap();
        fs::rename(tree.path("assets"), outside.path().join("assets")).unwrap();
        symlink(outside.path().join("assets"), tree.path("assets")).unwrap();
        tree.refuse("`assets` is not in checksum.json");
    }

    #[test]
    fn a_special_file_is_refused_and_not_opened() {
        let tree = Installed::honest();
        fs::remove_file(tree.path("index.html")).unwrap();
        let _listener = UnixListener::bind(tree.path("index.html")).unwrap();
        tree.refuse("`index.html` is not in checksum.json");
    }
}
