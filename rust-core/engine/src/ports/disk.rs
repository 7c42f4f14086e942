//! The disk, as a port: every way in which the engine touches files.
//!
//! The store's promises rest on what is durable when, so each method says it. "Durable" means that it
//! survives a power cut; without that word only a living kernel remembers. The strictest reading of POSIX is
//! meant, because phones run many file systems: the bytes of a file are durable after [`DiskFile::sync`], its
//! name after [`Disk::sync_dir`] of the directory that holds it, and neither implies the other. All that is not
//! durable may be lost in part, in any order, and torn inside a write. A rename happens whole or not at all.
//! The simulator (`airlock-sim`) plays exactly this disk.

use std::ffi::OsString;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use airlock_protocol::BundlePath;

/// How a file is opened. No way waits for a pipe that was planted in the file's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// To read; it must exist.
    Read,
    /// To write from the start; made if it is not there, emptied if it is.
    Replace,
    /// To write and to read what was written; it must not exist, and no link in its place is followed.
    CreateNew,
    /// To read what is there and to write behind it; it must exist, and no link in its place is followed.
    Resume,
    /// To write over what is there, length and all; made, for the owner only, if it is not there.
    Overwrite,
}

/// What a name stands for. A link is itself, not what it points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// A link, a pipe, a device, or a socket.
    Other,
}

/// What is known of a name without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Bytes in the file.
    pub len: u64,
}

/// A name in a directory, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, without the directory.
    pub name: OsString,
    /// What it stands for; a link is not followed.
    pub metadata: Metadata,
}

/// The files of one device. All calls block. Errors are the system's own.
pub trait Disk: Send + Sync {
    /// Opens a file. What this creates or empties is not durable yet.
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a directory that a tree is to be written below. It must be a directory and no link to one, in a
    /// directory that is no link either.
    fn open_tree(&self, path: &Path) -> io::Result<Box<dyn OpenTree>>;

    /// Creates one directory, whose parent must exist. Not durable before [`Disk::sync_dir`] of the parent.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// What is known of a name; a link is not followed.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// The names in a directory, in no order, each with its metadata: a launch looks at every file of a tree, and
    /// to look from the open directory costs half of what a whole path does.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// Moves a file or a tree, in place of a file that has the new name. After a power cut it has happened
    /// whole or not at all; it has happened for good after [`Disk::sync_dir`] of both directories. The
    /// content does not become durable with it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file or a link. Durable after [`Disk::sync_dir`] of its directory.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory and all in it, name by name, following no link. A cut in the middle leaves a part
    /// of the tree; nothing of it is durable.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;

    /// The names in this directory are durable when this returns, those gone from it included. The content
    /// of files and of directories in it is not.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The tree below `path`, all names and all bytes, is durable when this returns. Its own name in its parent
    /// need not be. One call instead of a flush for each of thousands of files.
    fn barrier(&self, path: &Path) -> io::Result<()>;

    /// Bytes that may still be written on the file system that `path` lies on.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;

    /// How many threads may copy files at once, the calling one among them. With 1 (the default) no thread is started.
    fn threads(&self) -> usize {
        1
    }
}

/// An open directory that a tree is written below, and nowhere else: it stays what it is when its name is moved,
/// and no link below it is followed, whoever makes one and whenever. Nothing of it is durable before
/// [`Disk::barrier`].
pub trait OpenTree: Send {
    /// Creates a file that must not be there yet, to write, and the directories above it that are not there.
    fn create(&mut self, path: &BundlePath) -> io::Result<Box<dyn DiskFile>>;

    /// The same, as a clone of the plain file at `from`: it has the same bytes and shares their place on the disk until one of
    /// the two is written. Opened to read, from the start. `None`, and nothing is created, where the file system cannot, or
    /// for whatever other reason: the caller copies the bytes then, and meets the reason there.
    fn clone_from(&mut self, path: &BundlePath, from: &Path) -> Option<Box<dyn DiskFile>>;

    /// Removes a file that was created in it.
    fn remove(&mut self, path: &BundlePath) -> io::Result<()>;

    /// Creates a file directly in the directory, to write, in the place of a file or link with that name.
    fn replace(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>>;
}

/// An open file. Stays what it is when its name is moved or removed; closing makes nothing durable.
pub trait DiskFile: Read + Write + Seek + Send {
    /// What was opened.
    fn kind(&self) -> io::Result<Kind>;

    /// The bytes of this file and its length are durable when this returns; its name need not be. After an
    /// error they may be lost even if a later call succeeds, so the content counts as garbage.
    fn sync(&self) -> io::Result<()>;

    /// Takes the lock between processes that belongs to this file, without waiting; `false` when somebody
    /// else has it. It ends with this value, or with the process. A lock is nothing durable.
    fn try_lock(&self) -> io::Result<bool>;
}
