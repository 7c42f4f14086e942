//! Whatever can sign as one key: a key in memory, a key file, another program. And several of them together.

use std::fmt;

use airlock_protocol::keys::{PublicKey, PublicKeys};

use crate::error::{Error, Result};
use crate::key::PrivateKey;

/// Signs as one key, with the algorithm that belongs to the key's type.
pub trait Sign: fmt::Debug {
    /// The public half. Cheap where possible: asking must not need a passphrase that signing would not need.
    ///
    /// # Errors
    /// Whatever keeps it from being known: an unreadable file, a program that does not answer.
    fn public_key(&self) -> Result<PublicKey>;

    /// The signature over `message`: raw for Ed25519 and RSA-PSS, ASN.1 DER for ECDSA.
    ///
    /// # Errors
    /// Whatever keeps the key from signing.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;

    /// Makes ready to sign, before anything is written that would be in vain: asks for the passphrase.
    ///
    /// # Errors
    /// Whatever would keep it from signing, as far as it can be known.
    fn unlock(&self) -> Result<()> {
        Ok(())
    }
}

impl Sign for PrivateKey {
    fn public_key(&self) -> Result<PublicKey> {
        PrivateKey::public_key(self)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        PrivateKey::sign(self, message)
    }
}

impl<S: Sign + ?Sized> Sign for &S {
    fn public_key(&self) -> Result<PublicKey> {
        (**self).public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        (**self).sign(message)
    }

    fn unlock(&self) -> Result<()> {
        (**self).unlock()
    }
}

/// The keys at hand for one run, each once. Which of them sign what, the repository's metadata decides.
#[derive(Debug, Default)]
pub struct Signers<'k>(Vec<Signer<'k>>);

#[derive(Debug)]
struct Signer<'k> {
    public: PublicKey,
    key: Box<dyn Sign + 'k>,
}

impl<'k> Signers<'k> {
    /// No key at all.
    pub fn new() -> Signers<'k> {
        Signers::default()
    }

    /// One key.
    ///
    /// # Errors
    /// As [`Sign::public_key`].
    pub fn one(key: impl Sign + 'k) -> Result<Signers<'k>> {
        let mut signers = Signers::new();
        signers.add(key)?;
        Ok(signers)
    }

    /// Another key. A key that is there already is not added again: twice the same is one.
    ///
    /// # Errors
    /// As [`Sign::public_key`].
    pub fn add(&mut self, key: impl Sign + 'k) -> Result<()> {
        let public = key.public_key()?;
        if !self.contains(&public) {
            let key = Box::new(key);
            self.0.push(Signer { public, key });
        }
        Ok(())
    }

    /// The same with a key more.
    ///
    /// # Errors
    /// As [`Sign::public_key`].
    pub fn and(mut self, key: impl Sign + 'k) -> Result<Signers<'k>> {
        self.add(key)?;
        Ok(self)
    }

    /// Whether the private half of this key is at hand.
    pub fn contains(&self, key: &PublicKey) -> bool {
        self.0.iter().any(|signer| signer.public == *key)
    }

    /// Those of the keys that are among `keys`.
    pub fn among(&self, keys: &PublicKeys) -> Signers<'_> {
        let wanted = self.0.iter().filter(|signer| keys.contains(&signer.public));
        Signers(
            wanted
                .map(|signer| Signer {
                    public: signer.public.clone(),
                    key: Box::new(&*signer.key),
                })
                .collect(),
        )
    }

    /// Makes the keys ready to sign that are among `keys`.
    pub(crate) fn unlock(&self, keys: &[PublicKey]) -> Result<()> {
        let mut wanted = self.0.iter().filter(|signer| keys.contains(&signer.public));
        wanted.try_for_each(|signer| signer.key.unlock())
    }

    /// The public halves, in the order in which the keys were added.
    pub fn public_keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().map(|signer| &signer.public)
    }

    /// Signs with one of the keys and checks the signature before anybody uses it: a program or a device that
    /// holds another key than it says must be noticed here, not by every phone.
    ///
    /// # Errors
    /// `config_invalid` when the key is not at hand or the signature is not one of this key; as
    /// [`Sign::sign`].
    pub fn sign(&self, key: &PublicKey, message: &[u8]) -> Result<Vec<u8>> {
        let signer = self
            .0
            .iter()
            .find(|signer| signer.public == *key)
            .ok_or_else(|| {
                Error::Project(format!("the private half of key {} is not at hand", short(key)))
            })?;
        let signature = signer.key.sign(message)?;
        if key.verifies(message, &signature) {
            return Ok(signature);
        }
        Err(Error::Project(format!(
            "{:?} gave a signature that key {} does not verify: check that it holds the private half of that \
             key and signs the whole message",
            signer.key,
            short(key)
        )))
    }
}

/// The beginning of a key's id: enough to tell keys apart, as `airlock keys list` shows it.
pub(crate) fn short(key: &PublicKey) -> String {
    key.key_id().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyType;

    /// Says that it is one key and signs with another.
    #[derive(Debug)]
    struct Liar {
        says: PrivateKey,
        signs: PrivateKey,
    }

    impl Sign for Liar {
        fn public_key(&self) -> Result<PublicKey> {
            self.says.public_key()
        }

        fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
            self.signs.sign(message)
        }
    }

    fn key() -> PrivateKey {
        PrivateKey::generate(KeyType::Ed25519).unwrap()
    }

    #[test]
    fn a_signature_is_checked_before_it_is_used() {
        let honest = key();
        let signers = Signers::one(&honest).unwrap();
        signers.sign(&honest.public_key().unwrap(), b"message").unwrap();

        let liar = Liar {
            says: key(),
            signs: key(),
        };
        let signers = Signers::one(&liar).unwrap();
        let error = signers
            .sign(&liar.says.public_key().unwrap(), b"message")
            .unwrap_err();
        assert!(error.to_string().contains("does not verify"), "{error}");
    }

    #[test]
    fn twice_the_same_key_is_one() {
        let (one, other) = (key(), key());
        let signers = Signers::one(&one)
            .unwrap()
            .and(&one)
            .unwrap()
            .and(&other)
            .unwrap();
        assert_eq!(signers.public_keys().count(), 2);
        let only = PublicKeys::new(vec![other.public_key().unwrap()], 1).unwrap();
        assert_eq!(signers.among(&only).public_keys().count(), 1);
    }
}
