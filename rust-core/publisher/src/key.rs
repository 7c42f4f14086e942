//! Private keys: made, kept as PKCS#8 PEM files (RFC 5958, RFC 7468), and used to sign. Never linked into a
//! phone.

use std::fmt;

use airlock_protocol::keys::PublicKey;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::PemLabel;
use pkcs8::der::{Decode, Encode};
use pkcs8::{
    AlgorithmIdentifierRef, Document, EncryptedPrivateKeyInfoRef, LineEnding, ObjectIdentifier,
    PrivateKeyInfoRef, SecretDocument,
};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PSS_SHA256, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// RFC 8410 section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// RFC 5480 section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 8017 appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The kind of a key pair; it alone decides the signature algorithm (design section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA with P-256 and SHA-256, signatures in ASN.1 DER.
    EcdsaP256,
    /// RSA PSS with SHA-256, 2048 bits or more. Such keys are read, for authors who have one, but not made.
    Rsa,
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyType::Ed25519 => "ed25519",
            KeyType::EcdsaP256 => "ecdsa-p256",
            KeyType::Rsa => "rsa",
        })
    }
}

/// The words that protect a private key file. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Wraps the words as typed.
    ///
    /// # Errors
    /// `usage` when empty: a key without protection must be asked for by name, not by a blank line.
    pub fn new(words: String) -> Result<Passphrase> {
        if words.is_empty() {
            return Err(Error::Usage(
                "the passphrase is empty: use --no-passphrase to store keys unprotected".into(),
            ));
        }
        Ok(Passphrase(Zeroizing::new(words)))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// How a private key file is protected at rest.
#[derive(Debug, Clone)]
pub enum Protection {
    /// PKCS#8 encrypted with scrypt and AES-256-CBC (RFC 8018 PBES2, RFC 7914).
    Passphrase(Passphrase),
    /// In the clear. The file's permissions are all that protects it.
    Nothing,
}

/// A key pair that can sign. Its `Debug` shows the public half only.
pub struct PrivateKey {
    pair: Pair,
    pkcs8: SecretDocument,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    EcdsaP256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl PrivateKey {
    /// Makes a new key pair from the system's random source.
    ///
    /// # Errors
    /// `usage` for RSA, which is read but not made; `internal` when the system gives no randomness.
    pub fn generate(key_type: KeyType) -> Result<PrivateKey> {
        let pkcs8 = match key_type {
            KeyType::Ed25519 => new_ed25519()?,
            KeyType::EcdsaP256 => new_ecdsa_p256()?,
            KeyType::Rsa => {
                return Err(Error::Usage(
                    "RSA keys are read but not made: choose ed25519".into(),
                ));
            }
        };
        PrivateKey::from_pkcs8(pkcs8)
    }

    /// Reads one PEM block, `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`.
    ///
    /// `passphrase` is called only when the block is encrypted.
    ///
    /// # Errors
    /// `config_invalid` when the text is no private key of a known type, or the passphrase does not open it;
    /// whatever `passphrase` fails with.
    pub fn from_pem(pem: &str, passphrase: impl FnOnce() -> Result<Passphrase>) -> Result<PrivateKey> {
        let (label, document) = SecretDocument::from_pem(pem)
            .map_err(|_| Error::Project("this is not a PEM file with a private key".into()))?;
        match label {
            PrivateKeyInfoRef::PEM_LABEL => PrivateKey::from_pkcs8(document),
            EncryptedPrivateKeyInfoRef::PEM_LABEL => {
                PrivateKey::from_pkcs8(decrypt(&document, &passphrase()?)?)
            }
            other => Err(Error::Project(format!(
                "this PEM file holds a {other}, expected a PKCS#8 private key: convert it with `openssl pkcs8 \
                 -topk8`"
            ))),
        }
    }

    /// Whether the PEM text is encrypted, so that reading it needs a passphrase.
    pub fn is_encrypted(pem: &str) -> bool {
        pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    }

    /// The PEM text to keep in a file.
    ///
    /// # Errors
    /// `internal` when encryption fails, for want of randomness.
    pub fn to_pem(&self, protection: &Protection) -> Result<Zeroizing<String>> {
        match protection {
            Protection::Nothing => self
                .pkcs8
                .to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
                .map_err(encoding),
            Protection::Passphrase(Passphrase(words)) => PrivateKeyInfoRef::from_der(self.pkcs8.as_bytes())
                .map_err(encoding)?
                .encrypt(words.as_bytes())
                .map_err(|_| Error::Internal("encrypting a private key failed".into()))?
                .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
                .map_err(encoding),
        }
    }

    /// The public half as devices see it; [`PublicKey::to_pem`] is what goes into the app's configuration.
    ///
    /// # Errors
    /// `public_key_invalid` when devices would not accept it, for example an RSA key that is too short.
    pub fn public_key(&self) -> Result<PublicKey> {
        match &self.pair {
            Pair::Ed25519(pair) => {
                let bytes = pair.public_key().as_ref().try_into();
                let bytes =
                    bytes.map_err(|_| Error::Internal("an Ed25519 key has the wrong length".into()))?;
                Ok(PublicKey::from_ed25519(bytes)?)
            }
            Pair::EcdsaP256(pair) => Ok(PublicKey::from_p256_point(pair.public_key().as_ref())?),
            Pair::Rsa(pair) => {
                let der = Document::try_from(pair.public_key().as_ref()).map_err(encoding)?;
                Ok(PublicKey::from_pem(
                    &der.to_pem("RSA PUBLIC KEY", LineEnding::LF).map_err(encoding)?,
                )?)
            }
        }
    }

    /// The kind of this key.
    pub fn key_type(&self) -> KeyType {
        match self.pair {
            Pair::Ed25519(_) => KeyType::Ed25519,
            Pair::EcdsaP256(_) => KeyType::EcdsaP256,
            Pair::Rsa(_) => KeyType::Rsa,
        }
    }

    /// Signs `message` with the algorithm that belongs to the key's kind.
    ///
    /// # Errors
    /// `internal` when the system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::EcdsaP256(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(no_random),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PSS_SHA256, &random, message, &mut signature)
                    .map_err(no_random)?;
                Ok(signature)
            }
        }
    }

    fn from_pkcs8(pkcs8: SecretDocument) -> Result<PrivateKey> {
        let der = pkcs8.as_bytes();
        let info = PrivateKeyInfoRef::from_der(der)
            .map_err(|_| Error::Project("this private key is not in PKCS#8 format".into()))?;
        let rejected = |error: ring::error::KeyRejected| {
            Error::Project(format!("this private key is unusable: {error}"))
        };
        let pair = match info.algorithm.oid {
            ED25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                .map(Pair::Ed25519)
                .map_err(rejected)?,
            EC_PUBLIC_KEY => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der, &SystemRandom::new())
                    .map(Pair::EcdsaP256)
                    .map_err(rejected)?
            }
            RSA_ENCRYPTION => RsaKeyPair::from_pkcs8(der).map(Pair::Rsa).map_err(rejected)?,
            _ => {
                return Err(Error::Project(
                    "this private key is of an unknown type: use Ed25519, ECDSA P-256 or RSA".into(),
                ));
            }
        };
        Ok(PrivateKey { pair, pkcs8 })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("type", &self.key_type())
            .finish_non_exhaustive()
    }
}

