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
    /// Takes the lock on `file`, which must exist; `airlock.json` serves, so that no extra file lies around.
    ///
    /// # Errors
    /// `locked` when another process has it; `storage_failure` when the file cannot be opened.
    pub fn acquire(file: &Path) -> Result<PublishLock> {
        let handle = File::open(file).map_err(Error::storage("opening", file))?;
        match handle.try_lock() {
            Ok(()) => Ok(PublishLock { _file: handle }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(crate::files::parent(file).to_owned())),
            Err(TryLockError::Error(source)) => Err(Error::storage("locking", file)(source)),
        }
    }
}
