//! The disk of phones and desktops: plain system calls, one for each thing asked.

use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::io::retry_on_intr;

use super::disk::{Disk, DiskFile, Entry, Kind, Metadata, Open, OpenTree};
use super::real_tree::RealTree;

/// The system's own files.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        match how {
            Open::Read => options.read(true),
            Open::Replace => options.write(true).create(true).truncate(true),
            Open::CreateNew => options.read(true).write(true).create_new(true),
            Open::Resume => options.read(true).write(true),
            Open::Overwrite => options.write(true).create(true).truncate(false).mode(0o600),
        };
        let mut flags = rustix::fs::OFlags::NONBLOCK;
        if how == Open::Resume {
            flags |= rustix::fs::OFlags::NOFOLLOW;
        }
        let file = options.custom_flags(flags.bits().cast_signed()).open(path)?;
        Ok(Box::new(file))
    }

    fn open_tree(&self, path: &Path) -> io::Result<Box<dyn OpenTree>> {
        Ok(Box::new(RealTree::open(path)?))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        fs::symlink_metadata(path).map(|found| metadata(&found))
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        fs::read_dir(path)?
            .filter_map(|found| found.and_then(|found| still_there(&found)).transpose())
            .collect()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    /// One `syncfs`, which also reports write-back errors (Linux 5.8 and later).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn barrier(&self, path: &Path) -> io::Result<()> {
        let directory = File::open(path)?;
        Ok(retry_on_intr(|| rustix::fs::syncfs(&directory))?)
    }

    /// Every file, then its directory, bottom up.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn barrier(&self, path: &Path) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => self.barrier(&entry.path())?,
                false => File::open(entry.path())?.sync_all()?,
            }
        }
        File::open(path)?.sync_all()
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let stat = retry_on_intr(|| rustix::fs::statvfs(path))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Two at most: more only wait for the flash, and a phone has other things to do.
    fn threads(&self) -> usize {
        std::thread::available_parallelism().map_or(1, |cores| cores.get().min(2))
    }
}

impl DiskFile for File {
    fn kind(&self) -> io::Result<Kind> {
        self.metadata().map(|found| kind(found.file_type()))
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }

    fn try_lock(&self) -> io::Result<bool> {
        loop {
            match File::try_lock(self) {
                Ok(()) => return Ok(true),
                Err(TryLockError::WouldBlock) => return Ok(false),
                // A signal came, and says nothing about the lock.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

/// `None` for a name that somebody removed after it was listed.
fn still_there(entry: &fs::DirEntry) -> io::Result<Option<Entry>> {
    match entry.metadata() {
        Ok(found) => Ok(Some(Entry {
            name: entry.file_name(),
            metadata: metadata(&found),
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn metadata(found: &fs::Metadata) -> Metadata {
    Metadata {
        kind: kind(found.file_type()),
        len: found.len(),
    }
}

fn kind(found: FileType) -> Kind {
    if found.is_dir() {
        Kind::Directory
    } else if found.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}
