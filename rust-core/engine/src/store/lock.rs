//! Locks between processes. An OS lock on an open file: the kernel releases it when its holder dies.

use std::path::Path;
use std::time::{Duration, Instant};

use super::disk::open_plain;
use crate::error::Error;
use crate::ports::{Disk, DiskFile, Open};

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
pub(crate) struct Lock {
    _file: Box<dyn DiskFile>,
}

impl Lock {
    /// Takes the lock at `path`, or fails with [`Error::Locked`].
    pub(crate) fn take(disk: &dyn Disk, path: &Path, wait: Wait) -> Result<Self, Error> {
        let file = open_plain(disk, path, Open::Overwrite)
            .map_err(|source| Error::storage("open a lock", source))?;
        let deadline = Instant::now() + TRANSITION_WAIT;
        loop {
            match file.try_lock() {
                Ok(true) => return Ok(Self { _file: file }),
                Err(source) => return Err(Error::storage("take a lock", source)),
                Ok(false) if wait == Wait::No || Instant::now() >= deadline => {
                    return Err(Error::Locked);
                }
                Ok(false) => std::thread::sleep(POLL),
            }
        }
    }
}
