//! A disk in memory that keeps to the rules of the disk port and to nothing beyond them.
//!
//! Reading order: `tree` (what is there), `journal` (what was done), `crash` (what a power cut leaves of
//! it), `faults` (errors on purpose), `file` and `open_tree` (open files and directories), `lying` (disks that break the rules, so that the
//! simulator can be seen to notice).

mod crash;
mod faults;
mod file;
mod journal;
mod lying;
mod open_tree;
mod tree;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use airlock_engine::ports::{Disk, DiskFile, Entry, Kind, Metadata, Open, OpenTree};

pub use crash::WAYS_TO_LOSE;
pub use faults::{ERRNOS, Errno, Fault};
pub use journal::Effect;
pub use lying::{Lie, LyingDisk};
pub use tree::Tree;

use faults::{Call, Faults};
use file::FakeFile;
use journal::{Change, Doomed, Made};
use open_tree::FakeTree;
use tree::{EEXIST, EISDIR, ENOENT, Inode, Node, errno};

const ENOTEMPTY: i32 = 39;

/// A disk in memory. Clones are the same disk.
#[derive(Clone)]
pub struct FakeDisk {
    core: Arc<Mutex<Core>>,
}

/// What the disk and its open files share.
pub(crate) struct Core {
    /// What a power cut before the first effect leaves.
    base: Tree,
    /// What the running system sees.
    live: Tree,
    journal: Vec<Effect>,
    faults: Faults,
    locked: Vec<Inode>,
    /// Bytes that files may hold in all; `None` is plenty.
    capacity: Option<u64>,
    calls: usize,
}

impl FakeDisk {
    /// A disk with this on it, all of it durable.
    pub fn new(tree: Tree) -> Self {
        let core = Core {
            base: tree.clone(),
            live: tree,
            journal: Vec::new(),
            faults: Faults::default(),
            locked: Vec::new(),
            capacity: None,
            calls: 0,
        };
        Self {
            core: Arc::new(Mutex::new(core)),
        }
    }

    /// What the running system sees now.
    pub fn tree(&self) -> Tree {
        self.core().live.clone()
    }

    /// Effects so far: after each of them, and before the first, the power may go.
    pub fn effects(&self) -> usize {
        self.core().journal.len()
    }

    /// The effect with this number, for people.
    pub fn effect(&self, number: usize) -> String {
        let core = self.core();
        let effect = core.journal.get(number);
        effect.map_or_else(|| "the end".to_owned(), ToString::to_string)
    }

    /// Paths that were changed outside `root` (B3).
    pub fn changed_outside(&self, root: &str) -> Vec<String> {
        let core = self.core();
        let outside = core.journal.iter().filter(|effect| {
            let flush = matches!(
                effect.change,
                Change::SyncFile { .. } | Change::SyncDirectory { .. } | Change::SyncAll | Change::Doomed(_)
            );
            !flush && !effect.path.starts_with(root)
        });
        outside.map(ToString::to_string).collect()
    }

    /// One of the disks that a power cut after `effects` effects may leave.
    pub fn after_power_cut(&self, effects: usize, seed: u64, number: u64) -> Tree {
        let core = self.core();
        let journal = &core.journal[..effects.min(core.journal.len())];
        crash::after_power_cut(&core.base, journal, seed, number)
    }

    /// The disk that a killed process leaves after `effects` effects: the kernel lives on and loses nothing.
    pub fn after_kill(&self, effects: usize) -> Tree {
        let core = self.core();
        let mut tree = core.base.clone();
        for effect in core.journal.iter().take(effects) {
            effect.change.allot(&mut tree);
            effect.change.apply(&mut tree);
        }
        tree.prune();
        tree
    }

    /// The process is killed after `effects` effects: the kernel lives on with what is not flushed yet.
    pub fn kill_after(&self, effects: usize) {
        let live = self.after_kill(effects);
        let mut core = self.core();
        core.journal.truncate(effects);
        core.live = live;
    }

    /// Time passes, and the system writes everything back.
    pub fn settle(&self) {
        let mut core = self.core();
        core.live.prune();
        core.base = core.live.clone();
        core.journal.clear();
    }

    /// Plans an error, in place of one planned before.
    pub fn inject(&self, fault: Fault) {
        self.core().faults.plan(Some(fault));
    }

    /// Takes the plan back; how many errors were given.
    pub fn heal(&self) -> usize {
        let mut core = self.core();
        let given = core.faults.given();
        core.faults.plan(None);
        core.capacity = None;
        given
    }

    /// Leaves `free` bytes on the disk from now on.
    pub fn limit(&self, free: u64) {
        let mut core = self.core();
        let used = core.used();
        core.capacity = Some(used + free);
    }

    /// Calls made so far, reading ones included.
    pub fn calls(&self) -> usize {
        self.core().calls
    }

    /// A checker that panicked must not hide the disk from the next one.
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    fn meet(&mut self, call: Call) -> io::Result<()> {
        self.calls += 1;
        self.faults.meet(call)
    }

    fn record(&mut self, change: Change, path: &Path) {
        self.note(change, path.to_string_lossy().into());
    }

    /// Every effect goes through here: the running system sees it, and the journal remembers it.
    fn note(&mut self, change: Change, path: Arc<str>) {
        change.allot(&mut self.live);
        change.apply(&mut self.live);
        self.journal.push(Effect { change, path });
    }

    fn make(&mut self, path: &Path, what: Made) -> io::Result<Inode> {
        let at = self.live.parent_of(path)?;
        Ok(self.make_at(at, path, what))
    }

    fn make_at(&mut self, (directory, name): (Inode, Arc<str>), path: &Path, what: Made) -> Inode {
        let inode = self.live.fresh();
        let change = Change::Make {
            directory,
            name,
            inode,
            what,
        };
        self.record(change, path);
        inode
    }

