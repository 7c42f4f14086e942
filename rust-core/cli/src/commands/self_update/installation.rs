//! The running binary on the disk, and its replacement: download beside, start, keep the old one, rename, start
//! again, forget the old one. The path of the binary is only ever touched by a rename, so whoever starts it at
//! any instant gets the old one or the new one, whole.
//!
//! ```text
//! airlock                    what is started
//! airlock.new                on its way; no run needs it after a kill
//! airlock.previous           the old one, until the new one has started at its place
//! airlock.previous.part      a copy on its way there, where the disk knows no hard links
//! ```

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use airlock_protocol::Code;

use super::start::start_once;
use crate::exit::Failure;
use crate::staged::{folder_of, sync_folder};

/// The binary that runs, held against a second update for as long as this lives.
pub(super) struct Installation {
    path: PathBuf,
    _lock: File,
}

impl Installation {
    /// Finds the running binary, through links.
    ///
    /// # Errors
    /// `locked` if another update is running in its folder; `storage_failure`.
    pub(super) fn running() -> Result<Installation, Failure> {
        let path = std::env::current_exe()
            .and_then(fs::canonicalize)
            .map_err(|error| {
                Failure::new(
                    Code::StorageFailure,
                    format!("cannot find the running binary: {error}"),
                )
            })?;
        let folder = folder_of(&path);
        let failed = |error: io::Error| Failure::storage("lock", folder, &error);
        // The folder and not the binary: that one becomes another file on the way.
        let lock = File::open(folder).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Installation { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Failure::new(
                Code::Locked,
                format!(
                    "another update of {} is running; try again when it has finished",
                    path.display()
                ),
            )),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Where the binary is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what an update that was killed left behind. Best effort: it is in nobody's way.
    pub(super) fn clean(&self) {
        for extension in [".new", ".previous", ".previous.part"] {
            let _ = fs::remove_file(self.sibling(extension));
        }
    }

    /// An empty file beside the binary.
    pub(super) fn incoming(&self) -> Result<Incoming<'_>, Failure> {
        let path = self.sibling(".new");
        let failed = |error: io::Error| Failure::storage("create", &path, &error);
        remove(&path).map_err(failed)?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(failed)?;
        Ok(Incoming {
            installation: self,
            path,
            file: Some(file),
        })
    }

    /// Gives the old binary a second name; its first one stays.
    fn keep_previous(&self) -> Result<(), Failure> {
        let previous = self.sibling(".previous");
        let failed = |error: io::Error| Failure::storage("keep the old binary as", &previous, &error);
        remove(&previous).map_err(failed)?;
        if fs::hard_link(&self.path, &previous).is_err() {
            let part = self.sibling(".previous.part");
            fs::copy(&self.path, &part).map_err(failed)?;
            File::open(&part)
                .and_then(|file| file.sync_all())
                .map_err(failed)?;
            fs::rename(&part, &previous).map_err(failed)?;
        }
        sync_folder(folder_of(&self.path))
    }

    fn restore_previous(&self) -> Result<(), Failure> {
        let previous = self.sibling(".previous");
        fs::rename(&previous, &self.path).map_err(|error| {
            Failure::new(
                Code::StorageFailure,
                format!(
                    "the new binary does not start, and putting the old one back failed: {error}; do it by hand: \
                     mv {} {}",
                    previous.display(),
                    self.path.display()
                ),
            )
        })?;
        sync_folder(folder_of(&self.path))
    }

    fn sibling(&self, extension: &str) -> PathBuf {
        let mut name: OsString = self.path.clone().into_os_string();
        name.push(extension);
        PathBuf::from(name)
    }
}

/// A new binary on its way; removed when dropped before it is installed.
pub(super) struct Incoming<'a> {
    installation: &'a Installation,
    path: PathBuf,
    /// Nothing once it is written: a file that is open for writing cannot be started.
    file: Option<File>,
}

impl Incoming<'_> {
    /// To write to, and where it is.
    pub(super) fn file(&mut self) -> Result<(&mut File, &Path), Failure> {
        match self.file.as_mut() {
            Some(file) => Ok((file, &self.path)),
            None => Err(Failure::new(Code::Internal, "the new binary is written already")),
        }
    }

    /// Puts the verified file in the place of the old binary; gives the version that it calls itself.
    ///
    /// # Errors
    /// `incompatible_platform` if it does not start: the old binary is at its place then, as before.
    pub(super) fn install(&mut self) -> Result<String, Failure> {
        let old = self.installation;
        self.finish()?;
        start_once(&self.path).map_err(|reason| not_started(&reason, "nothing was changed"))?;
        old.keep_previous()?;
        fs::rename(&self.path, &old.path)
            .map_err(|error| Failure::storage("replace", &old.path, &error))
            .and_then(|()| sync_folder(folder_of(&old.path)))?;
        match start_once(&old.path) {
            Ok(version) => {
                old.clean();
                Ok(version)
            }
            Err(reason) => {
                old.restore_previous()?;
                Err(not_started(&reason, "the old one was put back"))
            }
        }
    }

    /// Everything written, durable, and with the rights of the old binary.
    fn finish(&mut self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::storage("write", &self.path, &error);
        if let Some(file) = self.file.take() {
            let rights = fs::metadata(&self.installation.path)
                .map_err(failed)?
                .permissions();
            file.set_permissions(rights).map_err(failed)?;
            file.sync_all().map_err(failed)?;
        }
        Ok(())
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn not_started(reason: &str, and: &str) -> Failure {
    Failure::new(
        Code::IncompatiblePlatform,
        format!(
            "the new binary has the right checksum and does not start on this machine ({reason}); {and}, and the \
             publisher should be told"
        ),
    )
}

/// What is not there is fine.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
