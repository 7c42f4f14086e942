//! Just enough DER to read and write public keys. Reading = re-encoding gives the same bytes, so every
//! key has one encoding and nothing can hide in another.

use super::{Kind, PublicKey};
use crate::{Error, KeyFault};

/// `SubjectPublicKeyInfo` of an Ed25519 key up to its 32 bytes (RFC 8410).
const ED25519_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// `SubjectPublicKeyInfo` of a P-256 key up to its uncompressed point (RFC 5480).
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// `AlgorithmIdentifier` rsaEncryption with its NULL parameter (RFC 3279).
const RSA_ALGORITHM: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// Reads a `SubjectPublicKeyInfo`.
pub(super) fn key_from_spki(der: &[u8]) -> Result<PublicKey, Error> {
    if let Some(bytes) = der.strip_prefix(&ED25519_PREFIX) {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyFault::Unsupported)?;
        return PublicKey::from_ed25519(bytes);
    }
    if let Some(point) = der.strip_prefix(&P256_PREFIX) {
        return PublicKey::from_p256_point(point);
    }
    let pkcs1 = rsa_inside_spki(der).ok_or(KeyFault::Unsupported)?;
    key_from_pkcs1(pkcs1)
}

/// Reads a PKCS#1 `RSAPublicKey` and insists on 2048 to 8192 bits and an exponent from 65537 up.
pub(super) fn key_from_pkcs1(der: &[u8]) -> Result<PublicKey, Error> {
    let (modulus, exponent) = rsa_numbers(der).ok_or(KeyFault::Unsupported)?;
    let bits = bit_length(&modulus);
    if !(2048..=8192).contains(&bits) {
        return Err(KeyFault::RsaSize { bits }.into());
    }
    // `ring` reads exponents up to 33 bits; beyond that it would refuse every signature.
    if !(17..=33).contains(&bit_length(&exponent)) {
        return Err(KeyFault::RsaExponent.into());
    }
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !odd(&modulus) || !odd(&exponent) {
        return Err(KeyFault::Unsupported.into());
    }
    Ok(PublicKey {
        kind: Kind::Rsa,
        material: der.to_vec(),
    })
}

/// The `SubjectPublicKeyInfo` of `key`.
pub(super) fn spki(key: &PublicKey) -> Vec<u8> {
    match key.kind {
        Kind::Ed25519 => [&ED25519_PREFIX[..], &key.material].concat(),
        Kind::EcdsaP256 => [&P256_PREFIX[..], &key.material].concat(),
        Kind::Rsa => {
            let bits = element(BIT_STRING, &[&[0], key.material.as_slice()].concat());
            element(SEQUENCE, &[&RSA_ALGORITHM[..], &bits].concat())
        }
    }
}

fn rsa_inside_spki(der: &[u8]) -> Option<&[u8]> {
    let (content, rest) = take(SEQUENCE, der)?;
    let bits = content.strip_prefix(&RSA_ALGORITHM)?;
    let (bits, after) = take(BIT_STRING, bits)?;
    (rest.is_empty() && after.is_empty())
        .then(|| bits.strip_prefix(&[0]))
        .flatten()
}

/// Modulus and exponent without leading zeros, if `der` is their only encoding.
pub(super) fn rsa_numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (content, _) = take(SEQUENCE, der)?;
    let (modulus, rest) = take(INTEGER, content)?;
    let (exponent, _) = take(INTEGER, rest)?;
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let again = element(SEQUENCE, &[unsigned(&modulus), unsigned(&exponent)].concat());
    (again == der).then_some((modulus, exponent))
}

/// Splits one element with `tag` off the front: its content, and what follows it.
fn take(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => rest
            .split_first()
            .map(|(length, rest)| (usize::from(*length), rest))?,
        0x82 => rest
            .split_first_chunk()
            .map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

/// One element in the shortest form DER demands. Content beyond 65,535 bytes cannot be a key and is cut
/// off by [`take`] on the reading side.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = match (high, low) {
        (0, 0..=0x7f) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

fn unsigned(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_none_or(|byte| byte & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    element(INTEGER, &[sign, number].concat())
}

fn without_zeros(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

fn bit_length(number: &[u8]) -> usize {
    let top_zeros = number
        .first()
        .map_or(0, |byte| usize::try_from(byte.leading_zeros()).unwrap_or(0));
    number.len() * 8 - top_zeros
}
