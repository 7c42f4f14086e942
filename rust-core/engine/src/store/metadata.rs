//! The signed metadata last accepted from the repository, as files that the TUF client asked to
//! keep. Losing them costs a download and nothing else: the release floor is in the state.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use airlock_protocol::limits;
use airlock_protocol::tuf::{StoreOp, Stored};

use super::disk::{create_own_dir, create_passing_dir, read_capped, remove_tree, write_all_durable};
use super::layout::{Layout, ROOT_HISTORY};
use crate::error::Error;
use crate::ports::Disk;

/// Loads what was kept, and removes what a run that was cut off had only begun to write. A file that cannot be read is
/// treated as absent: the client asks the repository again and verifies from the trust anchor on. The caller holds the sync
/// lock.
pub(crate) fn load_metadata(disk: &dyn Disk, layout: &Layout) -> Stored {
    let mut stored = Stored::default();
    let root = layout.metadata();
    for (prefix, directory) in [("", root.clone()), ("root_history/", root.join(ROOT_HISTORY))] {
        for (name, path) in json_files(disk, &directory) {
            if let Ok(Some(bytes)) = read_capped(disk, &path, limits::TARGETS_BYTES) {
                stored.files.insert(format!("{prefix}{name}"), bytes);
            }
        }
    }
    stored
}

fn json_files(disk: &dyn Disk, directory: &Path) -> Vec<(String, PathBuf)> {
    let entries = disk.read_dir(directory).unwrap_or_default().into_iter();
    let names = entries.filter_map(|entry| entry.name.into_string().ok());
    let (begun, names): (Vec<String>, Vec<String>) = names.partition(|name| name.ends_with(".tmp"));
    for name in begun {
        let _best_effort = disk.remove_file(&directory.join(name));
    }
    let mut files: Vec<_> = names
        .into_iter()
        .filter(|name| name.ends_with(".json"))
        .map(|name| (name.clone(), directory.join(name)))
        .collect();
    files.sort_unstable();
    files
}

/// Carries out what the client asked for in one refresh: all of it is durable when this returns. A cut midway leaves any
/// part of it, which costs a download at most: whatever is read back is verified again.
pub(crate) fn store_metadata(disk: &dyn Disk, layout: &Layout, operations: &[StoreOp]) -> Result<(), Error> {
    let mut last: BTreeMap<&str, Option<&[u8]>> = BTreeMap::new();
    for operation in operations {
        match operation {
            StoreOp::Write { name, bytes } => last.insert(name, Some(bytes)),
            StoreOp::Remove { name } => last.insert(name, None),
        };
    }
    let mut files = Vec::new();
    for (name, bytes) in last {
        let path = file_path(layout, name)?;
        match bytes {
            Some(bytes) => files.push((path, bytes)),
            None => remove_tree(disk, &path)
                .map_err(|source| Error::storage("remove outdated metadata", source))?,
        }
    }
    if !files.is_empty() {
        create_own_dir(disk, &layout.metadata())?;
    }
    for (path, _) in &files {
        // Its name becomes durable with root.json, which is always written with what lies in it.
        create_passing_dir(disk, path.parent().unwrap_or(path))?;
    }
    write_all_durable(disk, &layout.metadata(), &files)
}

/// Role names come from metadata; the client has checked them, and this refuses whatever would
/// leave the directory all the same (tough CVE-2021-41150).
fn file_path(layout: &Layout, name: &str) -> Result<PathBuf, Error> {
    let relative = Path::new(name);
    let plain = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    match plain && name.ends_with(".json") {
        true => Ok(layout.metadata().join(relative)),
        false => Err(Error::Internal(
            "a metadata name would leave its directory".to_owned(),
        )),
    }
}
