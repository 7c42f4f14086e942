//! Clean-up. Deletion is a rename to the trash, then removal; nothing here can fail an update.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use airlock_protocol::BundleId;
use serde::Serialize;

use super::disk;
use super::layout::Layout;
use crate::machine::State;

/// What a clean-up removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Trees and files removed.
    pub removed: u64,
    /// Bytes they held.
    pub bytes: u64,
}

/// Moves a bundle to the trash and removes it from there. Best effort: what stays is found by the
/// next clean-up, because no state names it.
pub(crate) fn discard_bundle(layout: &Layout, id: &BundleId) {
    discard(layout, &layout.bundle(id));
}

/// Moves a file or tree to the trash, so that a half-removed tree is never taken for a whole one.
pub(crate) fn discard(layout: &Layout, path: &Path) {
    let Some(name) = path.file_name() else { return };
    if disk::create_own_dir(&layout.trash()).is_err() {
        return drop(disk::remove_tree(path));
    }
    let target = layout.trash().join(unique(name, &layout.trash()));
    match fs::rename(path, &target) {
        Ok(()) => drop(disk::remove_tree(&target)),
        Err(_) => drop(disk::remove_tree(path)),
    }
}

fn unique(name: &std::ffi::OsStr, directory: &Path) -> OsString {
    let mut candidate = name.to_owned();
    while directory.join(&candidate).symlink_metadata().is_ok() {
        candidate.push("~");
    }
    candidate
}

/// Removes everything temporary and every tree that no state names. The caller holds the sync lock,
/// so nobody is building a tree. `state` is `None` when none could be read: then trees stay.
pub(crate) fn collect(layout: &Layout, state: Option<&State>) -> Collected {
    let mut collected = Collected::default();
    for directory in [layout.trash(), layout.staging(), layout.downloads()] {
        for path in entries(&directory) {
            remove_counted(&path, &mut collected);
        }
    }
    if let Some(state) = state {
        for path in entries(&layout.bundles())
            .into_iter()
            .filter(|path| !is_named(path, state))
        {
            collected.bytes += tree_bytes(&path);
            collected.removed += 1;
            discard(layout, &path);
        }
    }
    collected
}

fn is_named(path: &Path, state: &State) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| BundleId::from_str(name).ok())
        .is_some_and(|id| state.bundles.contains_key(&id))
}

fn remove_counted(path: &Path, collected: &mut Collected) {
    let bytes = tree_bytes(path);
    if disk::remove_tree(path).is_ok() {
        collected.bytes += bytes;
        collected.removed += 1;
    }
}

/// What lies in a directory; nothing where a link leads out of the store.
fn entries(directory: &Path) -> Vec<std::path::PathBuf> {
    if !disk::is_own_dir(directory) {
        return Vec::new();
    }
    fs::read_dir(directory)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

/// Bytes in the store, for `status`.
pub(crate) fn disk_bytes(layout: &Layout) -> u64 {
    tree_bytes(layout.root())
}

fn tree_bytes(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => entries(path).iter().map(|entry| tree_bytes(entry)).sum(),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}
