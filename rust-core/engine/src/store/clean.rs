//! Clean-up. Deletion is a rename to the trash, then removal; nothing here can fail an update.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use airlock_protocol::{BundleId, Sha256Digest};
use serde::Serialize;

use super::disk::{create_passing_dir, exists, is_own_dir, remove_tree};
use super::layout::{Layout, QUIET};
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
    if create_passing_dir(disk, &layout.trash()).is_err() {
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

/// What becomes of downloads that ended midway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Downloads {
    /// They stay: the run that begins may go on with one.
    Stay,
    /// They go.
    Go,
}

/// Removes everything temporary and every tree that no state names. The caller holds the sync lock,
/// so nobody is building a tree. `state` is `None` when none could be read: then trees stay. The silence that a
/// server asked for is kept: it has an end of its own.
pub(crate) fn collect(
    disk: &dyn Disk,
    layout: &Layout,
    downloads: Downloads,
    state: Option<&State>,
) -> Collected {
    let mut collected = Collected::default();
    let all = |directory: PathBuf| entries(disk, &directory);
    let ended = entries(disk, &layout.downloads())
        .into_iter()
        .filter(|path| !stays(path, downloads));
    let begun = [layout.failures(), layout.statistics()].map(|path| path.with_extension("tmp"));
    let torn = begun.into_iter().filter(|path| exists(disk, path));
    for path in all(layout.trash())
        .into_iter()
        .chain(all(layout.staging()))
        .chain(ended)
        .chain(torn)
    {
        remove_counted(disk, &path, &mut collected);
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

fn stays(path: &Path, downloads: Downloads) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_part = |name: &str| {
        let parts = name.split_once('.');
        parts.is_some_and(|(digest, end)| {
            Sha256Digest::from_str(digest).is_ok() && matches!(end, "part" | "resume")
        })
    };
    name == QUIET || downloads == Downloads::Stay && is_part(name)
}

/// Removes all downloads that ended midway but these: the ways to one bundle, so that what one way lost is not what the
/// other must begin again.
pub(crate) fn keep_downloads(disk: &dyn Disk, layout: &Layout, digests: &[Sha256Digest]) {
    let is_wanted = |path: &PathBuf| {
        let mut wanted = digests.iter();
        wanted.any(|digest| *path == layout.download(digest) || *path == layout.resume(digest))
    };
    let others = entries(disk, &layout.downloads())
        .into_iter()
        .filter(|path| !is_wanted(path) && !stays(path, Downloads::Go));
    for path in others {
        let _best_effort = remove_tree(disk, &path);
    }
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
