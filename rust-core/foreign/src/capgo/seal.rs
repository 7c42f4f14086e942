//! The two texts that go with an encrypted archive.

use std::fmt;

use airlock_protocol::{Checksum, Sha256Digest, base64, hex};

use super::block::BLOCK_BYTES;
use super::{Decryptor, Error, Part, PublicKey};

/// Letters of 256 bytes in padded base64.
const BLOCK_BASE64: usize = 344;
/// Letters of 16 bytes in padded base64.
const VECTOR_BASE64: usize = 24;

/// What checksum and session key of an archive say, once both are known to come from the holder of the private
/// key. Having one is the proof; nothing was downloaded for it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedArchive {
    digest: Sha256Digest,
    key: [u8; 16],
    vector: [u8; 16],
}

impl SealedArchive {
    /// Reads and verifies both texts. An empty text counts as missing: no answer of a server can turn the check
    /// off.
    ///
    /// # Errors
    /// `signature_missing` for a missing text or a plain hash, `signature_invalid` for a text of another form or
    /// made with another key.
    pub fn open(key: &PublicKey, checksum: &str, session_key: &str) -> Result<SealedArchive, Error> {
        for (text, part) in [(checksum, Part::Checksum), (session_key, Part::SessionKey)] {
            if text.is_empty() {
                return Err(Error::Missing { part });
            }
        }
        let signed_digest = read_checksum(checksum)?;
        let (vector, signed_key) = read_session_key(session_key)?;
        let unsigned = |part| Error::NotSigned { part };
        let digest = key.recover(&signed_digest).ok_or(unsigned(Part::Checksum))?;
        Ok(SealedArchive {
            digest: Sha256Digest::from_bytes(digest),
            key: key.recover(&signed_key).ok_or(unsigned(Part::SessionKey))?,
            vector,
        })
    }

    /// The signed SHA-256 of the plain zip.
    pub fn digest(&self) -> Sha256Digest {
        self.digest
    }

    /// Decrypts this archive, from its first byte.
    pub fn decryptor(&self) -> Decryptor {
        Decryptor::new(&self.key, &self.vector, self.digest)
    }
}

/// Shows the digest only.
impl fmt::Debug for SealedArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedArchive({})", self.digest)
    }
}

/// V3: 512 hexadecimal digits. The other forms are named, because each has its own remedy.
fn read_checksum(text: &str) -> Result<[u8; BLOCK_BYTES], Error> {
    if text.len() == 2 * BLOCK_BYTES
        && let Some(bytes) = hex::decode(text).and_then(|bytes| bytes.try_into().ok())
    {
        return Ok(bytes);
    }
    if text.parse::<Checksum>().is_ok() || is_crc32(text) {
        return Err(Error::PlainChecksum);
    }
    if text.len() == BLOCK_BASE64 && base64::decode(text).is_some() {
        return Err(Error::OlderChecksum);
    }
    let rule = "expected the 512 hexadecimal digits that `capgo bundle encrypt` prints";
    Err(malformed(Part::Checksum, rule))
}

/// What the peer's oldest versions had for a checksum.
fn is_crc32(text: &str) -> bool {
    text.len() == 8 && hex::decode(text).is_some()
}

/// `base64(initialisation vector) ":" base64(signed AES key)`; lengths first, so that nothing long is decoded.
fn read_session_key(text: &str) -> Result<([u8; 16], [u8; BLOCK_BYTES]), Error> {
    let rule = "expected two base64 texts, of 16 and 256 bytes, with one `:` between them";
    let read = || {
        let (vector, key) = text.split_once(':')?;
        if vector.len() != VECTOR_BASE64 || key.len() != BLOCK_BASE64 {
            return None;
        }
        let vector = base64::decode(vector)?.try_into().ok()?;
        let key = base64::decode(key)?.try_into().ok()?;
        Some((vector, key))
    };
    read().ok_or(malformed(Part::SessionKey, rule))
}

fn malformed(part: Part, rule: &'static str) -> Error {
    Error::Malformed { part, rule }
}
