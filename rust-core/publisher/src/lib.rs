//! Private keys, packing, signing and publishing: what the author of an app does. Never linked into a phone.
//!
//! Reading order: [`key`] (private keys), [`WebTree`] (a folder read as a bundle), [`Bundle`] (its
//! description, signature and archive), [`Project`] (`airlock.json`), [`Repository`] (the TUF repository that
//! devices read), and [`audit`] (checking what was made, with the device's own client).
//!
//! The repository is written with `tough`'s schema and read by `airlock-protocol`: two implementations of one
//! specification that check each other (docs/adr/0004-publisher-tuf.md).

mod archive;
pub mod audit;
mod compress;
mod embedded;
mod error;
mod external;
mod files;
mod hash;
pub mod key;
mod key_file;
mod lock;
mod pack;
mod parallel;
pub mod progress;
mod project;
mod repository;
mod signer;
mod tree;

pub use embedded::EmbeddedBundle;
pub use error::{Error, Result};
pub use external::{DEFAULT_TIMEOUT, ExternalSigner};
pub use hash::digest_of;
pub use key_file::{AskPassphrase, KeyFile, public_path, read_private_key, read_public_key, write_key_pair};
pub use lock::PublishLock;
pub use pack::Bundle;
pub use project::{DEVICE_CONFIG_FILE, KeyGroup, KeyReference, NewProject, PROJECT_FILE, Project, UpdateUrl};
pub use repository::{
    Keys, Lifetimes, NewRelease, PatchBases, PatchOutcome, PatchReport, Prunable, Pruned, Published,
    Repository, Republication, Republished, RoleName, RoleState, SignedRole, SingleFiles,
};
pub use signer::{Sign, Signers};
pub use tree::WebTree;
