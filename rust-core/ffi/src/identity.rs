//! The device's certificate for servers that demand one, with a key that the platform never gives away.

use std::sync::Arc;

use airlock_engine::ports;

use crate::error::AirlockError;

/// A client certificate and the use of its key in Keystore or Keychain (mutual TLS). For the server of `updateUrl` (scheme,
/// host and port) alone, whatever redirects say.
///
/// Called on the threads of the network in the middle of a handshake in which the server demands a certificate; it
/// blocks those connections, so nobody may be prompted. Whatever it throws ends the connection with
/// `download_failed` and its reason; the next try asks anew.
#[uniffi::export(with_foreign)]
pub trait ClientIdentity: Send + Sync {
    /// DER certificates, the client's own first. None at all: there is no identity now, and the connection goes on
    /// without one.
    fn certificates(&self) -> Result<Vec<Vec<u8>>, AirlockError>;

    /// What the key can sign with, best first.
    fn schemes(&self) -> Result<Vec<SignatureScheme>, AirlockError>;

    /// The signature over `message`, which is the whole message and no digest. ECDSA as DER, RSA-PSS with a salt as
    /// long as the digest.
    fn sign(&self, scheme: SignatureScheme, message: Vec<u8>) -> Result<Vec<u8>, AirlockError>;
}

/// How a key signs (RFC 8446 section 4.2.3). A key on a curve has one scheme; PKCS#1 v1.5 is for servers that speak TLS 1.2 only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
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

macro_rules! same_names {
    ($($name:ident),* $(,)?) => {
        impl From<SignatureScheme> for ports::SignatureScheme {
            fn from(scheme: SignatureScheme) -> Self {
                match scheme {
                    $(SignatureScheme::$name => Self::$name,)*
                }
            }
        }

        impl From<ports::SignatureScheme> for SignatureScheme {
            fn from(scheme: ports::SignatureScheme) -> Self {
                match scheme {
                    $(ports::SignatureScheme::$name => Self::$name,)*
                }
            }
        }
    };
}

same_names!(
    EcdsaP256Sha256,
    EcdsaP384Sha384,
    EcdsaP521Sha512,
    Ed25519,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    RsaPkcs1Sha256,
    RsaPkcs1Sha384,
    RsaPkcs1Sha512,
);

/// The engine's view of it.
pub(crate) struct Bearer(pub(crate) Arc<dyn ClientIdentity>);

impl ports::ClientIdentity for Bearer {
    fn certificates(&self) -> Result<Vec<Vec<u8>>, String> {
        self.0.certificates().map_err(reason)
    }

    fn schemes(&self) -> Result<Vec<ports::SignatureScheme>, String> {
        let schemes = self.0.schemes().map_err(reason)?;
        Ok(schemes.into_iter().map(Into::into).collect())
    }

    fn sign(&self, scheme: ports::SignatureScheme, message: &[u8]) -> Result<Vec<u8>, String> {
        self.0.sign(scheme.into(), message.to_vec()).map_err(reason)
    }
}

fn reason(AirlockError::Failed { reason, .. }: AirlockError) -> String {
    reason
}
