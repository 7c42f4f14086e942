//! What other update systems wrote, read as strictly as Airlock reads its own formats.
//!
//! The rules are protocol's: bytes in, verified values out; no I/O, no clock, no threads, no `unsafe`, no
//! panic on input. It is a crate of its own so that foreign formats never grow the trust kernel
//! (docs/adr/0011-foreign-formats.md).

pub mod capgo;
mod error;
pub mod minisign;
mod plain_checksum_json;
pub mod remote_config;

pub use error::{Error, MinisignFault, RemoteConfigFault, Result};
pub use plain_checksum_json::{ListedFile, PlainChecksumJson};
