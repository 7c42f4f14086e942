//! The files and directories of a disk at one moment, by inode.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

/// The number of a file or directory. It stays when names change.
pub(crate) type Inode = u64;

/// The inode of `/`.
pub(crate) const ROOT: Inode = 1;

/// What an inode holds.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    File(Arc<Vec<u8>>),
    Directory(Arc<BTreeMap<Arc<str>, Inode>>),
}

/// A whole disk. Cheap to clone: contents are shared until they change.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(crate) nodes: BTreeMap<Inode, Node>,
    next: Inode,
}

impl Default for Tree {
    fn default() -> Self {
        let nodes = BTreeMap::from([(ROOT, Node::Directory(Arc::default()))]);
        Self {
            nodes,
            next: ROOT + 1,
        }
    }
}

impl Tree {
    /// Writes a file and the directories above it: how a test furnishes a disk.
    pub fn furnish(&mut self, path: &Path, bytes: &[u8]) {
        let (parent, name) = self.make_parents(path);
        let inode = self.fresh();
        self.nodes.insert(inode, Node::File(Arc::new(bytes.to_vec())));
        self.link(parent, name, inode);
    }

    fn make_parents(&mut self, path: &Path) -> (Inode, Arc<str>) {
        let mut parts = names(path);
        let last = parts.pop().expect("a path with a name");
        let mut at = ROOT;
        for part in parts {
            at = match self.child(at, &part) {
                Some(child) => child,
                None => {
                    let inode = self.fresh();
                    self.nodes.insert(inode, Node::Directory(Arc::default()));
                    self.link(at, part, inode);
                    inode
                }
            };
        }
        (at, last)
    }

    /// Removes a file or tree by name, as a person with a file manager would.
    pub fn remove(&mut self, path: &Path) {
        if let Ok((parent, name)) = self.parent_of(path) {
            self.unlink(parent, &name);
        }
    }

    pub(crate) fn fresh(&mut self) -> Inode {
        self.next += 1;
        self.next - 1
    }

    /// Puts a node on the disk under a number that is given; no later one gets it again.
    pub(crate) fn allot(&mut self, inode: Inode, node: Node) {
        self.next = self.next.max(inode + 1);
        self.nodes.entry(inode).or_insert(node);
    }

    pub(crate) fn child(&self, directory: Inode, name: &str) -> Option<Inode> {
        match self.nodes.get(&directory)? {
            Node::Directory(entries) => entries.get(name).copied(),
            Node::File(_) => None,
        }
    }

    /// The inode that a path names.
    pub(crate) fn find(&self, path: &Path) -> io::Result<Inode> {
        let mut at = ROOT;
        for name in names(path) {
            match self.nodes.get(&at) {
                Some(Node::Directory(entries)) => at = *entries.get(&name).ok_or_else(|| errno(ENOENT))?,
                _ => return Err(errno(ENOTDIR)),
            }
        }
        Ok(at)
    }

    /// The directory that holds a name, and the name.
    pub(crate) fn parent_of(&self, path: &Path) -> io::Result<(Inode, Arc<str>)> {
        let mut parts = names(path);
        let name = parts.pop().ok_or_else(|| errno(EINVAL))?;
        let parent = self.find(path.parent().unwrap_or(Path::new("/")))?;
        match self.nodes.get(&parent) {
            Some(Node::Directory(_)) => Ok((parent, name)),
            _ => Err(errno(ENOTDIR)),
        }
    }

    pub(crate) fn entries(&self, directory: Inode) -> io::Result<&BTreeMap<Arc<str>, Inode>> {
        match self.nodes.get(&directory) {
            Some(Node::Directory(entries)) => Ok(entries),
            _ => Err(errno(ENOTDIR)),
        }
    }

    pub(crate) fn link(&mut self, directory: Inode, name: Arc<str>, inode: Inode) {
        if let Some(Node::Directory(entries)) = self.nodes.get_mut(&directory) {
            Arc::make_mut(entries).insert(name, inode);
        }
    }

    pub(crate) fn unlink(&mut self, directory: Inode, name: &str) {
        if let Some(Node::Directory(entries)) = self.nodes.get_mut(&directory) {
            Arc::make_mut(entries).remove(name);
        }
    }

    pub(crate) fn bytes(&self, file: Inode) -> &[u8] {
        match self.nodes.get(&file) {
            Some(Node::File(bytes)) => bytes,
            _ => &[],
        }
    }

    pub(crate) fn bytes_mut(&mut self, file: Inode) -> Option<&mut Vec<u8>> {
        match self.nodes.get_mut(&file) {
            Some(Node::File(bytes)) => Some(Arc::make_mut(bytes)),
            _ => None,
        }
    }

    /// Forgets what no name leads to, as a file system check does after a power cut.
    pub(crate) fn prune(&mut self) {
        let mut reached = BTreeMap::new();
        let mut pending = vec![ROOT];
        while let Some(inode) = pending.pop() {
            let Some(node) = self.nodes.remove(&inode) else {
                continue;
            };
            if let Node::Directory(entries) = &node {
                pending.extend(entries.values());
            }
            reached.insert(inode, node);
        }
        // A name that leads nowhere cannot be: its inode was made before it.
        self.nodes = reached;
    }

    /// Every file below a directory with its bytes, by path from there.
    pub fn files_below(&self, path: &Path) -> BTreeMap<String, Arc<Vec<u8>>> {
        let mut files = BTreeMap::new();
        if let Ok(inode) = self.find(path) {
            self.collect(inode, "", &mut files);
        }
        files
    }

    fn collect(&self, inode: Inode, prefix: &str, files: &mut BTreeMap<String, Arc<Vec<u8>>>) {
        match self.nodes.get(&inode) {
            Some(Node::File(bytes)) => drop(files.insert(prefix.to_owned(), Arc::clone(bytes))),
            Some(Node::Directory(entries)) => {
                for (name, child) in entries.iter() {
                    let path = if prefix.is_empty() {
                        name.to_string()
                    } else {
                        format!("{prefix}/{name}")
                    };
                    self.collect(*child, &path, files);
                }
            }
            None => {}
        }
    }
}

pub(crate) const ENOENT: i32 = 2;
pub(crate) const EIO: i32 = 5;
pub(crate) const EACCES: i32 = 13;
pub(crate) const EEXIST: i32 = 17;
pub(crate) const ENOTDIR: i32 = 20;
pub(crate) const EISDIR: i32 = 21;
pub(crate) const EINVAL: i32 = 22;
pub(crate) const EMFILE: i32 = 24;
pub(crate) const ENOSPC: i32 = 28;
pub(crate) const EROFS: i32 = 30;

/// An error as the system numbers it.
pub(crate) fn errno(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

fn names(path: &Path) -> Vec<Arc<str>> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into()),
            _ => None,
        })
        .collect()
}
