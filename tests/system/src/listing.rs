//! Everything below a directory: what is there, of which kind, mode, size, time and content.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use airlock_protocol::Sha256Digest;

/// Larger files are told apart by size and time alone.
const CONTENT_BYTES_MAX: u64 = 1024 * 1024;

/// One moment of a tree. Links are listed, not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing(BTreeMap<PathBuf, Item>);

/// What one path was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    mode: u32,
    size: u64,
    modified: (i64, i64),
    content: Option<Sha256Digest>,
}

impl Listing {
    /// Reads the tree; what `left_out` names, by its path from `root`, is not listed, nor what is below it.
    pub fn of(root: &Path, left_out: &[&str]) -> Self {
        let mut listing = Self(BTreeMap::new());
        listing.add(root, Path::new(""), left_out);
        listing
    }

    /// The same, blind for when entries of this directory were made.
    #[must_use]
    pub fn without_time_of(mut self, path: &str) -> Self {
        if let Some(item) = self.0.get_mut(Path::new(path)) {
            item.modified = (0, 0);
        }
        self
    }

    /// Says what differs, for a test that expects nothing to.
    pub fn difference(&self, after: &Self) -> Vec<String> {
        let gone = self.0.keys().filter(|path| !after.0.contains_key(*path));
        let gone = gone.map(|path| format!("gone: {}", path.display()));
        let other = after.0.iter().filter_map(|(path, item)| match self.0.get(path) {
            None => Some(format!("new: {}", path.display())),
            Some(before) if before != item => Some(format!("changed: {}", path.display())),
            Some(_) => None,
        });
        gone.chain(other).collect()
    }

    fn add(&mut self, root: &Path, path: &Path, left_out: &[&str]) {
        let full = root.join(path);
        let metadata = fs::symlink_metadata(&full).unwrap();
        let content = (metadata.is_file() && metadata.len() <= CONTENT_BYTES_MAX)
            .then(|| Sha256Digest::of(&fs::read(&full).unwrap()));
        let item = Item {
            mode: metadata.mode(),
            // A directory's own size depends on its entries, which are listed, and on the file system.
            size: if metadata.is_dir() { 0 } else { metadata.len() },
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            content,
        };
        self.0.insert(path.to_owned(), item);
        if metadata.is_dir() {
            for entry in fs::read_dir(&full).unwrap() {
                let child = path.join(entry.unwrap().file_name());
                if !left_out.iter().any(|left_out| child == Path::new(left_out)) {
                    self.add(root, &child, left_out);
                }
            }
        }
    }
}
