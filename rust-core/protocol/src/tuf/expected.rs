//! What trusted metadata says about the next document, and the check of it.

use std::collections::BTreeMap;

use super::{
    Fetch, Stored,
    document::{Body, Document},
    hashes::Hashes,
    keyring::RoleKeys,
    root::Layout,
    url,
};
use crate::{Error, MetadataFault, UnixMillis};

/// An entry of `meta` in timestamp or snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MetaFile {
    version: u64,
    length: Option<u64>,
    hashes: Option<Hashes>,
}

#[derive(serde::Deserialize)]
pub(super) struct WireMetaFile {
    version: u64,
    length: Option<u64>,
    hashes: Option<BTreeMap<String, String>>,
}

impl WireMetaFile {
    pub(super) fn read(&self) -> Result<MetaFile, String> {
        if self.version == 0 {
            return Err("a version is 0".to_owned());
        }
        let hashes = self
            .hashes
            .as_ref()
            .map(|wire| Hashes::read(wire).ok_or("a hash is malformed"))
            .transpose()?;
        Ok(MetaFile {
            version: self.version,
            length: self.length,
            hashes,
        })
    }
}

impl MetaFile {
    pub(super) fn version(&self) -> u64 {
        self.version
    }
}

/// A document that is expected next: its role, who must have signed it, and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) role: &'a str,
    pub(super) keys: &'a RoleKeys,
    pub(super) meta: &'a MetaFile,
    /// The most bytes accepted whatever the metadata says.
    pub(super) cap: u64,
    pub(super) now: UnixMillis,
}

impl Expected<'_> {
    /// Where to get it. The length is bounded by the metadata that names it, and by the cap.
    pub(super) fn fetch(&self, layout: Layout) -> Fetch {
        let name = match layout {
            Layout::Consistent => format!("{}.{}", self.meta.version, self.file_name()),
            Layout::Plain => self.file_name(),
        };
        Fetch {
            name,
            max_bytes: self.max_bytes(),
        }
    }

    /// The name under which it is stored.
    pub(super) fn file_name(&self) -> String {
        format!("{}.json", url::segment(self.role))
    }

    /// The body of `bytes`, if they are what is expected: length and hashes, signatures, type, version,
    /// expiry date, in this order.
    ///
    /// # Errors
    /// `metadata_invalid`, `metadata_expired`.
    pub(super) fn accept<T: Body>(&self, bytes: &[u8]) -> Result<T, Error> {
        let document = self.file_name();
        self.check_bytes(&document, bytes)?;
        let body: T = Document::parse(&document, bytes, self.max_bytes())?.verified(self.keys)?;
        let header = body.header();
        if header.version != self.meta.version {
            let detail = format!(
                "it has version {}, expected {}",
                header.version, self.meta.version
            );
            return Err(MetadataFault::invalid(&document, detail).into());
        }
        header.check_fresh(&document, self.now)?;
        Ok(body)
    }

    /// The stored copy, if it is what is expected.
    pub(super) fn accept_stored<T: Body>(&self, stored: &Stored) -> Option<T> {
        self.accept(stored.file(&self.file_name())?).ok()
    }

    fn max_bytes(&self) -> u64 {
        self.meta.length.map_or(self.cap, |length| length.min(self.cap))
    }

    fn check_bytes(&self, document: &str, bytes: &[u8]) -> Result<(), Error> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.meta.length.is_some_and(|expected| expected != length) {
            let detail = "its length is not the one that signed metadata gives";
            return Err(MetadataFault::invalid(document, detail).into());
        }
        let hashes = self
            .meta
            .hashes
            .as_ref()
            .map_or(Ok(()), |hashes| hashes.check(document, bytes));
        hashes.map_err(|fault| MetadataFault::invalid(document, fault).into())
    }
}
