//! Patches: a release for a device that has another bundle already (docs/protocol.md, design section 4).
//!
//! A patch is two `dcz` streams (RFC 9842 section 5), one behind the other. The first yields the release's
//! checksum.json, made with the base's [`file_list`] as its dictionary. The second yields the files that the base
//! lacks, made with the base's files that the release lacks ([`Difference`]). Both sides derive both dictionaries from
//! the tree digests alone, so a patch names no file and copies none.

mod difference;
mod head;

pub use difference::{Copied, Difference, file_list};
pub use head::{DCZ_MAGIC, PatchBase, PatchHead};
