//! What was done to a disk, in order: each effect is a place where the power can go.

use std::fmt;
use std::sync::Arc;

use super::tree::{Inode, Node, Tree};

/// One thing that changed the disk, or made changes durable.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A new file or directory got a name.
    Make {
        directory: Inode,
        name: Arc<str>,
        inode: Inode,
        what: Made,
    },
    /// A name went.
    Unlink {
        directory: Inode,
        name: Arc<str>,
        inode: Inode,
    },
    /// A name moved, in place of another.
    Rename {
        from: (Inode, Arc<str>),
        to: (Inode, Arc<str>),
        inode: Inode,
    },
    /// A file was emptied.
    Empty { file: Inode },
    /// Bytes were written.
    Write {
        file: Inode,
        at: usize,
        bytes: Arc<[u8]>,
    },
    /// A file's bytes were made durable.
    SyncFile { file: Inode },
    /// A directory's names were made durable.
    SyncDirectory { directory: Inode },
    /// Everything was made durable.
    SyncAll,
    /// A flush failed: what it should have made durable stays uncertain for ever, whatever a later one says.
    Doomed(Doomed),
}

/// What a new inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    File,
    Directory,
}

/// What a failed flush left uncertain.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doomed {
    File(Inode),
    Directory(Inode),
    Everything,
}

/// A change and the path it was asked for.
#[derive(Clone, Debug)]
pub struct Effect {
    pub(crate) change: Change,
    pub(crate) path: Arc<str>,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match &self.change {
            Change::Make { what: Made::File, .. } => "create",
            Change::Make { .. } => "create directory",
            Change::Unlink { .. } => "remove",
            Change::Rename { .. } => "rename to",
            Change::Empty { .. } => "empty",
            Change::Write { .. } => "write",
            Change::SyncFile { .. } => "sync",
            Change::SyncDirectory { .. } => "sync directory",
            Change::SyncAll => "barrier",
            Change::Doomed(_) => "failed sync",
        };
        write!(f, "{verb} {}", self.path)
    }
}

impl Change {
    /// Puts a new inode on the disk without a name; a rename may give it one though its first name was lost.
    pub(crate) fn allot(&self, tree: &mut Tree) {
        if let Change::Make { inode, what, .. } = self {
            let node = match what {
                Made::File => Node::File(Arc::default()),
                Made::Directory => Node::Directory(Arc::default()),
            };
            tree.allot(*inode, node);
        }
    }

    /// Carries it out whole.
    pub(crate) fn apply(&self, tree: &mut Tree) {
        match self {
            Change::Make {
                directory,
                name,
                inode,
                ..
            } => tree.link(*directory, Arc::clone(name), *inode),
            Change::Unlink {
                directory,
                name,
                inode,
            } => {
                if tree.child(*directory, name) == Some(*inode) {
                    tree.unlink(*directory, name);
                }
            }
            Change::Rename { from, to, inode } => {
                if tree.child(from.0, &from.1) == Some(*inode) {
                    tree.unlink(from.0, &from.1);
                }
                tree.link(to.0, Arc::clone(&to.1), *inode);
            }
            Change::Empty { file } => {
                if let Some(bytes) = tree.bytes_mut(*file) {
                    bytes.clear();
                }
            }
            Change::Write { file, at, bytes } => write_at(tree, *file, *at, bytes),
            Change::SyncFile { .. } | Change::SyncDirectory { .. } | Change::SyncAll | Change::Doomed(_) => {}
        }
    }
}

/// Writes into a file; a gap before the place reads as zeros.
pub(crate) fn write_at(tree: &mut Tree, file: Inode, at: usize, bytes: &[u8]) {
    let Some(content) = tree.bytes_mut(file) else {
        return;
    };
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}
