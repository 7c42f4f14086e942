//! Public keys: how they are written, and how a signature is checked with one.
//!
//! The algorithm is fixed by the key: Ed25519, ECDSA P-256 with SHA-256, RSA-PSS with SHA-256. Nothing in
//! received bytes chooses it. Signatures are verified by `ring`.

mod der;
mod pem;
mod set;
mod small_order;

use std::fmt;

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::{Value, json};

use crate::{Error, KeyFault, Sha256Digest, hex, json::canonical};

pub use set::PublicKeys;

/// One public key of an accepted type, checked for its form (and, for RSA, its strength).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    kind: Kind,
    /// What `ring` wants: 32 bytes, the uncompressed point, or the PKCS#1 `RSAPublicKey`.
    material: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Ed25519,
    EcdsaP256,
    Rsa,
}

impl PublicKey {
    /// Reads the only PEM block in `text`: `PUBLIC KEY` (SPKI), or `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    /// `public_key_invalid` for empty text, junk, a private key, several blocks, other algorithms,
    /// encodings that are not canonical, RSA below 2048 bits or with an exponent below 65537.
    pub fn from_pem(text: &str) -> Result<PublicKey, Error> {
        let mut keys = pem::public_keys(text)?;
        match (keys.len(), keys.pop()) {
            (1, Some(key)) => Ok(key),
            (count, _) => Err(KeyFault::SeveralBlocks { count }.into()),
        }
    }

    /// The raw 32 bytes of an Ed25519 public key.
    ///
    /// # Errors
    /// `public_key_invalid` for a point of small order (all zeros, for example): everybody can sign for it.
    pub fn from_ed25519(bytes: [u8; 32]) -> Result<PublicKey, Error> {
        if small_order::contains(&bytes) {
            return Err(KeyFault::SmallOrder.into());
        }
        Ok(PublicKey {
            kind: Kind::Ed25519,
            material: bytes.to_vec(),
        })
    }

    /// An uncompressed P-256 point (65 bytes, the first 4), as some TUF repositories write it in hex.
    ///
    /// # Errors
    /// `public_key_invalid` for any other length or form.
    pub fn from_p256_point(point: &[u8]) -> Result<PublicKey, Error> {
        if point.len() == 65 && point.first() == Some(&4) {
            return Ok(PublicKey {
                kind: Kind::EcdsaP256,
                material: point.to_vec(),
            });
        }
        Err(KeyFault::Unsupported.into())
    }

    /// The key as PEM text (SPKI for every type), ending in a line feed.
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &der::spki(self))
    }

    /// The key as the `key` object of TUF metadata (`keytype`, `keyval`, `scheme`).
    pub fn to_tuf(&self) -> Value {
        let (keytype, scheme, public) = match self.kind {
            Kind::Ed25519 => ("ed25519", "ed25519", hex::encode(&self.material)),
            Kind::EcdsaP256 => ("ecdsa", "ecdsa-sha2-nistp256", self.to_pem()),
            Kind::Rsa => ("rsa", "rsassa-pss-sha256", self.to_pem()),
        };
        json!({"keytype": keytype, "keyval": {"public": public}, "scheme": scheme})
    }

    /// The id by which signatures name this key: SHA-256 over the canonical JSON of [`PublicKey::to_tuf`],
    /// in hex (TUF specification section 4.2).
    pub fn key_id(&self) -> String {
        Sha256Digest::of(&canonical(&self.to_tuf())).to_string()
    }

    /// Modulus and exponent of an RSA key, big-endian without leading zeros, for foreign formats that use RSA
    /// in a way of their own; nothing for other types.
    pub fn rsa_numbers(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        match self.kind {
            Kind::Rsa => der::rsa_numbers(&self.material),
            Kind::Ed25519 | Kind::EcdsaP256 => None,
        }
    }

    /// Whether `signature` over `message` was made with this key's private half. ECDSA signatures are DER.
    ///
    /// Says nothing about what kind of document `message` is: to verify a bundle or metadata use
    /// [`crate::envelope`] and [`crate::tuf`], which do.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm(), &self.material)
            .verify(message, signature)
            .is_ok()
    }

    fn algorithm(&self) -> &'static dyn VerificationAlgorithm {
        match self.kind {
            Kind::Ed25519 => &signature::ED25519,
            Kind::EcdsaP256 => &signature::ECDSA_P256_SHA256_ASN1,
            Kind::Rsa => &signature::RSA_PSS_2048_8192_SHA256,
        }
    }

    /// Whether TUF metadata may describe this key with `keytype` and `scheme`.
    pub(crate) fn fits(&self, keytype: &str, scheme: &str) -> bool {
        match self.kind {
            Kind::Ed25519 => keytype == "ed25519" && scheme == "ed25519",
            Kind::EcdsaP256 => {
                ["ecdsa", "ecdsa-sha2-nistp256"].contains(&keytype) && scheme == "ecdsa-sha2-nistp256"
            }
            Kind::Rsa => keytype == "rsa" && scheme == "rsassa-pss-sha256",
        }
    }
}

/// Shows the type and the beginning of the key id: enough to tell keys apart in a log.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id: String = self.key_id().chars().take(12).collect();
        write!(f, "PublicKey({:?}, {id})", self.kind)
    }
}
