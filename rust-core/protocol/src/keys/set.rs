//! Keys that count together, and how many of them must have signed.

use std::collections::BTreeSet;

use super::{PublicKey, pem};
use crate::{Error, KeyFault, limits, ordered};

/// One or more distinct public keys and the number of them that must sign (the threshold).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    keys: BTreeSet<PublicKey>,
    threshold: usize,
}

impl PublicKeys {
    /// Reads texts that each hold one or more PEM blocks, as `publicKey` in the app's configuration does.
    ///
    /// # Errors
    /// `public_key_invalid` as [`PublicKey::from_pem`], for no text at all, for a key given twice, and for a
    /// threshold that is 0 or more than the number of keys.
    pub fn from_pems<T: AsRef<str>>(texts: &[T], threshold: u32) -> Result<PublicKeys, Error> {
        if texts.is_empty() {
            return Err(KeyFault::Empty.into());
        }
        let mut keys = Vec::new();
        for text in texts {
            keys.extend(pem::public_keys(text.as_ref())?);
        }
        PublicKeys::new(keys, threshold)
    }

    /// The given keys with the given threshold.
    ///
    /// # Errors
    /// `public_key_invalid` as [`PublicKeys::from_pems`].
    pub fn new(keys: Vec<PublicKey>, threshold: u32) -> Result<PublicKeys, Error> {
        let count = keys.len();
        let keys = ordered::set(keys);
        if keys.len() != count {
            return Err(KeyFault::Duplicate.into());
        }
        if count > limits::KEYS_MAX {
            return Err(KeyFault::TooMany {
                count,
                max: limits::KEYS_MAX,
            }
            .into());
        }
        let needed = usize::try_from(threshold).unwrap_or(usize::MAX);
        if needed == 0 || needed > count {
            return Err(KeyFault::Threshold {
                threshold,
                keys: count,
            }
            .into());
        }
        Ok(PublicKeys {
            keys,
            threshold: needed,
        })
    }

    /// The keys, each once.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter()
    }

    /// Whether `key` is one of them.
    pub fn contains(&self, key: &PublicKey) -> bool {
        self.keys.contains(key)
    }

    /// How many distinct keys must have signed.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// The key that signatures call `key_id`.
    pub(crate) fn by_id(&self, key_id: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.key_id() == key_id)
    }
}
