//! Errors that the disk gives on purpose.

use std::io;

use super::tree::{EACCES, EIO, EMFILE, ENOSPC, EROFS, errno};

/// An error that a real system gives now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errno {
    /// ENOSPC: the disk is full.
    NoSpace,
    /// EIO: the medium fails.
    Io,
    /// EROFS: the file system was remounted read-only after a fault.
    ReadOnly,
    /// EACCES: permissions, or a phone before its first unlock.
    Access,
    /// EMFILE: the process has too many files open.
    TooManyFiles,
    /// EINTR: a signal came; whoever reads or writes tries again. Given once only.
    Interrupted,
}

/// All of them.
pub const ERRNOS: [Errno; 6] = [
    Errno::NoSpace,
    Errno::Io,
    Errno::ReadOnly,
    Errno::Access,
    Errno::TooManyFiles,
    Errno::Interrupted,
];

/// A kind of call, as far as errors differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    OpenToRead,
    OpenToWrite,
    Read,
    Write,
    Metadata,
    ReadDirectory,
    Name,
    SyncFile,
    SyncDirectory,
    Lock,
    Space,
}

/// One planned error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    errno: Errno,
    /// Calls that can fail this way and still succeed before it.
    after: usize,
    for_ever: bool,
}

impl Fault {
    /// The call after `after` others of its kind fails, and no other.
    pub fn once(errno: Errno, after: usize) -> Self {
        Self {
            errno,
            after,
            for_ever: false,
        }
    }

    /// From that call on all fail.
    pub fn from_then_on(errno: Errno, after: usize) -> Self {
        Self {
            errno,
            after,
            for_ever: true,
        }
    }
}

/// The planned error and how far it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    planned: Option<Fault>,
    met: usize,
    given: usize,
}

impl Faults {
    pub(crate) fn plan(&mut self, fault: Option<Fault>) {
        *self = Self {
            planned: fault,
            met: 0,
            given: 0,
        };
    }

    pub(crate) fn given(&self) -> usize {
        self.given
    }

    pub(crate) fn meet(&mut self, call: Call) -> io::Result<()> {
        let Some(fault) = self.planned.filter(|fault| can_fail(fault.errno, call)) else {
            return Ok(());
        };
        self.met += 1;
        let due = self.met == fault.after + 1 || fault.for_ever && self.met > fault.after;
        if !due {
            return Ok(());
        }
        self.given += 1;
        Err(errno(match fault.errno {
            Errno::NoSpace => ENOSPC,
            Errno::Io => EIO,
            Errno::ReadOnly => EROFS,
            Errno::Access => EACCES,
            Errno::TooManyFiles => EMFILE,
            Errno::Interrupted => 4,
        }))
    }
}

fn can_fail(errno: Errno, call: Call) -> bool {
    use Call::{
        Lock, Metadata, Name, OpenToRead, OpenToWrite, Read, ReadDirectory, SyncDirectory, SyncFile, Write,
    };
    match errno {
        Errno::NoSpace => matches!(call, OpenToWrite | Write | Name | SyncFile | SyncDirectory),
        Errno::Io => call != Lock,
        Errno::ReadOnly => matches!(call, OpenToWrite | Write | Name),
        Errno::Access => matches!(call, OpenToRead | OpenToWrite | Metadata | ReadDirectory | Name),
        Errno::TooManyFiles => matches!(call, OpenToRead | OpenToWrite | ReadDirectory | SyncDirectory),
        Errno::Interrupted => matches!(call, Read | Write),
    }
}
