//! snapshot.json: the version of every targets role (specification sections 4.4 and 5.5).

use std::collections::BTreeMap;

use super::{
    SNAPSHOT, TARGETS,
    document::{Body, Document, Header},
    expected::{MetaFile, WireMetaFile},
    keyring::RoleKeys,
    timestamp::check_not_lower,
};
use crate::{Error, MetadataFault, limits};

/// A snapshot signed by the snapshot role of a trusted root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    header: Header,
    targets: MetaFile,
    /// Every role by its file name, `targets.json` included.
    meta: BTreeMap<String, MetaFile>,
}

#[derive(serde::Deserialize)]
pub(super) struct WireSnapshot {
    meta: BTreeMap<String, WireMetaFile>,
}

impl Body for Snapshot {
    const TYPE: &'static str = "snapshot";
    type Wire = WireSnapshot;

    fn read(wire: WireSnapshot, header: Header) -> Result<Snapshot, String> {
        let mut meta = BTreeMap::new();
        for (name, file) in wire.meta {
            meta.insert(name, file.read()?);
        }
        let targets = meta.get(TARGETS).ok_or("it does not name targets.json")?.clone();
        Ok(Snapshot {
            header,
            targets,
            meta,
        })
    }

    fn header(&self) -> Header {
        self.header
    }
}

impl Snapshot {
    /// Checks signatures only: a snapshot that is out of date still says which versions were seen.
    ///
    /// # Errors
    /// `metadata_invalid`.
    pub(super) fn verify(bytes: &[u8], keys: &RoleKeys) -> Result<Snapshot, Error> {
        Document::parse(SNAPSHOT, bytes, limits::SNAPSHOT_BYTES)?.verified(keys)
    }

    /// Checks that no role that was `seen` has gone back or vanished (5.5.5), nor the snapshot itself: a
    /// stored timestamp says so too (5.4.3), but it may be damaged.
    ///
    /// # Errors
    /// `downgrade_refused`.
    pub(super) fn check_follows(&self, seen: &Snapshot) -> Result<(), Error> {
        check_not_lower(SNAPSHOT, seen.version(), self.version())?;
        for (name, old) in &seen.meta {
            let new = self.meta.get(name).ok_or_else(|| MetadataFault::Vanished {
                document: name.clone(),
            })?;
            check_not_lower(name, old.version(), new.version())?;
        }
        Ok(())
    }

    pub(super) fn version(&self) -> u64 {
        self.header.version
    }

    pub(super) fn targets(&self) -> &MetaFile {
        &self.targets
    }

    /// What it says of the role `name`; a role that it does not name must not be used.
    pub(super) fn role(&self, name: &str) -> Option<&MetaFile> {
        self.meta.get(&format!("{name}.json"))
    }
}
