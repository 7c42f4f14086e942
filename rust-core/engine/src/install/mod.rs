//! From a verified archive to a verified tree, and the check of a tree that is there already.
//!
//! Order (design sections 3 and 4): the archive's bytes are verified before this module sees them;
//! the archive's structure is checked (`profile`) before anything is inflated; every file is inflated
//! under its declared size (`inflate`) and hashed while it is written (`unpack`); the tree must equal
//! checksum.json exactly.

mod inflate;
mod profile;
mod tree;
mod unpack;

pub use profile::{ArchiveEntry, Method, Profile};
pub use tree::{Depth, verify_plain_tree, verify_tree};
pub use unpack::{Contents, Unpacked, unpack};
