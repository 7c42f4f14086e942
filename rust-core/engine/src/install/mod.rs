//! From a verified archive to a verified tree, and the check of a tree that is there already.
//!
//! Order (design sections 3 and 4): the archive's bytes are verified before this module sees them;
//! the archive's structure is checked (`profile`) before anything is inflated; every file is inflated
//! under its declared size (`inflate`) and hashed while it is written (`unpack`); the tree must equal
//! checksum.json exactly.

mod assembly;
mod base;
mod frame;
mod inflate;
mod patch;
mod profile;
mod stages;
mod tree;
mod unpack;

pub(crate) use assembly::{Assembly, Draft, write_checksum};
pub(crate) use base::Base;
pub(crate) use frame::Frame;
pub(crate) use patch::{apply, read_description};
pub use profile::{ArchiveEntry, Method, Profile};
pub use stages::{Stage, Stages};
pub use tree::{Depth, verify_plain_tree, verify_tree};
pub(crate) use unpack::fill_from_archive;
pub use unpack::{Contents, Unpacked, unpack};
