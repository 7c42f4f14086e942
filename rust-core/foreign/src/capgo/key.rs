//! The peer's public key, and the one thing that is done with it.

use std::fmt;

use airlock_protocol::{KeyFault, Sha256Digest, keys};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};

use super::Error;
use super::block::{self, BLOCK_BYTES};

/// The only exponent that is accepted.
const EXPONENT: u32 = 65_537;

/// The key under `publicKey` in the configuration of an app made for the peer: RSA-2048 with exponent 65537, in
/// the PEM form `RSA PUBLIC KEY` (PKCS#1).
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    modulus: Odd<U2048>,
}

impl PublicKey {
    /// Reads the only PEM block in `text`.
    ///
    /// # Errors
    /// `public_key_invalid` for everything that the kernel refuses as a key (empty, several blocks, a private
    /// key, junk, an encoding that is not canonical), for another PEM label, and for RSA keys of another size
    /// or exponent.
    pub fn from_pem(text: &str) -> Result<PublicKey, Error> {
        let key = keys::PublicKey::from_pem(text).map_err(refused)?;
        let (modulus, exponent) = key.rsa_numbers().ok_or(Error::KeyKind)?;
        if !text.trim_start().starts_with("-----BEGIN RSA PUBLIC KEY-----") {
            return Err(Error::KeyKind);
        }
        let bits = bit_length(&modulus);
        if bits != BLOCK_BYTES * 8 {
            return Err(Error::KeySize { bits });
        }
        if exponent.as_slice() != EXPONENT.to_be_bytes().get(1..).unwrap_or_default() {
            return Err(Error::KeyExponent);
        }
        let modulus = Odd::new(U2048::from_be_slice(&modulus)).into_option();
        modulus.map(|modulus| PublicKey { modulus }).ok_or(Error::KeyKind)
    }

    /// SHA-256 over the modulus, to tell keys apart.
    pub fn fingerprint(&self) -> Sha256Digest {
        Sha256Digest::of(&self.modulus.get_copy().to_be_bytes())
    }

    /// What the holder of the private key put into `signed`; nothing if it was not the holder, or if it has
    /// another length than `N`.
    ///
    /// RSAVP1 of RFC 8017: the number must be below the modulus, or one block would have many texts.
    pub(super) fn recover<const N: usize>(&self, signed: &[u8; BLOCK_BYTES]) -> Option<[u8; N]> {
        let number = U2048::from_be_slice(signed);
        if number >= *self.modulus.as_ref() {
            return None;
        }
        let field = FixedMontyParams::new_vartime(self.modulus);
        let power = FixedMontyForm::new(&number, &field).pow_vartime(&crypto_bigint::U64::from(EXPONENT));
        let bytes = power.retrieve().to_be_bytes();
        block::payload(bytes.as_ref().try_into().ok()?)
    }
}

/// The same refusals as everywhere, but for those that would name the kernel's bounds instead of the peer's.
fn refused(error: airlock_protocol::Error) -> Error {
    match error {
        airlock_protocol::Error::Key(KeyFault::RsaSize { bits }) => Error::KeySize { bits },
        airlock_protocol::Error::Key(KeyFault::RsaExponent) => Error::KeyExponent,
        other => Error::Key(other),
    }
}

fn bit_length(number: &[u8]) -> usize {
    let unused = number
        .first()
        .and_then(|byte| usize::try_from(byte.leading_zeros()).ok());
    (number.len() * 8).saturating_sub(unused.unwrap_or(0))
}

/// Shows the beginning of the fingerprint: enough to tell keys apart in a log.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id: String = self.fingerprint().to_string().chars().take(12).collect();
        write!(f, "PublicKey({id})")
    }
}
