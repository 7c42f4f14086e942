//! The real disk, with a note of every call that changes a name or makes something durable.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crate::ports::{Disk, DiskFile, Entry, Kind, Metadata, Open, OpenTree, RealDisk};

type Notes = Arc<Mutex<Vec<String>>>;

/// A disk on which paths are noted relative to `root`.
pub(super) struct Noted {
    root: PathBuf,
    notes: Notes,
    /// How often a lock is somebody else's before it is free.
    refusals: Arc<AtomicU32>,
}

struct NotedFile {
    name: String,
    file: Box<dyn DiskFile>,
    notes: Notes,
    refusals: Arc<AtomicU32>,
}

impl Noted {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            notes: Notes::default(),
            refusals: Arc::default(),
        }
    }

    /// The next `times` attempts to take a lock find it taken.
    pub(super) fn refuse_locks(&self, times: u32) {
        self.refusals.store(times, Ordering::Relaxed);
    }

    /// What was noted since the last call.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().unwrap())
    }

    fn name(&self, path: &Path) -> String {
        match path.strip_prefix(&self.root) {
            Ok(name) if name == Path::new("") => ".".to_owned(),
            Ok(name) => name.display().to_string(),
            Err(_) => "outside".to_owned(),
        }
    }

    fn note(&self, what: String) {
        self.notes.lock().unwrap().push(what);
    }
}

impl Disk for Noted {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(NotedFile {
            name: self.name(path),
            file: RealDisk.open(path, how)?,
            notes: Arc::clone(&self.notes),
            refusals: Arc::clone(&self.refusals),
        }))
    }

    fn open_tree(&self, path: &Path) -> io::Result<Box<dyn OpenTree>> {
        RealDisk.open_tree(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        RealDisk.metadata(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        RealDisk.read_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.note(format!("rename {} to {}", self.name(from), self.name(to)));
        RealDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.note(format!("sync directory {}", self.name(path)));
        RealDisk.sync_dir(path)
    }

    fn barrier(&self, path: &Path) -> io::Result<()> {
        self.note(format!("barrier {}", self.name(path)));
        RealDisk.barrier(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        RealDisk.free_bytes(path)
    }
}

impl DiskFile for NotedFile {
    fn kind(&self) -> io::Result<Kind> {
        self.file.kind()
    }

    fn sync(&self) -> io::Result<()> {
        self.notes.lock().unwrap().push(format!("sync {}", self.name));
        self.file.sync()
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.notes.lock().unwrap().push(format!("lock {}", self.name));
        let order = Ordering::Relaxed;
        let refused = self
            .refusals
            .fetch_update(order, order, |left| left.checked_sub(1));
        match refused {
            Ok(_) => Ok(false),
            Err(_) => self.file.try_lock(),
        }
    }
}

impl Read for NotedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Write for NotedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for NotedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
