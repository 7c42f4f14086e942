//! Disks that break the rules: planted bugs, so that the simulator can be seen to find them.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use airlock_engine::ports::{Disk, DiskFile, Entry, Kind, Metadata, Open, OpenTree};
use airlock_protocol::BundlePath;

/// What a disk pretends. Each is an engine that forgot one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Flushing a file does nothing.
    NoFileSync,
    /// Flushing a directory does nothing.
    NoDirectorySync,
    /// The barrier for a tree does nothing.
    NoBarrier,
    /// The barrier comes only after the next file that is flushed: the state before the data.
    LateBarrier,
    /// A file that is replaced is written over in place, and flushed, instead of renamed.
    NoRename,
}

/// A disk that lies.
#[derive(Clone)]
pub struct LyingDisk<D> {
    inner: D,
    lie: Lie,
    late: Arc<Mutex<Option<PathBuf>>>,
}

impl<D: Disk + Clone + 'static> LyingDisk<D> {
    /// Makes `inner` lie.
    pub fn new(inner: D, lie: Lie) -> Self {
        Self {
            inner,
            lie,
            late: Arc::default(),
        }
    }
}

impl<D: Disk + Clone + 'static> Disk for LyingDisk<D> {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>> {
        let how = match (self.lie, how, path.extension()) {
            (Lie::NoRename, Open::Replace, Some(end)) if end == "tmp" => {
                return self.open(&path.with_extension("json"), Open::Replace);
            }
            _ => how,
        };
        Ok(Box::new(LyingFile {
            inner: self.inner.open(path, how)?,
            disk: self.clone(),
        }))
    }

    fn open_tree(&self, path: &Path) -> io::Result<Box<dyn OpenTree>> {
        Ok(Box::new(LyingTree {
            inner: self.inner.open_tree(path)?,
            disk: self.clone(),
        }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.inner.metadata(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.inner.read_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match from.extension() {
            Some(end) if self.lie == Lie::NoRename && end == "tmp" => Ok(()),
            _ => self.inner.rename(from, to),
        }
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.inner.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.inner.remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        match self.lie {
            Lie::NoDirectorySync => Ok(()),
            _ => self.inner.sync_dir(path),
        }
    }

    fn barrier(&self, path: &Path) -> io::Result<()> {
        match self.lie {
            Lie::NoBarrier => Ok(()),
            Lie::LateBarrier => {
                *self.late.lock().unwrap_or_else(PoisonError::into_inner) = Some(path.to_owned());
                Ok(())
            }
            _ => self.inner.barrier(path),
        }
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        self.inner.free_bytes(path)
    }
}

struct LyingTree<D> {
    inner: Box<dyn OpenTree>,
    disk: LyingDisk<D>,
}

impl<D: Disk + Clone + 'static> LyingTree<D> {
    fn lying(&self, inner: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let disk = self.disk.clone();
        Box::new(LyingFile { inner, disk })
    }
}

impl<D: Disk + Clone + 'static> OpenTree for LyingTree<D> {
    fn create(&mut self, path: &BundlePath) -> io::Result<Box<dyn DiskFile>> {
        let inner = self.inner.create(path)?;
        Ok(self.lying(inner))
    }

    fn clone_from(&mut self, path: &BundlePath, from: &Path) -> Option<Box<dyn DiskFile>> {
        let inner = self.inner.clone_from(path, from)?;
        Some(self.lying(inner))
    }

    fn remove(&mut self, path: &BundlePath) -> io::Result<()> {
        self.inner.remove(path)
    }

    fn replace(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let inner = self.inner.replace(name)?;
        Ok(self.lying(inner))
    }
}

struct LyingFile<D> {
    inner: Box<dyn DiskFile>,
    disk: LyingDisk<D>,
}

impl<D: Disk + Clone + 'static> DiskFile for LyingFile<D> {
    fn kind(&self) -> io::Result<Kind> {
        self.inner.kind()
    }

    fn sync(&self) -> io::Result<()> {
        if self.disk.lie == Lie::NoFileSync {
            return Ok(());
        }
        self.inner.sync()?;
        let late = self
            .disk
            .late
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        late.map_or(Ok(()), |_| self.disk.inner.barrier(Path::new("/")))
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.inner.try_lock()
    }
}

impl<D> Read for LyingFile<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl<D> Write for LyingFile<D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<D> Seek for LyingFile<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
