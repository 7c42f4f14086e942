//! From a role to the bytes of its file: canonical form and schema by `tough`, signature by `ring`.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use airlock_protocol::Sha256Digest;
use airlock_protocol::keys::PublicKey;
use serde::Serialize;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{Hashes, Metafile, Role, Signature, Signed};

use super::holders::Quorum;
use crate::error::{Error, Result};
use crate::signer::Signers;

/// A signed role and the exact bytes of its file.
#[derive(Debug)]
pub(super) struct SignedFile<T> {
    pub(super) signed: Signed<T>,
    pub(super) bytes: Vec<u8>,
}

/// Signs a role with every key at hand that one of the quorums names. Each of `required` must be met; `also`
/// are signed for as far as their keys are there.
///
/// Signatures stand in the order of the keys, so that the order of key files changes nothing.
///
/// `tough` keeps maps in random order, so its own serialisation differs from run to run. The file is written
/// from a `serde_json::Value`, whose maps are sorted: the same input gives the same bytes.
pub(super) fn sign<T: Role + Serialize>(
    role: T,
    required: &[Quorum],
    also: Option<&Quorum>,
    signers: &Signers<'_>,
) -> Result<SignedFile<T>> {
    required.iter().try_for_each(|quorum| quorum.require(signers))?;
    let message = role.canonical_form().map_err(library)?;
    let named: BTreeMap<&PublicKey, &Decoded<Hex>> = required
        .iter()
        .chain(also)
        .flat_map(Quorum::keys)
        .filter(|(_, key)| signers.contains(key))
        .map(|(id, key)| (key, id))
        .collect();
    let sign = |(key, id): (&PublicKey, &Decoded<Hex>)| -> Result<Signature> {
        Ok(Signature {
            keyid: id.clone(),
            sig: signers.sign(key, &message)?.into(),
        })
    };
    let signatures = named.into_iter().map(sign).collect::<Result<Vec<_>>>()?;
    let signed = Signed {
        signed: role,
        signatures,
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

/// A public key as TUF writes it. Read back from the protocol's own form, so that both agree on the key's id.
pub(super) fn tuf_key(key: &PublicKey) -> Result<Key> {
    serde_json::from_value(key.to_tuf()).map_err(library)
}

/// The id by which signatures name the key (specification section 4.2).
pub(super) fn key_id(key: &PublicKey) -> Result<Decoded<Hex>> {
    tuf_key(key)?.key_id().map_err(library)
}

/// The other way: a key of the metadata, if it is of a kind that devices use.
pub(super) fn public_key(key: &Key) -> Option<PublicKey> {
    match key {
        Key::Ed25519 { keyval, .. } => {
            let bytes: &[u8] = keyval.public.as_ref();
            PublicKey::from_ed25519(bytes.try_into().ok()?).ok()
        }
        _ => {
            let value = serde_json::to_value(key).ok()?;
            PublicKey::from_pem(value.pointer("/keyval/public")?.as_str()?).ok()
        }
    }
}

fn library(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("signing metadata: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{KeyType, PrivateKey};

    #[test]
    fn both_implementations_give_a_key_the_same_id() {
        for key_type in [KeyType::Ed25519, KeyType::EcdsaP256] {
            let key = PrivateKey::generate(key_type).unwrap().public_key().unwrap();
            let by_tough: Vec<u8> = key_id(&key).unwrap().into_vec();
            let by_protocol: Sha256Digest = key.key_id().parse().unwrap();
            assert_eq!(by_tough, by_protocol.as_bytes());
            assert_eq!(public_key(&tuf_key(&key).unwrap()), Some(key));
        }
    }
}
