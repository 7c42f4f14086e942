//! Builds archives that lie, and watches what unpacking them does to the disk.

mod attempt;
mod zip;

pub(crate) use attempt::{Tree, accept, refuse, refuse_bytes, unpack_described, unpack_undescribed};
pub(crate) use zip::{DEFLATED, Entry, Signature, Zip, crc32, deflate, extra_field};
