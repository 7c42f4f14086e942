//! Why something of the peer is refused.

use std::fmt;

use airlock_protocol::Code;

/// A refusal. The text says what to do; it quotes neither keys nor checksums.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no public key at all.
    #[error(transparent)]
    Key(#[from] airlock_protocol::Error),
    /// A public key, and not of the peer's kind.
    #[error("expected `-----BEGIN RSA PUBLIC KEY-----`, as `capgo key create` writes it")]
    KeyKind,
    /// An RSA key of another size.
    #[error("the key has {bits} bits and must have 2048; make one with `capgo key create`")]
    KeySize {
        /// The length of the modulus.
        bits: usize,
    },
    /// An RSA key with another exponent: small ones make forging easy.
    #[error("the key's exponent is not 65537; make one with `capgo key create`")]
    KeyExponent,
    /// Nothing is there that could be checked with the key.
    #[error(
        "the archive has no {part}, and a publicKey is configured; encrypt it with `capgo bundle encrypt` and pass \
         the checksum and the session key that it prints"
    )]
    Missing {
        /// What is not there.
        part: Part,
    },
    /// A plain hash where a signed one must be.
    #[error(
        "the checksum is a plain hash, which anybody can make, and a publicKey is configured; encrypt the archive \
         with `capgo bundle encrypt` and pass the checksum that it prints"
    )]
    PlainChecksum,
    /// The form that the peer wrote before its versions 5.30, 6.30 and 7.30. It signs other bytes than the hash.
    #[error(
        "the checksum is of the peer's older form (V2, base64), which signs something else than the archive's hash; \
         encrypt the archive again in a project that has @capgo/capacitor-updater 8"
    )]
    OlderChecksum,
    /// Not in the form that the peer writes.
    #[error("the {part} cannot be read: {rule}")]
    Malformed {
        /// What cannot be read.
        part: Part,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// In the right form, and made by somebody else.
    #[error(
        "the {part} was not made with the private half of the configured publicKey, or was changed on the way"
    )]
    NotSigned {
        /// What was not signed.
        part: Part,
    },
    /// The archive is not the one whose hash was signed. Deliberately one error for every way in which
    /// decryption can fail: nobody learns from it which.
    #[error(
        "the archive is not the one that was signed; it was changed on the way, or belongs to another checksum"
    )]
    Archive,
}

impl Error {
    /// The stable code of this refusal.
    pub fn code(&self) -> Code {
        match self {
            Error::Key(_) | Error::KeyKind | Error::KeySize { .. } | Error::KeyExponent => {
                Code::PublicKeyInvalid
            }
            Error::Missing { .. } | Error::PlainChecksum => Code::SignatureMissing,
            Error::OlderChecksum | Error::Malformed { .. } | Error::NotSigned { .. } => {
                Code::SignatureInvalid
            }
            Error::Archive => Code::ChecksumMismatch,
        }
    }
}

/// One of the two texts that go with an encrypted archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The signed SHA-256 of the plain zip.
    Checksum,
    /// Initialisation vector and signed AES key.
    SessionKey,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Checksum => "checksum",
            Part::SessionKey => "session key",
        })
    }
}
