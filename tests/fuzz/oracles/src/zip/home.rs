//! A folder of its own for each attempt, and a look at everything that is there afterwards.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use airlock_engine::Error;
use airlock_engine::install::{Contents, unpack};
use airlock_engine::ports::RealDisk;
use airlock_protocol::FileEntry;

/// The files of a tree and their bytes.
pub(super) type Tree = BTreeMap<String, Vec<u8>>;

/// `archive.zip` and `outer/target`, alone in a new folder.
pub(super) struct Home<'a> {
    folder: tempfile::TempDir,
    archive: &'a [u8],
}

impl<'a> Home<'a> {
    pub(super) fn new(archive: &'a [u8]) -> Home<'a> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("outer/target")).unwrap();
        fs::write(folder.path().join("archive.zip"), archive).unwrap();
        Home { folder, archive }
    }

    /// Unpacks in a new home; returns what came of it and what lies in the target.
    pub(super) fn unpack(archive: &[u8], contents: Contents<'_>) -> (Result<Vec<FileEntry>, Error>, Tree) {
        let home = Home::new(archive);
        let result = home.run(contents);
        let mut tree = Tree::new();
        collect(&home.target(), "", &mut tree);
        (result, tree)
    }

    /// Unpacks, and finds nothing changed outside of the target.
    pub(super) fn run(&self, contents: Contents<'_>) -> Result<Vec<FileEntry>, Error> {
        let archive = self.folder.path().join("archive.zip");
        let result = unpack(
            &RealDisk,
            &mut File::open(&archive).unwrap(),
            contents,
            &self.target(),
        );
        assert_eq!(names(self.folder.path()), ["archive.zip", "outer"]);
        assert_eq!(names(&self.folder.path().join("outer")), ["target"]);
        assert_eq!(fs::read(&archive).unwrap(), self.archive);
        result.map(|unpacked| unpacked.files().to_vec())
    }

    pub(super) fn target(&self) -> PathBuf {
        self.folder.path().join("outer/target")
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.target().join(name), bytes).unwrap();
    }
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
