//! An open file: it follows its inode, whatever becomes of the name.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use airlock_engine::ports::{DiskFile, Kind};

use super::Core;
use super::faults::Call;
use super::journal::{Change, Doomed};
use super::tree::{EINVAL, ENOSPC, Inode, errno};

pub(super) struct FakeFile {
    core: Arc<Mutex<Core>>,
    inode: Inode,
    path: Arc<str>,
    at: usize,
    locked: Mutex<bool>,
}

impl FakeFile {
    pub(super) fn new(core: &Arc<Mutex<Core>>, inode: Inode, path: &Path) -> Self {
        Self {
            core: Arc::clone(core),
            inode,
            path: path.to_string_lossy().into(),
            at: 0,
            locked: Mutex::new(false),
        }
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for FakeFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        core.meet(Call::Read)?;
        let rest = core.live.bytes(self.inode).get(self.at..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl Write for FakeFile {
    /// A write that fails has written a part, as a disk that fills up does.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        let mut verdict = core.meet(Call::Write);
        let end = (self.at + bytes.len()) as u64;
        let grows = end.saturating_sub(core.live.bytes(self.inode).len() as u64);
        if core.capacity.is_some() && verdict.is_ok() && grows > core.free() {
            verdict = Err(errno(ENOSPC));
        }
        let interrupted = verdict
            .as_ref()
            .is_err_and(|error| error.kind() == io::ErrorKind::Interrupted);
        let count = match &verdict {
            Ok(()) => bytes.len(),
            Err(_) if interrupted => 0,
            Err(_) => bytes.len() / 2,
        };
        if count > 0 {
            let (file, at) = (self.inode, self.at);
            let change = Change::Write {
                file,
                at,
                bytes: bytes[..count].into(),
            };
            core.note(change, Arc::clone(&self.path));
        }
        self.at += count;
        verdict.map(|()| count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for FakeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = self.core().live.bytes(self.inode).len() as i64;
        let at = match to {
            SeekFrom::Start(at) => at as i64,
            SeekFrom::End(offset) => len + offset,
            SeekFrom::Current(offset) => self.at as i64 + offset,
        };
        self.at = usize::try_from(at).map_err(|_| errno(EINVAL))?;
        Ok(self.at as u64)
    }
}

impl DiskFile for FakeFile {
    fn kind(&self) -> io::Result<Kind> {
        let mut core = self.core();
        core.meet(Call::Metadata)?;
        Ok(core.kind(self.inode))
    }

    fn sync(&self) -> io::Result<()> {
        let mut core = self.core();
        let outcome = core.meet(Call::SyncFile);
        let change = match outcome {
            Ok(()) => Change::SyncFile { file: self.inode },
            Err(_) => Change::Doomed(Doomed::File(self.inode)),
        };
        core.note(change, Arc::clone(&self.path));
        outcome
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut core = self.core();
        core.meet(Call::Lock)?;
        if core.locked.contains(&self.inode) {
            return Ok(false);
        }
        core.locked.push(self.inode);
        *self.locked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        Ok(true)
    }
}

impl Drop for FakeFile {
    fn drop(&mut self) {
        if *self.locked.lock().unwrap_or_else(PoisonError::into_inner) {
            let inode = self.inode;
            self.core().locked.retain(|locked| *locked != inode);
        }
    }
}
