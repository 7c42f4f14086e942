//! The keys of one role: which may sign, and how many must.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    Error, hex,
    keys::{PublicKey, PublicKeys},
    limits, ordered,
};

/// The `keys` object of root or delegations, by key id.
pub(super) type WireKeys = BTreeMap<String, WireKey>;

/// A key as TUF metadata writes it (specification section 4.2). Keys of other types than ours are allowed
/// there; they can sign nothing.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WireKey {
    keytype: String,
    scheme: String,
    keyval: WireKeyValue,
}

#[derive(Debug, Clone, Deserialize)]
struct WireKeyValue {
    public: Option<String>,
}

/// The keys and threshold of one role, as the role above it gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoleKeys {
    keys: BTreeMap<String, PublicKey>,
    threshold: u32,
}

impl RoleKeys {
    /// Picks the keys with `key_ids` from `keys`. An error is the rule that is broken.
    pub(super) fn new(key_ids: &[String], threshold: u32, keys: &WireKeys) -> Result<RoleKeys, &'static str> {
        if threshold == 0 {
            return Err("a threshold is 0");
        }
        if key_ids.len() > limits::KEYS_MAX || keys.len() > limits::KEYS_MAX {
            return Err("it names too many keys");
        }
        let distinct = ordered::set(key_ids.iter().map(String::as_str));
        if distinct.len() != key_ids.len() {
            return Err("a role names one key id twice");
        }
        let usable = |id: &String| Some((id.clone(), read_key(keys.get(id)?)?));
        Ok(RoleKeys {
            keys: ordered::map(key_ids.iter().filter_map(usable)),
            threshold,
        })
    }

    /// How many distinct keys signed `message`, and how many must.
    ///
    /// Counts keys by their material: the same key under two ids, or two signatures by one key, count once.
    pub(super) fn count(&self, message: &[u8], signatures: &[(String, Vec<u8>)]) -> Count {
        let signed_by = |(id, signature): &(String, Vec<u8>)| {
            self.keys.get(id).filter(|key| key.verifies(message, signature))
        };
        let valid = ordered::set(signatures.iter().filter_map(signed_by));
        Count {
            valid: valid.len(),
            threshold: usize::try_from(self.threshold).unwrap_or(usize::MAX),
        }
    }

    /// The same for those of the keys that are also among `trusted`, against the threshold of `trusted`.
    pub(super) fn count_trusted(
        &self,
        trusted: &PublicKeys,
        message: &[u8],
        signatures: &[(String, Vec<u8>)],
    ) -> Count {
        let keys = self.keys.iter().filter(|(_, key)| trusted.contains(key));
        let both = RoleKeys {
            keys: ordered::map(keys.map(|(id, key)| (id.clone(), key.clone()))),
            threshold: 1,
        };
        Count {
            threshold: trusted.threshold(),
            ..both.count(message, signatures)
        }
    }

    /// The keys as a set with its threshold, for signatures outside TUF.
    ///
    /// # Errors
    /// `public_key_invalid` if the role has fewer usable keys than its threshold.
    pub(super) fn public_keys(&self) -> Result<PublicKeys, Error> {
        let distinct = ordered::set(self.keys.values());
        PublicKeys::new(distinct.into_iter().cloned().collect(), self.threshold)
    }
}

/// The outcome of counting signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) valid: usize,
    pub(super) threshold: usize,
}

impl Count {
    pub(super) fn is_enough(self) -> bool {
        self.valid >= self.threshold
    }
}

/// Reads the encodings that TUF repositories use: hex for Ed25519, PEM or a hex point for ECDSA, PEM for
/// RSA. The key's own type must be the one that `keytype` and `scheme` announce.
fn read_key(wire: &WireKey) -> Option<PublicKey> {
    let public = wire.keyval.public.as_deref()?;
    let key = match hex::decode(public) {
        Some(bytes) if wire.keytype == "ed25519" => PublicKey::from_ed25519(bytes.try_into().ok()?).ok()?,
        Some(bytes) => PublicKey::from_p256_point(&bytes).ok()?,
        None => PublicKey::from_pem(public).ok()?,
    };
    key.fits(&wire.keytype, &wire.scheme).then_some(key)
}
