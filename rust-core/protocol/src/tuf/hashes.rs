//! The `hashes` object of TUF metadata.

use std::collections::BTreeMap;

use crate::{ChecksumFault, Error, Sha256Digest, hex};

/// The hashes that signed metadata gives for a file. SHA-256 and SHA-512 are understood, others skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hashes {
    sha256: Option<Sha256Digest>,
    sha512: Option<Vec<u8>>,
}

impl Hashes {
    /// Nothing if a hash that is understood is not well formed.
    pub(super) fn read(wire: &BTreeMap<String, String>) -> Option<Hashes> {
        let sha256 = wire.get("sha256").map(|text| text.parse().ok());
        let sha512 = wire
            .get("sha512")
            .map(|text| hex::decode(text).filter(|bytes| bytes.len() == 64));
        // `Some(None)` is a hash that is there but malformed.
        (sha256 != Some(None) && sha512 != Some(None)).then(|| Hashes {
            sha256: sha256.flatten(),
            sha512: sha512.flatten(),
        })
    }

    /// The SHA-256, if there is one.
    pub fn sha256(&self) -> Option<&Sha256Digest> {
        self.sha256.as_ref()
    }

    /// The hash that prefixes a file's name under consistent snapshots.
    pub(super) fn prefix(&self) -> Option<String> {
        let sha512 = || self.sha512.as_deref().map(hex::encode);
        self.sha256.map(|digest| digest.to_string()).or_else(sha512)
    }

    /// Checks `bytes` against every hash that is understood; there must be one.
    ///
    /// # Errors
    /// `checksum_mismatch`.
    pub fn check(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let fault = |algorithm| {
            Error::from(ChecksumFault::Hash {
                name: name.to_owned(),
                algorithm,
            })
        };
        if self.sha256.is_none() && self.sha512.is_none() {
            return Err(fault("SHA-256 or SHA-512"));
        }
        if self
            .sha256
            .is_some_and(|expected| expected != Sha256Digest::of(bytes))
        {
            return Err(fault("SHA-256"));
        }
        // ring's, which is in the library for TLS anyhow.
        let digest = |bytes| ring::digest::digest(&ring::digest::SHA512, bytes);
        let sha512 = |expected: &Vec<u8>| expected.as_slice() != digest(bytes).as_ref();
        if self.sha512.as_ref().is_some_and(sha512) {
            return Err(fault("SHA-512"));
        }
        Ok(())
    }
}
