//! Each way in which the store touches the disk, by what it leaves and by what it makes durable, in which order.
//! That the whole then survives power cuts is airlock-sim's to prove.

mod cleaning;
mod files;
mod noted;
mod state;

use std::fs;
use std::path::{Path, PathBuf};

use noted::Noted;
use tempfile::TempDir;

use super::Layout;

/// A directory, a disk that notes, and the paths of a store in it.
struct Home {
    directory: TempDir,
    disk: Noted,
    layout: Layout,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().to_owned();
        Self {
            disk: Noted::new(&root),
            layout: Layout::new(root),
            directory,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
