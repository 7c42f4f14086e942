//! An open directory: it follows its inode, whatever becomes of the name, as an open file does.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use airlock_engine::ports::{DiskFile, Kind, OpenTree};
use airlock_protocol::BundlePath;

use super::Core;
use super::faults::Call;
use super::file::FakeFile;
use super::journal::Made;
use super::tree::{EEXIST, EISDIR, ENOENT, ENOTDIR, Inode, errno};

pub(super) struct FakeTree {
    core: Arc<Mutex<Core>>,
    root: Inode,
    path: PathBuf,
    /// The directory that was used last stays open, as on the real disk: the calls are the same ones.
    last: Option<(String, Inode)>,
}

impl FakeTree {
    pub(super) fn new(core: &Arc<Mutex<Core>>, root: Inode, path: &Path) -> Self {
        Self {
            core: Arc::clone(core),
            root,
            path: path.to_owned(),
            last: None,
        }
    }

    fn create_new(&self, directory: Inode, name: &str, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        core.meet(Call::OpenToWrite)?;
        if core.live.child(directory, name).is_some() {
            return Err(errno(EEXIST));
        }
        core.live.entries(directory)?;
        let inode = core.make_at((directory, name.into()), path, Made::File);
        Ok(Box::new(FakeFile::new(&self.core, inode, path)))
    }

    /// Makes and opens each directory of the path in turn.
    fn descend(&self, path: &str) -> io::Result<Inode> {
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut at, mut whole) = (self.root, self.path.clone());
        for component in path.split('/') {
            whole.push(component);
            core.meet(Call::Name)?;
            let found = core.live.child(at, component);
            at = found.unwrap_or_else(|| core.make_at((at, component.into()), &whole, Made::Directory));
            core.meet(Call::OpenToRead)?;
            if core.kind(at) != Kind::Directory {
                return Err(errno(ENOTDIR));
            }
        }
        Ok(at)
    }
}

impl OpenTree for FakeTree {
    fn create(&mut self, path: &BundlePath) -> io::Result<Box<dyn DiskFile>> {
        let whole = self.path.join(path.as_str());
        let Some((parent, name)) = path.as_str().rsplit_once('/') else {
            return self.create_new(self.root, path.as_str(), &whole);
        };
        let known = self.last.take().filter(|(last, _)| last == parent);
        let directory = match known {
            Some((_, inode)) => inode,
            None => self.descend(parent)?,
        };
        self.last = Some((parent.to_owned(), directory));
        self.create_new(directory, name, &whole)
    }

    /// Every other file can be cloned, by the length of its name: both ways are to be met. Its blocks are there before the
    /// clone is, so there is nothing to tear; that the clone has them is no more durable than a write.
    fn clone_from(&mut self, path: &BundlePath, from: &Path) -> Option<Box<dyn DiskFile>> {
        if path.as_str().len().is_multiple_of(2) {
            return None;
        }
        let mut bytes = Vec::new();
        let inode = self
            .core
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .live
            .find(from)
            .ok()?;
        FakeFile::new(&self.core, inode, from)
            .read_to_end(&mut bytes)
            .ok()?;
        let mut clone = self.create(path).ok()?;
        match clone
            .write_all(&bytes)
            .and_then(|()| clone.seek(SeekFrom::Start(0)))
        {
            Ok(_) => Some(clone),
            Err(_) => {
                let _best_effort = self.remove(path);
                None
            }
        }
    }

    fn remove(&mut self, path: &BundlePath) -> io::Result<()> {
        let whole = self.path.join(path.as_str());
        let (directory, name) = match path.as_str().rsplit_once('/') {
            None => (self.root, path.as_str()),
            Some((parent, name)) => match self.last.take().filter(|(last, _)| last == parent) {
                Some((_, inode)) => (inode, name),
                None => (self.descend(parent)?, name),
            },
        };
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        core.meet(Call::Name)?;
        match core.live.child(directory, name) {
            Some(inode) if core.kind(inode) == Kind::Directory => Err(errno(EISDIR)),
            Some(_) => core.unlink_at((directory, name.into()), &whole),
            None => Err(errno(ENOENT)),
        }
    }

    fn replace(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let path = self.path.join(name);
        {
            let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
            core.meet(Call::Name)?;
            let removed = match core.live.child(self.root, name) {
                Some(inode) if core.kind(inode) == Kind::Directory => Err(errno(EISDIR)),
                Some(_) => core.unlink_at((self.root, name.into()), &path),
                None => Err(errno(ENOENT)),
            };
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.create_new(self.root, name, &path)
    }
}
