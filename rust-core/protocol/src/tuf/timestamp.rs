//! timestamp.json: which snapshot is current (specification sections 4.6 and 5.4).

use std::collections::BTreeMap;

use super::{
    SNAPSHOT, TIMESTAMP,
    document::{Body, Document, Header},
    expected::{MetaFile, WireMetaFile},
    keyring::RoleKeys,
};
use crate::{Error, MetadataFault, UnixMillis, limits};

/// A timestamp signed by the timestamp role of a trusted root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timestamp {
    header: Header,
    snapshot: MetaFile,
}

#[derive(serde::Deserialize)]
pub(super) struct WireTimestamp {
    meta: BTreeMap<String, WireMetaFile>,
}

impl Body for Timestamp {
    const TYPE: &'static str = "timestamp";
    type Wire = WireTimestamp;

    fn read(mut wire: WireTimestamp, header: Header) -> Result<Timestamp, String> {
        match (wire.meta.remove(SNAPSHOT), wire.meta.is_empty()) {
            (Some(snapshot), true) => Ok(Timestamp {
                header,
                snapshot: snapshot.read()?,
            }),
            _ => Err("it must name snapshot.json and nothing else".to_owned()),
        }
    }

    fn header(&self) -> Header {
        self.header
    }
}

impl Timestamp {
    /// Checks signatures only: also an expired timestamp says which versions this device has seen.
    ///
    /// # Errors
    /// `metadata_invalid`.
    pub(super) fn verify(bytes: &[u8], keys: &RoleKeys) -> Result<Timestamp, Error> {
        Document::parse(TIMESTAMP, bytes, limits::TIMESTAMP_BYTES)?.verified(keys)
    }

    /// Checks that neither this timestamp nor the snapshot it names goes back (5.4.3).
    ///
    /// # Errors
    /// `downgrade_refused`.
    pub(super) fn check_follows(&self, seen: &Timestamp) -> Result<(), Error> {
        check_not_lower(TIMESTAMP, seen.version(), self.version())?;
        check_not_lower(SNAPSHOT, seen.snapshot.version(), self.snapshot.version())
    }

    /// # Errors
    /// `metadata_expired`.
    pub(super) fn check_fresh(&self, now: UnixMillis) -> Result<(), Error> {
        self.header.check_fresh(TIMESTAMP, now)
    }

    pub(super) fn version(&self) -> u64 {
        self.header.version
    }

    pub(super) fn snapshot(&self) -> &MetaFile {
        &self.snapshot
    }
}

/// # Errors
/// `downgrade_refused` if `offered` is below `seen`.
pub(super) fn check_not_lower(document: &str, seen: u64, offered: u64) -> Result<(), Error> {
    if offered >= seen {
        return Ok(());
    }
    Err(MetadataFault::Downgrade {
        document: document.to_owned(),
        seen,
        offered,
    }
    .into())
}
