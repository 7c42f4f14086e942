//! Files that appear whole or not at all: written beside their place, flushed, then renamed.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Every temporary file starts with this, so that the leftovers of a killed process can be told from other
/// files.
pub(crate) const TEMPORARY_PREFIX: &str = ".airlock-";

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// A web server under another user delivers it: mode 0644.
    Everyone,
    /// A private key: mode 0600.
    Owner,
}

/// A complete file under a temporary name. It vanishes when dropped without being put in place.
#[derive(Debug)]
pub(crate) struct Staged {
    file: NamedTempFile,
}

/// Fills a temporary file in `folder`, which is created when missing, and flushes it to the disk.
pub(crate) fn stage(
    folder: &Path,
    audience: Audience,
    fill: impl FnOnce(&mut File) -> Result<()>,
) -> Result<Staged> {
    fs::create_dir_all(folder).map_err(Error::storage("creating the folder", folder))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(match audience {
        Audience::Everyone => 0o644,
        Audience::Owner => 0o600,
    }));
    let mut file = builder
        .tempfile_in(folder)
        .map_err(Error::storage("creating a file in", folder))?;
    fill(file.as_file_mut())?;
    file.as_file()
        .sync_all()
        .map_err(Error::storage("writing", file.path()))?;
    Ok(Staged { file })
}

impl Staged {
    /// Where the bytes are now.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Gives the file its name, in place of what had it.
    pub(crate) fn replace(self, path: &Path) -> Result<()> {
        create_parent(path)?;
        self.file
            .persist(path)
            .map_err(|error| Error::storage("writing", path)(error.error))?;
        flush_folder(parent(path))
    }

    /// Gives the file its name unless something has it already, which is left as it is.
    pub(crate) fn keep_existing(self, path: &Path) -> Result<()> {
        if path.exists() { Ok(()) } else { self.replace(path) }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// `config_invalid` when something has it already: a key, for example, must never be lost by a second
    /// `init`.
    pub(crate) fn create(self, path: &Path) -> Result<()> {
        create_parent(path)?;
        match self.file.persist_noclobber(path) {
            Ok(_) => flush_folder(parent(path)),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(already_there(path)),
            Err(error) => Err(Error::storage("writing", path)(error.error)),
        }
    }
}

/// Writes a small file in one go, in place of what was there.
pub(crate) fn write(path: &Path, audience: Audience, bytes: &[u8]) -> Result<()> {
    stage_bytes(parent(path), audience, bytes)?.replace(path)
}

/// Writes a small file in one go, where nothing may be yet.
pub(crate) fn create(path: &Path, audience: Audience, bytes: &[u8]) -> Result<()> {
    stage_bytes(parent(path), audience, bytes)?.create(path)
}

/// A staged file with these bytes.
pub(crate) fn stage_bytes(folder: &Path, audience: Audience, bytes: &[u8]) -> Result<Staged> {
    stage(folder, audience, |file| {
        let mut writer = BufWriter::new(file);
        writer
            .write_all(bytes)
            .and_then(|()| writer.flush())
            .map_err(Error::storage("writing a file in", folder))
    })
}

/// Removes what a killed process left in `folder`.
pub(crate) fn remove_leftovers(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::storage("reading", folder))? {
        let entry = entry.map_err(Error::storage("reading", folder))?;
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX) {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            fs::remove_dir_all(&path).map_err(Error::storage("removing", &path))?;
        } else {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

/// Removes a file; one that is not there is fine.
pub(crate) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::storage("removing", path)(error))
        }
        _ => Ok(()),
    }
}

/// The error for a file that must not be overwritten.
pub(crate) fn already_there(path: &Path) -> Error {
    Error::Project(format!(
        "{} exists already and is not overwritten: choose another folder",
        path.display()
    ))
}

/// The folder of a file; the current one for a bare name.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn create_parent(path: &Path) -> Result<()> {
    fs::create_dir_all(parent(path)).map_err(Error::storage("creating the folder", parent(path)))
}

/// Makes a rename survive a power cut. Only Unix can flush a folder; elsewhere the file system is trusted.
fn flush_folder(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::storage("flushing", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
