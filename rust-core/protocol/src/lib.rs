//! Bytes in, verified values out: the trust kernel of Airlock.
//!
//! This crate reads every format that reaches a device from outside (checksum.json, TUF metadata, public
//! keys, signatures, bundle paths, heads of patches) and hands out values whose type is the proof that they were checked.
//! It does no I/O, has no clock, starts no thread and keeps no global state: the caller pushes bytes in,
//! says what time it is, and does the fetching and storing that a [`tuf::Refresh`] asks for.
//!
//! Reading order: [`Code`] and [`Error`] (what can be refused), [`limits`] (how much is accepted),
//! [`json`], [`keys`], [`envelope`], [`ChecksumJson`], [`tuf`].

pub mod base64;
mod checksum;
mod checksum_json;
mod code;
mod digest;
pub mod envelope;
mod error;
pub mod hex;
pub mod json;
pub mod keys;
pub mod limits;
mod names;
pub mod ordered;
mod patch;
mod path;
mod sequence;
mod text;
mod time;
pub mod tuf;
mod version;

pub use checksum::{Checksum, ChecksumAlgorithm, ChecksumHasher, ChecksumWarning, Strictness};
pub use checksum_json::{
    CHECKSUM_FILE, ChecksumFields, ChecksumHead, ChecksumJson, Device, FileEntry, SIGNATURE_FILE,
    check_paths, tree_digest,
};
pub use code::Code;
pub use digest::{BundleId, Sha256Digest};
pub use error::{
    ChecksumFault, Error, Incompatible, JsonFault, KeyFault, MetadataFault, PatchFault, PathFault, Result,
    SignatureFault, ValueFault,
};
pub use names::{AppId, ChannelName, Platform};
pub use patch::{Copied, DCZ_MAGIC, Difference, PatchBase, PatchHead, file_list};
pub use path::BundlePath;
pub use sequence::Sequence;
pub use time::UnixMillis;
pub use version::{NativeRange, NativeVersion};
