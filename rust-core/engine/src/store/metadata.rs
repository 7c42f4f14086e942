//! The signed metadata last accepted from the repository, as files that the TUF client asked to
//! keep. Losing them costs a download and nothing else: the release floor is in the state.

use std::path::{Component, Path, PathBuf};

use airlock_protocol::limits;
use airlock_protocol::tuf::{StoreOp, Stored};

use super::disk::{create_own_dir, read_capped, remove_tree, write_durable};
use super::layout::{Layout, ROOT_HISTORY};
use crate::error::Error;
use crate::ports::Disk;

/// Loads what was kept. A file that cannot be read is treated as absent: the client asks the
/// repository again and verifies from the trust anchor on.
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
    let mut files: Vec<_> = disk
        .read_dir(directory)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|entry| entry.name.into_string().ok())
        .filter(|name| name.ends_with(".json"))
        .map(|name| (name.clone(), directory.join(name)))
        .collect();
    files.sort_unstable();
    files
}

/// Carries out what the client asked for, in its order, each step durable.
pub(crate) fn store_metadata(disk: &dyn Disk, layout: &Layout, operations: &[StoreOp]) -> Result<(), Error> {
    for operation in operations {
        match operation {
            StoreOp::Write { name, bytes } => {
                let path = file_path(layout, name)?;
                if let Some(parent) = path.parent() {
                    create_own_dir(disk, &layout.metadata())?;
                    create_own_dir(disk, parent)?;
                }
                write_durable(disk, &path, bytes)?;
            }
            StoreOp::Remove { name } => remove_tree(disk, &file_path(layout, name)?)
                .map_err(|source| Error::storage("remove outdated metadata", source))?,
        }
    }
    Ok(())
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
