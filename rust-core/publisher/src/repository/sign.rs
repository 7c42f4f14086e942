//! From a role to the bytes of its file: canonical form and schema by `tough`, signature by `ring`.

use std::num::NonZeroU64;

use airlock_protocol::Sha256Digest;
use serde::Serialize;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{Hashes, Metafile, Role, Signature, Signed};

use crate::error::{Error, Result};
use crate::key::PrivateKey;

/// A signed role and the exact bytes of its file.
#[derive(Debug)]
pub(super) struct SignedFile<T> {
    pub(super) signed: Signed<T>,
    pub(super) bytes: Vec<u8>,
}

/// Signs a role with one key.
///
/// `tough` keeps maps in random order, so its own serialisation differs from run to run. The file is written
/// from a `serde_json::Value`, whose maps are sorted: the same input gives the same bytes.
pub(super) fn sign<T: Role + Serialize>(role: T, key: &PrivateKey) -> Result<SignedFile<T>> {
    let message = role.canonical_form().map_err(library)?;
    let signature = Signature {
        keyid: key_id(key)?,
        sig: key.sign(&message)?.into(),
    };
    let signed = Signed {
        signed: role,
        signatures: vec![signature],
    };
    let mut bytes = serde_json::to_value(&signed)
        .and_then(|value| serde_json::to_vec_pretty(&value))
        .map_err(library)?;
    bytes.push(b'\n');
    Ok(SignedFile { signed, bytes })
}

impl<T: Role> SignedFile<T> {
    /// The entry for this file in the role above it: version, length and hash.
    pub(super) fn entry(&self) -> Metafile {
        entry(self.signed.signed.version(), &self.bytes)
    }
}

/// The entry for a metadata file with these bytes.
pub(super) fn entry(version: NonZeroU64, bytes: &[u8]) -> Metafile {
    Metafile {
        length: Some(bytes.len() as u64),
        hashes: Some(hashes(&Sha256Digest::of(bytes))),
        version,
        _extra: Default::default(),
    }
}

/// A digest as TUF writes it.
pub(super) fn hashes(digest: &Sha256Digest) -> Hashes {
    Hashes {
        sha256: digest.as_bytes().to_vec().into(),
        _extra: Default::default(),
    }
}

/// The public half as TUF writes it. Read back from the protocol's own form, so that both agree on the key's
/// id.
pub(super) fn tuf_key(key: &PrivateKey) -> Result<Key> {
    serde_json::from_value(key.public_key()?.to_tuf()).map_err(library)
}

/// The id by which signatures name the key (specification section 4.2).
pub(super) fn key_id(key: &PrivateKey) -> Result<Decoded<Hex>> {
    tuf_key(key)?.key_id().map_err(library)
}

fn library(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("signing metadata: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyType;

    #[test]
    fn both_implementations_give_a_key_the_same_id() {
        for key_type in [KeyType::Ed25519, KeyType::EcdsaP256] {
            let key = PrivateKey::generate(key_type).unwrap();
            let by_tough: Vec<u8> = key_id(&key).unwrap().into_vec();
            let by_protocol: Sha256Digest = key.public_key().unwrap().key_id().parse().unwrap();
            assert_eq!(by_tough, by_protocol.as_bytes());
        }
    }
}
