//! One publication at a time: a lock of the operating system that dies with its holder.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::{Error, Result};

/// The right to write to a project's repository. Released when dropped, or when the process ends, however it
/// ends.
#[derive(Debug)]
pub struct PublishLock {
    _file: File,
}

impl PublishLock {
    /// Takes the lock on `file`, which is made when it is missing and stays there, empty. It is a file of its
    /// own because every other file of a project is replaced as a whole, and a lock would go with it.
    ///
    /// # Errors
    /// `locked` when another process has it; `storage_failure` when the file cannot be opened.
    pub fn acquire(file: &Path) -> Result<PublishLock> {
        let mut options = File::options();
        let handle = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(file)
            .map_err(Error::storage("opening", file))?;
        match handle.try_lock() {
            Ok(()) => Ok(PublishLock { _file: handle }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(crate::files::parent(file).to_owned())),
            Err(TryLockError::Error(source)) => Err(Error::storage("locking", file)(source)),
        }
    }
}
