//! What other update systems wrote, read as strictly as Airlock reads its own formats.
//!
//! The rules are protocol's: bytes in, verified values out; no I/O, no clock, no threads, no `unsafe`, no
//! panic on input. It is a crate of its own so that foreign formats never grow the trust kernel
//! (docs/adr/0011-foreign-formats.md).

pub mod capgo;
mod plain_checksum_json;

pub use plain_checksum_json::{ListedFile, PlainChecksumJson};
