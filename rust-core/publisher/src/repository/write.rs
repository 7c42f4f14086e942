//! Putting signed roles on the disk.

use std::num::NonZeroU64;
use std::path::Path;

use tough::schema::{Role, Timestamp};

use super::sign::SignedFile;
use super::{metadata, roles};
use crate::error::Result;
use crate::files::{self, Audience};

/// One above both the current version and every file that a killed publication may have left: such a file may
/// have been copied to a server already, and what has a version of its own is never changed.
pub(super) fn next_version(metadata: &Path, role: &str, current: NonZeroU64) -> Result<NonZeroU64> {
    let latest = metadata::latest_version(metadata, role)?
        .unwrap_or(0)
        .max(current.get());
    Ok(roles::ONE.saturating_add(latest))
}

/// Writes a signed role under its own version.
pub(super) fn role<T: Role>(metadata: &Path, name: &str, file: &SignedFile<T>) -> Result<()> {
    let path = metadata.join(format!("{}.{name}.json", file.signed.signed.version()));
    files::create(&path, Audience::Everyone, &file.bytes)
}

/// The moment at which readers see a publication.
pub(super) fn timestamp(metadata: &Path, file: &SignedFile<Timestamp>) -> Result<()> {
    files::write(&metadata.join("timestamp.json"), Audience::Everyone, &file.bytes)
}
