//! Locks between processes. An OS lock on an open file: the kernel releases it when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use super::disk::open_plain;
use crate::error::Error;

/// How long to wait for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Not at all: another sync is already doing the work.
    No,
    /// A transition takes milliseconds; whoever holds the lock longer than this is stuck.
    ForTransition,
}

/// Longest wait for a transition of another process: a slot write and its flush take single-digit
/// milliseconds on flash, tens on a spinning disk. A launch must not wait for longer than a user
/// would notice.
const TRANSITION_WAIT: Duration = Duration::from_millis(1_500);
const POLL: Duration = Duration::from_millis(5);

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at `path`, or fails with [`Error::Locked`].
    pub(crate) fn take(path: &Path, wait: Wait) -> Result<Self, Error> {
        let file = open_plain(OpenOptions::new().write(true).create(true).truncate(false), path)
            .map_err(|source| Error::storage("open a lock", source))?;
        let deadline = Instant::now() + TRANSITION_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                // A signal came, and says nothing about the lock.
                Err(TryLockError::Error(source)) if source.kind() == ErrorKind::Interrupted => {}
                Err(TryLockError::Error(source)) => return Err(Error::storage("take a lock", source)),
                Err(TryLockError::WouldBlock) if wait == Wait::No || Instant::now() >= deadline => {
                    return Err(Error::Locked);
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(POLL),
            }
        }
    }
}
