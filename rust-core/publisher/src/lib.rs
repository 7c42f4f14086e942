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
mod error;
mod files;
mod hash;
pub mod key;
mod lock;
mod pack;
pub mod progress;
mod project;
mod repository;
mod tree;

pub use error::{Error, Result};
pub use hash::digest_of;
pub use lock::PublishLock;
pub use pack::Bundle;
pub use project::{DEVICE_CONFIG_FILE, NewProject, PROJECT_FILE, Project, UpdateUrl, read_private_key};
pub use repository::{Keys, Lifetimes, NewRelease, Published, Repository};
pub use tree::WebTree;
