//! The file of `--state`: the highest `manifestVersion` accepted so far. Whatever keeps it from being read or
//! written is a refusal, because a counter that fails open is none.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use airlock_foreign::remote_config::{Counter, limits};
use airlock_protocol::Code;

use crate::exit::Failure;
use crate::staged::Staged;

/// Holds `offered` against the stored number and stores it if it is higher, durably.
///
/// # Errors
/// `downgrade_refused`; `storage_failure` if the file cannot be read, is not a counter, or cannot be written;
/// `locked` if another process is at it.
pub(crate) fn advance(path: &Path, offered: Option<u64>) -> Result<(), Failure> {
    let _lock = lock(path)?;
    let seen = read(path)?;
    let next = seen.advance(offered)?;
    match next.to_record().filter(|_| next != seen) {
        Some(record) => write(path, &record),
        None => Ok(()),
    }
}

/// Two runs at once must not put a lower number over a higher one.
fn lock(path: &Path) -> Result<File, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock_path = PathBuf::from(name);
    let failed = |error: io::Error| Failure::storage("lock the counter with", &lock_path, &error);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            Code::Locked,
            format!(
                "another process is using the counter {}; try again when it has finished",
                path.display()
            ),
        )),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn read(path: &Path) -> Result<Counter, Failure> {
    let failed = |error: io::Error| Failure::storage("read the counter", path, &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Counter::NEVER),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(limits::COUNTER_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Counter::from_record(&bytes).map_err(|rule| {
        Failure::new(
            Code::StorageFailure,
            format!(
                "cannot read the counter {}: {rule}; nothing is accepted until it is restored from a copy or, \
                 if you know why it is damaged, removed",
                path.display()
            ),
        )
    })
}

fn write(path: &Path, record: &[u8]) -> Result<(), Failure> {
    let mut staged = Staged::beside(path)?;
    staged
        .file()
        .write_all(record)
        .map_err(|error| Failure::storage("write the counter", path, &error))?;
    staged.persist()
}
