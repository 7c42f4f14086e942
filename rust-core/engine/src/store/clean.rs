//! Clean-up. Deletion is a rename to the trash, then removal; nothing here can fail an update.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use airlock_protocol::BundleId;
use serde::Serialize;

use super::disk::{create_own_dir, exists, is_own_dir, remove_tree};
use super::layout::Layout;
use crate::machine::State;
use crate::ports::{Disk, Kind};

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
pub(crate) fn discard_bundle(disk: &dyn Disk, layout: &Layout, id: &BundleId) {
    discard(disk, layout, &layout.bundle(id));
}

/// Moves a file or tree to the trash, so that a half-removed tree is never taken for a whole one.
pub(crate) fn discard(disk: &dyn Disk, layout: &Layout, path: &Path) {
    let Some(name) = path.file_name() else { return };
    if create_own_dir(disk, &layout.trash()).is_err() {
        return drop(remove_tree(disk, path));
    }
    let target = layout.trash().join(unique(disk, name, &layout.trash()));
    match disk.rename(path, &target) {
        Ok(()) => drop(remove_tree(disk, &target)),
        Err(_) => drop(remove_tree(disk, path)),
    }
}

fn unique(disk: &dyn Disk, name: &std::ffi::OsStr, directory: &Path) -> OsString {
    let mut candidate = name.to_owned();
    while exists(disk, &directory.join(&candidate)) {
        candidate.push("~");
    }
    candidate
}

/// Removes everything temporary and every tree that no state names. The caller holds the sync lock,
/// so nobody is building a tree. `state` is `None` when none could be read: then trees stay.
pub(crate) fn collect(disk: &dyn Disk, layout: &Layout, state: Option<&State>) -> Collected {
    let mut collected = Collected::default();
    for directory in [layout.trash(), layout.staging(), layout.downloads()] {
        for path in entries(disk, &directory) {
            remove_counted(disk, &path, &mut collected);
        }
    }
    if let Some(state) = state {
        for path in entries(disk, &layout.bundles())
            .into_iter()
            .filter(|path| !is_named(path, state))
        {
            collected.bytes += tree_bytes(disk, &path);
            collected.removed += 1;
            discard(disk, layout, &path);
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

fn remove_counted(disk: &dyn Disk, path: &Path, collected: &mut Collected) {
    let bytes = tree_bytes(disk, path);
    if remove_tree(disk, path).is_ok() {
        collected.bytes += bytes;
        collected.removed += 1;
    }
}

/// What lies in a directory; nothing where a link leads out of the store.
fn entries(disk: &dyn Disk, directory: &Path) -> Vec<PathBuf> {
    if !is_own_dir(disk, directory) {
        return Vec::new();
    }
    let entries = disk.read_dir(directory).unwrap_or_default();
    entries.iter().map(|entry| directory.join(&entry.name)).collect()
}

/// Bytes in the store, for `status`.
pub(crate) fn disk_bytes(disk: &dyn Disk, layout: &Layout) -> u64 {
    tree_bytes(disk, layout.root())
}

fn tree_bytes(disk: &dyn Disk, path: &Path) -> u64 {
    match disk.metadata(path) {
        Ok(found) if found.kind == Kind::Directory => entries(disk, path)
            .iter()
            .map(|entry| tree_bytes(disk, entry))
            .sum(),
        Ok(found) => found.len,
        Err(_) => 0,
    }
}
