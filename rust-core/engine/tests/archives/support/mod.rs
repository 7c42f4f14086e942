//! Builds archives that lie, and watches what unpacking them does to the disk.

mod attempt;

pub(crate) use airlock_archives::zip::{DEFLATED, Entry, Signature, Zip, crc32, deflate, extra_field};
pub(crate) use attempt::{accept, refuse, refuse_bytes, unpack_described, unpack_undescribed};
