//! Who the device is to a server that asks (mutual TLS), with a key that stays where it is.

use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{Error, OtherError, SignatureAlgorithm};

/// A certificate and the use of its key. The key itself never leaves the platform: Keystore, Keychain, a file of the
/// desktop host. Asked anew in each handshake in which the server demands a certificate, on the network's threads; it
/// blocks them. An error is for people, ends the connection and stands in `download_failed`.
pub trait ClientIdentity: Send + Sync {
    /// DER certificates, the client's own first. None at all: there is no identity now, and the connection goes on
    /// without one.
    fn certificates(&self) -> Result<Vec<Vec<u8>>, String>;

    /// What the key can sign with, best first.
    fn schemes(&self) -> Result<Vec<SignatureScheme>, String>;

    /// The signature over `message`, which is the whole message and no digest. ECDSA as DER, RSA-PSS with a salt as long
    /// as the digest (RFC 8446 section 4.2.3).
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, String>;
}

/// How a key signs: the ones of TLS 1.3 (RFC 8446 section 4.2.3), and PKCS#1 v1.5 for servers that speak TLS 1.2 only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
    /// ECDSA on P-521 with SHA-512.
    EcdsaP521Sha512,
    /// Ed25519.
    Ed25519,
    /// RSA-PSS with SHA-256.
    RsaPssSha256,
    /// RSA-PSS with SHA-384.
    RsaPssSha384,
    /// RSA-PSS with SHA-512.
    RsaPssSha512,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaPkcs1Sha512,
}

impl SignatureScheme {
    /// All of them, best first within a kind of key.
    pub const ALL: [Self; 10] = [
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
        Self::EcdsaP521Sha512,
        Self::Ed25519,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
    ];
}

impl From<SignatureScheme> for rustls::SignatureScheme {
    fn from(scheme: SignatureScheme) -> Self {
        match scheme {
            SignatureScheme::EcdsaP256Sha256 => Self::ECDSA_NISTP256_SHA256,
            SignatureScheme::EcdsaP384Sha384 => Self::ECDSA_NISTP384_SHA384,
            SignatureScheme::EcdsaP521Sha512 => Self::ECDSA_NISTP521_SHA512,
            SignatureScheme::Ed25519 => Self::ED25519,
            SignatureScheme::RsaPssSha256 => Self::RSA_PSS_SHA256,
            SignatureScheme::RsaPssSha384 => Self::RSA_PSS_SHA384,
            SignatureScheme::RsaPssSha512 => Self::RSA_PSS_SHA512,
            SignatureScheme::RsaPkcs1Sha256 => Self::RSA_PKCS1_SHA256,
            SignatureScheme::RsaPkcs1Sha384 => Self::RSA_PKCS1_SHA384,
            SignatureScheme::RsaPkcs1Sha512 => Self::RSA_PKCS1_SHA512,
        }
    }
}

/// Answers rustls when a server asks who we are. Its hints about issuers are left aside: there is one identity, and its
/// server is the only one that this is used for.
pub(super) struct Presents(pub(super) Arc<dyn ClientIdentity>);

impl ResolvesClientCert for Presents {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let (chain, key) = match self.0.certificates().and_then(|own| Ok((own, self.0.schemes()?))) {
            Ok((certificates, _)) if certificates.is_empty() => return None,
            Ok((certificates, schemes)) => (certificates, Key::Elsewhere(Arc::clone(&self.0), schemes)),
            // rustls takes no error here, so it gets a key that fails when it is used, which is next.
            Err(reason) => (Vec::new(), Key::Unusable(reason)),
        };
        let chain = chain.into_iter().map(CertificateDer::from).collect();
        Some(Arc::new(CertifiedKey::new(chain, Arc::new(key))))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A key that somebody else holds.
enum Key {
    Elsewhere(Arc<dyn ClientIdentity>, Vec<SignatureScheme>),
    Unusable(String),
}

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[rustls::SignatureScheme]) -> Option<Box<dyn Signer>> {
        match self {
            Self::Elsewhere(identity, schemes) => {
                let scheme = schemes
                    .iter()
                    .copied()
                    .find(|scheme| offered.contains(&(*scheme).into()))?;
                let identity = Arc::clone(identity);
                Some(Box::new(Signs { identity, scheme }))
            }
            Self::Unusable(reason) => Some(Box::new(Fails {
                reason: reason.clone(),
                scheme: offered.first().copied()?,
            })),
        }
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        let Self::Elsewhere(_, schemes) = self else {
            return SignatureAlgorithm::Anonymous;
        };
        match schemes.first() {
            None => SignatureAlgorithm::Anonymous,
            Some(SignatureScheme::Ed25519) => SignatureAlgorithm::ED25519,
            Some(
                SignatureScheme::EcdsaP256Sha256
                | SignatureScheme::EcdsaP384Sha384
                | SignatureScheme::EcdsaP521Sha512,
            ) => SignatureAlgorithm::ECDSA,
            Some(_) => SignatureAlgorithm::RSA,
        }
    }
}

struct Signs {
    identity: Arc<dyn ClientIdentity>,
    scheme: SignatureScheme,
}

impl Signer for Signs {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.identity.sign(self.scheme, message).map_err(unusable)
    }

    fn scheme(&self) -> rustls::SignatureScheme {
        self.scheme.into()
    }
}

struct Fails {
    reason: String,
    scheme: rustls::SignatureScheme,
}

impl Signer for Fails {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(unusable(self.reason.clone()))
    }

    fn scheme(&self) -> rustls::SignatureScheme {
        self.scheme
    }
}

fn unusable(reason: String) -> Error {
    Error::Other(OtherError(Arc::new(Unusable(reason))))
}

/// The host's own words.
#[derive(Debug)]
struct Unusable(String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the client certificate cannot be used: {}", self.0)
    }
}

impl std::error::Error for Unusable {}

impl fmt::Debug for Presents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presents")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl fmt::Debug for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signs")
    }
}

impl fmt::Debug for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fails")
    }
}
