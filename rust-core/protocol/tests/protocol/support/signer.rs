//! Private keys for tests, the same in every run.

use airlock_protocol::keys::PublicKey;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// An Ed25519 key made from a number.
#[derive(Clone)]
pub(crate) struct Signer(u8);

impl Signer {
    /// The key with this number.
    pub(crate) fn new(number: u8) -> Signer {
        Signer(number)
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::from_ed25519(self.pair().public_key().as_ref().try_into().unwrap()).unwrap()
    }

    pub(crate) fn pem(&self) -> String {
        self.public().to_pem()
    }

    pub(crate) fn key_id(&self) -> String {
        self.public().key_id()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair().sign(message).as_ref().to_vec()
    }

    /// An entry of `signatures` in TUF metadata.
    pub(crate) fn tuf_signature(&self, message: &[u8]) -> Value {
        json!({"keyid": self.key_id(), "sig": hex(&self.sign(message))})
    }

    fn pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[self.0; 32]).unwrap()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