    fn unlink(&mut self, path: &Path) -> io::Result<()> {
        self.meet(Call::Name)?;
        let at = self.live.parent_of(path)?;
        self.unlink_at(at, path)
    }

    fn unlink_at(&mut self, (directory, name): (Inode, Arc<str>), path: &Path) -> io::Result<()> {
        let inode = self.live.child(directory, &name).ok_or_else(|| errno(ENOENT))?;
        let change = Change::Unlink {
            directory,
            name,
            inode,
        };
        self.record(change, path);
        Ok(())
    }

    fn remove_all(&mut self, path: &Path) -> io::Result<()> {
        self.meet(Call::ReadDirectory)?;
        let inode = self.live.find(path)?;
        let names: Vec<Arc<str>> = self.live.entries(inode)?.keys().cloned().collect();
        for name in names {
            let child = path.join(&*name);
            match self.kind(self.live.find(&child)?) {
                Kind::Directory => self.remove_all(&child)?,
                _ => self.unlink(&child)?,
            }
        }
        self.unlink(path)
    }

    fn kind(&self, inode: Inode) -> Kind {
        match self.live.nodes.get(&inode) {
            Some(Node::Directory(_)) => Kind::Directory,
            _ => Kind::File,
        }
    }

    fn metadata(&self, inode: Inode) -> Metadata {
        Metadata {
            kind: self.kind(inode),
            len: self.live.bytes(inode).len() as u64,
        }
    }

    fn used(&self) -> u64 {
        let length = |node: &Node| match node {
            Node::File(bytes) => bytes.len() as u64,
            Node::Directory(_) => 0,
        };
        self.live.nodes.values().map(length).sum()
    }

    fn free(&self) -> u64 {
        self.capacity
            .map_or(1 << 40, |capacity| capacity.saturating_sub(self.used()))
    }
}

impl Disk for FakeDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn DiskFile>> {
        let mut core = self.core();
        core.meet(match how {
            Open::Read => Call::OpenToRead,
            Open::Replace | Open::CreateNew | Open::Resume | Open::Overwrite => Call::OpenToWrite,
        })?;
        let found = core.live.find(path);
        let inode = match (found, how) {
            (Ok(_), Open::CreateNew) => return Err(errno(EEXIST)),
            (Ok(inode), _) if how != Open::Read && core.kind(inode) == Kind::Directory => {
                return Err(errno(EISDIR));
            }
            (Ok(inode), Open::Replace) => {
                core.record(Change::Empty { file: inode }, path);
                inode
            }
            (Ok(inode), _) => inode,
            (Err(error), _)
                if matches!(how, Open::Read | Open::Resume) || error.kind() != io::ErrorKind::NotFound =>
            {
                return Err(error);
            }
            (Err(_), _) => core.make(path, Made::File)?,
        };
        Ok(Box::new(FakeFile::new(&self.core, inode, path)))
    }

    fn open_tree(&self, path: &Path) -> io::Result<Box<dyn OpenTree>> {
        let mut core = self.core();
        core.meet(Call::OpenToRead)?;
        let inode = core.live.find(path)?;
        core.live.entries(inode)?;
        Ok(Box::new(FakeTree::new(&self.core, inode, path)))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut core = self.core();
        core.meet(Call::Name)?;
        match core.live.find(path) {
            Ok(_) => Err(errno(EEXIST)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Err(_) => core.make(path, Made::Directory).map(drop),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let mut core = self.core();
        core.meet(Call::Metadata)?;
        let inode = core.live.find(path)?;
        Ok(core.metadata(inode))
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut core = self.core();
        core.meet(Call::ReadDirectory)?;
        let entries = core.live.entries(core.live.find(path)?)?;
        let entry = |(name, inode): (&Arc<str>, &Inode)| Entry {
            name: (&**name).into(),
            metadata: core.metadata(*inode),
        };
        Ok(entries.iter().map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut core = self.core();
        core.meet(Call::Name)?;
        let source = core.live.parent_of(from)?;
        let target = core.live.parent_of(to)?;
        let inode = core
            .live
            .child(source.0, &source.1)
            .ok_or_else(|| errno(ENOENT))?;
        if let Some(replaced) = core.live.child(target.0, &target.1) {
            let full = core
                .live
                .entries(replaced)
                .is_ok_and(|entries| !entries.is_empty());
            if core.kind(replaced) != core.kind(inode) || full {
                return Err(errno(ENOTEMPTY));
            }
        }
        let change = Change::Rename {
            from: source,
            to: target,
            inode,
        };
        core.record(change, to);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut core = self.core();
        let inode = core.live.find(path)?;
        match core.kind(inode) {
            Kind::Directory => Err(errno(EISDIR)),
            _ => core.unlink(path),
        }
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.core().remove_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut core = self.core();
        let directory = core.live.find(path)?;
        match core.meet(Call::SyncDirectory) {
            Ok(()) => core.record(Change::SyncDirectory { directory }, path),
            Err(error) => {
                core.record(Change::Doomed(Doomed::Directory(directory)), path);
                return Err(error);
            }
        }
        Ok(())
    }

    fn barrier(&self, path: &Path) -> io::Result<()> {
        let mut core = self.core();
        core.live.find(path)?;
        match core.meet(Call::SyncDirectory) {
            Ok(()) => core.record(Change::SyncAll, path),
            Err(error) => {
                core.record(Change::Doomed(Doomed::Everything), path);
                return Err(error);
            }
        }
        Ok(())
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let mut core = self.core();
        core.meet(Call::Space)?;
        core.live.find(path)?;
        Ok(core.free())
    }
}
