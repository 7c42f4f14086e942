//! The few ways in which the store touches the disk, each durable when it returns where it says so.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::error::Error;

/// Creates a directory and its parents; one that exists is fine.
pub(crate) fn create_dir(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::storage("create a directory", source))
}

/// Creates a directory of the store itself; a link in its place is refused, because what is moved, built
/// or cleaned in it would be somebody else's (B3: nothing outside the root changes).
pub(crate) fn create_own_dir(path: &Path) -> Result<(), Error> {
    create_dir(path)?;
    match is_own_dir(path) {
        true => Ok(()),
        false => Err(Error::storage(
            "use a directory of the store",
            io::ErrorKind::NotADirectory.into(),
        )),
    }
}

/// Whether this is a directory and no link to one.
pub(crate) fn is_own_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Opens a file that must be a plain one: opening a pipe that was planted in its place would wait for ever.
pub(crate) fn open_plain(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let no_waiting = rustix::fs::OFlags::NONBLOCK.bits();
    let file = options
        .custom_flags(no_waiting.cast_signed())
        .mode(0o600)
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a plain file",
        )),
    }
}

/// Reads a file of at most `max` bytes. `Ok(None)` when there is none; longer ones are refused, so
/// that a damaged or planted file cannot exhaust memory.
pub(crate) fn read_capped(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match open_plain(OpenOptions::new().read(true), path) {
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

/// Replaces a file: temporary sibling, flush, rename, flush of the directory. After a cut at any
/// instruction the file has its old content or its new one.
pub(crate) fn write_durable(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let what = "write a file";
    let temporary = path.with_extension("tmp");
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    written.map_err(|source| {
        let _best_effort = fs::remove_file(&temporary);
        Error::storage(what, source)
    })?;
    sync_parent(path)
}

/// Moves a file or tree and makes the move durable. The content must be durable before.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|source| Error::storage("move a tree into place", source))?;
    sync_parent(from)?;
    sync_parent(to)
}

fn sync_parent(path: &Path) -> Result<(), Error> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| Error::storage("make a directory durable", source))
}

/// Makes a whole tree durable: one `syncfs` where the platform has it, which also reports write-back
/// errors (Linux 5.8 and later), instead of a flush for each of thousands of files.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn barrier(tree: &Path) -> Result<(), Error> {
    let failed = |source: io::Error| Error::storage("make a tree durable", source);
    let directory = File::open(tree).map_err(failed)?;
    rustix::io::retry_on_intr(|| rustix::fs::syncfs(&directory)).map_err(|errno| failed(errno.into()))
}

/// Makes a whole tree durable: every file, then its directory, bottom up.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn barrier(tree: &Path) -> Result<(), Error> {
    fn flush(path: &Path) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => flush(&entry.path())?,
                false => File::open(entry.path())?.sync_all()?,
            }
        }
        File::open(path)?.sync_all()
    }
    flush(tree).map_err(|source| Error::storage("make a tree durable", source))
}

/// Bytes a user may still write on the file system of `path`.
pub(crate) fn free_bytes(path: &Path) -> Result<u64, Error> {
    let stat = rustix::fs::statvfs(path)
        .map_err(|errno| Error::storage("ask for the free space", io::Error::from(errno)))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Removes a file or tree; what is not there is fine.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
