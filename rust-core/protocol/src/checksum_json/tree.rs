//! The rules a set of files must meet to be a bundle, and the digest that names it.

use std::collections::BTreeMap;

use sha2::Digest as _;

use super::{CHECKSUM_FILE, FileEntry, SIGNATURE_FILE, invalid};
use crate::{BundleId, BundlePath, Error, Sha256Digest, hex, limits, path};

/// The tree digest: SHA-256 over the lines `<hash>  <size>  <path>\n`, sorted by the bytes of the paths.
///
/// The order of `files` does not matter.
pub fn tree_digest(files: &[FileEntry]) -> BundleId {
    let mut sorted: Vec<&FileEntry> = files.iter().collect();
    sorted.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    let mut hash = sha2::Sha256::new();
    for FileEntry { path, digest, size } in sorted {
        hash.update(hex::encode(digest.as_bytes()));
        hash.update(format!("  {size}  "));
        hash.update(path.as_str());
        hash.update("\n");
    }
    Sha256Digest::from_bytes(hash.finalize().into()).into()
}

/// Checks everything about the files themselves and adds up their sizes.
pub(super) fn check(files: &[FileEntry]) -> Result<u64, Error> {
    check_paths(files.iter().map(|file| &file.path))?;
    let total = files
        .iter()
        .try_fold(0_u64, |total, file| total.checked_add(file.size));
    total
        .filter(|total| *total <= limits::BUNDLE_BYTES)
        .ok_or_else(|| invalid("the files have more than 1 GiB together"))
}

/// Checks that the paths can be the files of one bundle: not too many, `index.html` among them, none with a name
/// of Airlock's own, and no two files, no two directories, and no file and directory in one place on any file
/// system. For every list of files, whatever wrote it.
///
/// # Errors
/// `metadata_invalid`, naming the rule.
pub fn check_paths<'p>(paths: impl IntoIterator<Item = &'p BundlePath>) -> Result<(), Error> {
    let paths: Vec<&BundlePath> = paths.into_iter().collect();
    if paths.len() > limits::FILES_MAX {
        return Err(invalid(format_args!(
            "it lists {} files where {} are the most",
            paths.len(),
            limits::FILES_MAX
        )));
    }
    if !paths.iter().any(|path| path.as_str() == "index.html") {
        return Err(invalid("there is no index.html at the root"));
    }
    check_names(&paths)
}

fn check_names(paths: &[&BundlePath]) -> Result<(), Error> {
    let own_names = [CHECKSUM_FILE, SIGNATURE_FILE].map(path::fold);
    let keys: Vec<String> = paths.iter().map(|path| path.fold_key()).collect();
    let mut files: Vec<(&str, &str)> = Vec::with_capacity(paths.len());
    for (path, key) in paths.iter().zip(&keys) {
        if own_names.contains(key) {
            return Err(invalid(format_args!(
                "it lists {:?}, a name of Airlock's own",
                path.as_str()
            )));
        }
        files.push((key, path.as_str()));
    }
    // A list comes sorted; that makes this linear.
    files.sort_unstable();
    if let Some([(_, one), (_, other)]) = files.array_windows().find(|[(one, _), (other, _)]| one == other) {
        return Err(twins(one, other));
    }
    for (key, directory) in distinct_directories(paths, &keys)? {
        if own_names.iter().any(|name| name == key) {
            return Err(invalid(format_args!("{directory:?} has a name of Airlock's own")));
        }
        let file = files.binary_search_by_key(&key, |(key, _)| key);
        if let Some((_, other)) = file.ok().and_then(|found| files.get(found)) {
            return Err(invalid(format_args!("{other:?} is a file and a directory")));
        }
    }
    Ok(())
}

/// Every directory once, by its key. Going up from a file stops at the first one that is known, because then
/// all above it are: deep trees of many files stay cheap. Folding makes and takes no `/`, so the keys of the
/// directories are the beginnings of the file's.
fn distinct_directories<'p>(
    paths: &[&'p BundlePath],
    keys: &'p [String],
) -> Result<BTreeMap<&'p str, &'p str>, Error> {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for (path, key) in paths.iter().zip(keys) {
        let (mut key, mut written) = (key.as_str(), path.as_str());
        while let (Some((key_above, _)), Some((above, _))) = (key.rsplit_once('/'), written.rsplit_once('/'))
        {
            (key, written) = (key_above, above);
            match known.insert(key, written) {
                Some(other) if other != written => return Err(twins(other, written)),
                Some(_) => break,
                None => {}
            }
        }
        if known.len() > limits::FILES_MAX {
            return Err(invalid(format_args!(
                "it has more than {} directories",
                limits::FILES_MAX
            )));
        }
    }
    Ok(known)
}

fn twins(one: &str, other: &str) -> Error {
    invalid(format_args!("{one:?} and {other:?} are one name on some devices"))
}