/// An Ed25519 key in PKCS#8 version 1 (RFC 8410 section 7). `ring` would write version 2, which older OpenSSL
/// releases refuse to read.
fn new_ed25519() -> Result<SecretDocument> {
    let mut seed = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(seed.as_mut()).map_err(no_random)?;
    let inner = OctetStringRef::new(seed.as_ref())
        .and_then(|seed| seed.to_der())
        .map(Zeroizing::new)
        .map_err(encoding)?;
    let algorithm = AlgorithmIdentifierRef {
        oid: ED25519,
        parameters: None,
    };
    let private_key = OctetStringRef::new(&inner).map_err(encoding)?;
    SecretDocument::try_from(PrivateKeyInfoRef::new(algorithm, private_key))
        .map_err(|error| Error::Internal(format!("encoding a key: {error}")))
}

fn new_ecdsa_p256() -> Result<SecretDocument> {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
        .map_err(no_random)?;
    SecretDocument::try_from(der.as_ref()).map_err(encoding)
}

fn decrypt(document: &SecretDocument, Passphrase(words): &Passphrase) -> Result<SecretDocument> {
    EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
        .map_err(|_| Error::Project("this encrypted private key is damaged".into()))?
        .decrypt(words.as_bytes())
        .map_err(|_| Error::Project("the passphrase does not open this private key".into()))
}

fn no_random(_: ring::error::Unspecified) -> Error {
    Error::Internal("the system gave no randomness, or the signature failed".into())
}

fn encoding(error: pkcs8::der::Error) -> Error {
    Error::Internal(format!("encoding a key: {error}"))
}
