//! The author's web folder, read as a bundle: which files it holds and what they hash to.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use airlock_protocol::{BundlePath, CHECKSUM_FILE, FileEntry, SIGNATURE_FILE, Sha256Digest};
use walkdir::WalkDir;

use crate::error::{Error, Result};
use crate::hash::digest_of;
use crate::progress::{Progress, Stage};

/// The page that every bundle starts with.
const INDEX: &str = "index.html";

/// A web folder and its files, sorted by path. `checksum.json` and its signature of an earlier pack are not
/// part of the tree (design section 3).
#[derive(Debug)]
pub struct WebTree {
    root: PathBuf,
    files: Vec<FileEntry>,
}

impl WebTree {
    /// Walks and hashes the folder.
    ///
    /// # Errors
    /// `usage` when `root` is no folder; `tree_invalid` for anything that no device would accept: a link or
    /// special file, an unsafe name, two names that differ only in case or normal form, or no `index.html`;
    /// `storage_failure` when a file cannot be read.
    pub fn read(root: &Path, progress: &dyn Progress) -> Result<WebTree> {
        if !root.is_dir() {
            return Err(Error::Usage(format!(
                "{} is not a folder: name the folder with the built web app",
                root.display()
            )));
        }
        let paths = list(root)?;
        refuse_twins(&paths)?;
        if !paths.iter().any(|(path, _)| path.as_str() == INDEX) {
            return Err(Error::Bundle(format!(
                "{} has no {INDEX}: is it the folder with the built web app?",
                root.display()
            )));
        }
        progress.begin(Stage::Hash, paths.iter().map(|(_, size)| size).sum());
        let files = paths
            .into_iter()
            .map(|(path, _)| hash(root, path, progress))
            .collect::<Result<Vec<_>>>();
        progress.end();
        Ok(WebTree {
            root: root.to_owned(),
            files: files?,
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Its files, sorted by path.
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// The bytes of one of [`WebTree::files`], checked against the hash taken when the tree was read, because
    /// a build that still runs would otherwise be signed half old and half new.
    ///
    /// # Errors
    /// `tree_invalid` when the file changed meanwhile; `storage_failure` when it cannot be read.
    pub fn bytes(&self, file: &FileEntry) -> Result<Vec<u8>> {
        let path = self.root.join(file.path.as_str());
        let bytes = fs::read(&path).map_err(Error::storage("reading", &path))?;
        if Sha256Digest::of(&bytes) == file.digest {
            Ok(bytes)
        } else {
            Err(Error::Bundle(format!(
                "{} changed while it was being packed: wait for the build and try again",
                file.path
            )))
        }
    }
}

/// The regular files below `root` with their sizes, sorted by path bytes.
fn list(root: &Path) -> Result<Vec<(BundlePath, u64)>> {
    let mut paths = Vec::new();
    for entry in WalkDir::new(root).min_depth(1).follow_links(false) {
        let entry = entry.map_err(|error| walk_error(root, error))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let shown = entry.path().display();
        if !entry.file_type().is_file() {
            return Err(Error::Bundle(format!(
                "{shown} is a link or special file: a bundle holds regular files only"
            )));
        }
        let path = bundle_path(root, entry.path())?;
        if path.as_str() == CHECKSUM_FILE || path.as_str() == SIGNATURE_FILE {
            continue;
        }
        let size = entry.metadata().map_err(|error| walk_error(root, error))?.len();
        paths.push((path, size));
    }
    paths.sort_by(|(a, _), (b, _)| a.as_str().as_bytes().cmp(b.as_str().as_bytes()));
    Ok(paths)
}

fn bundle_path(root: &Path, file: &Path) -> Result<BundlePath> {
    let relative = file.strip_prefix(root).unwrap_or(file);
    let names: Option<Vec<&str>> = relative
        .components()
        .map(|name| name.as_os_str().to_str())
        .collect();
    let names =
        names.ok_or_else(|| Error::Bundle(format!("{} is not a UTF-8 name: rename it", file.display())))?;
    BundlePath::parse(&names.join("/"))
        .map_err(|error| Error::Bundle(format!("{} cannot be part of a bundle: {error}", file.display())))
}

/// On a phone whose file system ignores case, one twin would overwrite the other.
fn refuse_twins(paths: &[(BundlePath, u64)]) -> Result<()> {
    let mut seen: BTreeMap<String, &BundlePath> = BTreeMap::new();
    for (path, _) in paths {
        if let Some(twin) = seen.insert(path.fold_key(), path) {
            return Err(Error::Bundle(format!(
                "{twin} and {path} differ only in case or Unicode form: many file systems cannot hold both"
            )));
        }
    }
    Ok(())
}

fn hash(root: &Path, path: BundlePath, progress: &dyn Progress) -> Result<FileEntry> {
    let file_path = root.join(path.as_str());
    let reading = Error::storage("reading", &file_path);
    let file = File::open(&file_path).and_then(|file| digest_of(file, |bytes| progress.advance(bytes)));
    let (digest, size) = file.map_err(reading)?;
    Ok(FileEntry { path, digest, size })
}

fn walk_error(root: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(root).to_owned();
    let source = error
        .into_io_error()
        .unwrap_or_else(|| std::io::Error::other("the folder contains itself"));
    Error::Storage {
        doing: "reading",
        path,
        source,
    }
}
