//! The embedded bundle: shipped inside the app binary, always bootable.

use std::path::{Path, PathBuf};

use airlock_protocol::{BundleId, CHECKSUM_FILE, ChecksumHead, Sequence, limits};

use crate::ports::Disk;
use crate::records::{Bundle, BundleStatus, Origin};
use crate::store::read_capped;

/// The id of an embedded bundle that carries no checksum.json.
pub(crate) const UNNAMED: &str = "embedded";

/// What is known of the embedded bundle. Reading it never fails (R6).
#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    root: PathBuf,
    id: Option<BundleId>,
    version: String,
    sequence: Option<Sequence>,
}

impl Embedded {
    /// Looks for a checksum.json (`airlock pack --in-place` writes it); without a readable one the
    /// bundle is known by the configured version, else the native version.
    pub(crate) fn read(disk: &dyn Disk, root: &Path, fallback_version: &str) -> Self {
        let bytes = read_capped(disk, &root.join(CHECKSUM_FILE), limits::CHECKSUM_JSON_BYTES)
            .ok()
            .flatten();
        let head = bytes.and_then(|bytes| ChecksumHead::parse(&bytes).ok());
        Self {
            root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()),
            id: head.as_ref().map(|head| head.id),
            sequence: head.as_ref().map(|head| head.sequence),
            version: head.map_or_else(|| fallback_version.to_owned(), |head| head.version),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn id(&self) -> Option<BundleId> {
        self.id
    }

    pub(crate) fn sequence(&self) -> Option<Sequence> {
        self.sequence
    }

    pub(crate) fn id_text(&self) -> String {
        self.id.map_or_else(|| UNNAMED.to_owned(), |id| id.to_string())
    }

    pub(crate) fn is_named(&self, id: &str) -> bool {
        id == UNNAMED || self.id.is_some_and(|own| own.to_string() == id)
    }

    pub(crate) fn bundle(&self) -> Bundle {
        Bundle {
            id: self.id_text(),
            version: self.version.clone(),
            sequence: self.sequence.map(Sequence::get),
            status: BundleStatus::Confirmed,
            origin: Origin::Embedded,
            installed_at: None,
        }
    }
}
