//! The few ways in which the store touches the disk, each durable when it returns where it says so.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use airlock_protocol::ordered;
use serde_json::Value;

use super::layout::{Layout, ROOT_HISTORY};
use crate::error::Error;
use crate::ports::{Disk, DiskFile, Kind, Open};

/// Creates a directory and its parents, each durable in its own parent before anything lies in it; one that
/// exists is fine.
pub(crate) fn create_dir(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::storage("create a directory", source);
    match (disk.create_dir(path), path.parent()) {
        (Ok(()), _) => sync_parent(disk, path),
        (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
            create_dir(disk, parent)?;
            disk.create_dir(path).map_err(failed)?;
            sync_parent(disk, path)
        }
        (Err(_), _) if is_dir(disk, path) => Ok(()),
        (Err(error), _) => Err(failed(error)),
    }
}

/// Whether this is a directory or a link to one: the host may have put the whole store behind a link, and the
/// dot follows it.
fn is_dir(disk: &dyn Disk, path: &Path) -> bool {
    is_own_dir(disk, &path.join("."))
}

/// Makes every name in the store durable, and the store's own; what is not there needs nothing.
pub(crate) fn flush_names(disk: &dyn Disk, layout: &Layout) -> Result<(), Error> {
    let root = layout.root();
    let history = layout.metadata().join(ROOT_HISTORY);
    let own = [layout.metadata(), history, layout.staging(), layout.bundles()];
    let own = own
        .iter()
        .filter(|path| is_own_dir(disk, path))
        .map(PathBuf::as_path);
    root.parent()
        .into_iter()
        .chain([root])
        .chain(own)
        .try_for_each(|path| sync_dir(disk, path))
}

fn sync_dir(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    disk.sync_dir(path)
        .map_err(|source| Error::storage("make a directory durable", source))
}

/// Creates a directory of the store itself; a link in its place is refused, because what is moved, built
/// or cleaned in it would be somebody else's (B3: nothing outside the root changes).
pub(crate) fn create_own_dir(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    create_dir(disk, path)?;
    match is_own_dir(disk, path) {
        true => Ok(()),
        false => Err(Error::storage(
            "use a directory of the store",
            io::ErrorKind::NotADirectory.into(),
        )),
    }
}

/// The same for a directory in which nothing is ever to be found again after a power cut: its name is not made durable.
pub(crate) fn create_passing_dir(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    match disk.create_dir(path) {
        Ok(()) => Ok(()),
        Err(_) => create_own_dir(disk, path),
    }
}

/// Whether this is a directory and no link to one.
pub(crate) fn is_own_dir(disk: &dyn Disk, path: &Path) -> bool {
    disk.metadata(path)
        .is_ok_and(|found| found.kind == Kind::Directory)
}

/// Whether something has this name, whatever it is.
pub(crate) fn exists(disk: &dyn Disk, path: &Path) -> bool {
    disk.metadata(path).is_ok()
}

/// Opens a file that must be a plain one: what was planted in its place is not read.
pub(crate) fn open_plain(disk: &dyn Disk, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>> {
    let file = disk.open(path, how)?;
    match file.kind()? {
        Kind::File => Ok(file),
        Kind::Directory | Kind::Other => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a plain file",
        )),
    }
}

/// Reads a file of at most `max` bytes. `Ok(None)` when there is none; longer ones are refused, so
/// that a damaged or planted file cannot exhaust memory.
pub(crate) fn read_capped(disk: &dyn Disk, path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match open_plain(disk, path, Open::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the file is longer than it may be",
        ));
    }
    Ok(Some(bytes))
}

/// Reads a file of JSON, of at most `max` bytes, that decides nothing: one that cannot be read is none.
pub(crate) fn read_json(disk: &dyn Disk, path: &Path, max: u64) -> Option<Value> {
    let bytes = read_capped(disk, path, max).ok()??;
    serde_json::from_str(std::str::from_utf8(&bytes).ok()?).ok()
}

/// Replaces a file: temporary sibling, flush, rename, flush of the directory. After a cut at any
/// instruction the file has its old content or its new one.
pub(crate) fn write_durable(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let what = "write a file";
    let temporary = path.with_extension("tmp");
    let written = (|| {
        let mut file = disk.open(&temporary, Open::Replace)?;
        file.write_all(bytes)?;
        file.sync()?;
        disk.rename(&temporary, path)
    })();
    written.map_err(|source| {
        let _best_effort = disk.remove_file(&temporary);
        Error::storage(what, source)
    })?;
    sync_parent(disk, path)
}

/// Replaces several files of one tree, for one barrier instead of a flush for each: after a cut at any instruction each file
/// has its old content or its new one, and all have the new one when this returns.
pub(crate) fn write_all_durable(
    disk: &dyn Disk,
    tree: &Path,
    files: &[(PathBuf, &[u8])],
) -> Result<(), Error> {
    match files {
        [] => return Ok(()),
        [(path, bytes)] => return write_durable(disk, path, bytes),
        _ => {}
    }
    let failed = |source| Error::storage("write a file", source);
    let temporary = |path: &Path| path.with_extension("tmp");
    let written = files
        .iter()
        .try_for_each(|(path, bytes)| disk.open(&temporary(path), Open::Replace)?.write_all(bytes))
        .and_then(|()| disk.barrier(tree))
        .and_then(|()| {
            files
                .iter()
                .try_for_each(|(path, _)| disk.rename(&temporary(path), path))
        });
    written.map_err(|source| {
        files.iter().for_each(|(path, _)| {
            let _best_effort = disk.remove_file(&temporary(path));
        });
        failed(source)
    })?;
    let directories = ordered::set(files.iter().filter_map(|(path, _)| path.parent()));
    directories.into_iter().try_for_each(|path| sync_dir(disk, path))
}

/// Moves a file or tree and makes the move durable. The content must be durable before.
pub(crate) fn rename(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), Error> {
    disk.rename(from, to)
        .map_err(|source| Error::storage("move a tree into place", source))?;
    sync_parent(disk, from)?;
    sync_parent(disk, to)
}

/// Makes the name of a file or directory durable.
pub(crate) fn sync_parent(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    path.parent().map_or(Ok(()), |parent| sync_dir(disk, parent))
}

/// Makes a whole tree durable.
pub(crate) fn barrier(disk: &dyn Disk, tree: &Path) -> Result<(), Error> {
    disk.barrier(tree)
        .map_err(|source| Error::storage("make a tree durable", source))
}

/// Bytes a user may still write on the file system of `path`.
pub(crate) fn free_bytes(disk: &dyn Disk, path: &Path) -> Result<u64, Error> {
    disk.free_bytes(path)
        .map_err(|source| Error::storage("ask for the free space", source))
}

/// Removes a file or tree; what is not there is fine.
pub(crate) fn remove_tree(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    let removed = match disk.metadata(path) {
        Ok(found) if found.kind == Kind::Directory => disk.remove_dir_all(path),
        Ok(_) => disk.remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
