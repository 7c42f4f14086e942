//! Unpacks an archive in a directory of its own and looks at everything that is there afterwards.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use airlock_engine::Error;
use airlock_engine::install::{Contents, unpack};
use airlock_engine::ports::RealDisk;
use airlock_protocol::{ChecksumJson, Code, FileEntry, Sha256Digest};

use super::Zip;

/// The files of a tree and their bytes.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// What unpacking left in the target directory, and how it ended.
pub(crate) struct Attempt {
    pub(crate) result: Result<Vec<FileEntry>, Error>,
    pub(crate) tree: Tree,
}

impl Attempt {
    /// The tree, if the archive was accepted.
    pub(crate) fn into_tree(self) -> Result<Tree, Error> {
        self.result.map(|_| self.tree)
    }
}

/// Unpacks with nothing signed to hold the archive against: the profile is the only guard.
pub(crate) fn unpack_undescribed(bytes: &[u8]) -> Attempt {
    attempt(bytes, Contents::Undescribed)
}

/// Unpacks against a verified checksum.json.
pub(crate) fn unpack_described(bytes: &[u8], checksum: &ChecksumJson, text: &[u8]) -> Attempt {
    attempt(bytes, Contents::Described(checksum, text))
}

/// The archive is refused with the code and for the reason, and has written no more than it declared.
pub(crate) fn refuse(zip: &Zip, code: Code, reason: &str) {
    refuse_bytes(&zip.bytes(), zip.declared(), code, reason);
}

/// The same for an archive that is not built from entries.
pub(crate) fn refuse_bytes(bytes: &[u8], declared: u64, code: Code, reason: &str) {
    let attempt = unpack_undescribed(bytes);
    let error = attempt.result.expect_err(reason);
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(reason), "{error}");
    let written: u64 = attempt.tree.values().map(|file| file.len() as u64).sum();
    assert!(
        written <= declared,
        "{written} bytes written, {declared} declared"
    );
}

/// The archive is accepted; returns the tree, which is what the result says, to the byte.
pub(crate) fn accept(zip: &Zip) -> Tree {
    let attempt = unpack_undescribed(&zip.bytes());
    let files = attempt.result.expect("the archive is sound");
    for file in files {
        let bytes = &attempt.tree[file.path.as_str()];
        assert_eq!(file.size, bytes.len() as u64);
        assert_eq!(file.digest, Sha256Digest::of(bytes));
    }
    attempt.tree
}

fn attempt(bytes: &[u8], contents: Contents<'_>) -> Attempt {
    // In memory where there is such a place: tens of thousands of files are written through to the disk otherwise.
    let memory = Path::new("/dev/shm");
    let home = match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    };
    let (archive, outer) = (home.path().join("archive.zip"), home.path().join("outer"));
    let target = outer.join("target");
    fs::create_dir_all(&target).unwrap();
    fs::write(&archive, bytes).unwrap();
    let result = unpack(&RealDisk, &mut File::open(&archive).unwrap(), contents, &target)
        .map(|unpacked| unpacked.files().to_vec());
    assert_eq!(names(home.path()), ["archive.zip", "outer"]);
    assert_eq!(names(&outer), ["target"]);
    assert_eq!(fs::read(&archive).unwrap(), bytes);
    let mut tree = Tree::new();
    collect(&target, "", &mut tree);
    Attempt { result, tree }
}

/// Reads the tree; nothing in it may be a link or special.
fn collect(directory: &Path, prefix: &str, tree: &mut Tree) {
    for name in names(directory) {
        let (path, key) = (directory.join(&name), format!("{prefix}{name}"));
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            collect(&path, &format!("{key}/"), tree);
        } else {
            assert!(kind.is_file(), "{key} is not a file");
            tree.insert(key, fs::read(&path).unwrap());
        }
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
