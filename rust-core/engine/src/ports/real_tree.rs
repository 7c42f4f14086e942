//! A directory that a tree is written below, held open: names are resolved below it, one component at a time,
//! and through no link. Whoever swaps a directory for a link meanwhile gets an error, not a file somewhere
//! else. (`openat2` would do it in one call, but Android's system-call filter ends apps that make unknown
//! calls, and Apple has none.)

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use airlock_protocol::BundlePath;
use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, unlinkat};
use rustix::io::{Errno, retry_on_intr};
use rustix::path::Arg;

use super::disk::{DiskFile, OpenTree};

/// Lets the umask decide, as `std::fs` does. Never what the archive says.
const FILE_MODE: Mode = Mode::from_raw_mode(0o666);
const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o777);

/// An open directory and the one below it that was used last: files of one directory follow each other.
#[derive(Debug)]
pub(super) struct RealTree {
    root: OwnedFd,
    last: Option<(String, OwnedFd)>,
    /// Whether a clone has failed: the next one would too.
    cannot_clone: bool,
}

impl RealTree {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let parent = retry_on_intr(|| rustix::fs::open(parent, directory(), Mode::empty()))?;
        Ok(Self {
            root: openat(&parent, name, directory(), Mode::empty())?,
            last: None,
            cannot_clone: false,
        })
    }

    /// The directory that a path lies in, made where it is not there, and the name in it.
    fn place<'p>(&mut self, path: &'p BundlePath) -> io::Result<(&OwnedFd, &'p str)> {
        match path.as_str().rsplit_once('/') {
            None => Ok((&self.root, path.as_str())),
            Some((parent, name)) => Ok((self.below(parent)?, name)),
        }
    }

    fn below(&mut self, path: &str) -> io::Result<&OwnedFd> {
        let known = self.last.take().filter(|(last, _)| last == path);
        let opened = match known {
            Some((_, opened)) => opened,
            None => descend(&self.root, path)?,
        };
        Ok(&self.last.insert((path.to_owned(), opened)).1)
    }
}

impl OpenTree for RealTree {
    fn create(&mut self, path: &BundlePath) -> io::Result<Box<dyn DiskFile>> {
        let (directory, name) = self.place(path)?;
        create_new(directory, name)
    }

    fn clone_from(&mut self, path: &BundlePath, from: &Path) -> Option<Box<dyn DiskFile>> {
        if self.cannot_clone {
            return None;
        }
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let from = OpenOptions::new()
            .read(true)
            .custom_flags(flags)
            .open(from)
            .ok()?;
        let cloned = self
            .place(path)
            .and_then(|(directory, name)| clone_new(directory, name, &from));
        self.cannot_clone = cloned.is_err();
        Some(Box::new(cloned.ok()?))
    }

    fn remove(&mut self, path: &BundlePath) -> io::Result<()> {
        let (directory, name) = self.place(path)?;
        Ok(unlinkat(directory, name, AtFlags::empty())?)
    }

    fn replace(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        match unlinkat(&self.root, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => create_new(&self.root, name),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// Makes and opens each directory of the path in turn.
fn descend(root: &OwnedFd, path: &str) -> io::Result<OwnedFd> {
    let mut opened: Option<OwnedFd> = None;
    for component in path.split('/') {
        let above = opened.as_ref().unwrap_or(root);
        match mkdirat(above, component, DIRECTORY_MODE) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        opened = Some(openat(above, component, directory(), Mode::empty())?);
    }
    opened.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

fn create_new(directory: &OwnedFd, name: &str) -> io::Result<Box<dyn DiskFile>> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(Box::new(File::from(openat(directory, name, flags, FILE_MODE)?)))
}

/// Btrfs, XFS and bcachefs share blocks between files; ext4 and f2fs, so nearly all of Android, do not.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn clone_new(directory: &OwnedFd, name: &str, from: &File) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(openat(directory, name, flags, FILE_MODE)?);
    match rustix::fs::ioctl_ficlone(&file, from) {
        Ok(()) => Ok(file),
        Err(errno) => {
            unlinkat(directory, name, AtFlags::empty())?;
            Err(errno.into())
        }
    }
}

/// APFS shares blocks between files.
#[cfg(target_vendor = "apple")]
fn clone_new(directory: &OwnedFd, name: &str, from: &File) -> io::Result<File> {
    rustix::fs::fclonefileat(from, directory, name, rustix::fs::CloneFlags::NOOWNERCOPY)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(openat(directory, name, flags, Mode::empty())?))
}

/// `openat` that a signal cannot end, as in `std::fs`.
fn openat(above: &OwnedFd, name: impl Arg + Copy, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    retry_on_intr(|| rustix::fs::openat(above, name, flags, mode))
}

fn directory() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}
