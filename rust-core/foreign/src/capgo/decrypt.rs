//! AES-128-CBC with PKCS#7 padding, piece by piece.

use std::fmt;

use aes::cipher::array::Array;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use airlock_protocol::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::Error;

const AES_BLOCK: usize = 16;

/// Decrypts an archive as it arrives and hashes what comes out. It holds one piece and one block, whatever the
/// archive's length.
///
/// What [`Decryptor::update`] hands out is *not* verified: CBC lets anybody who sees the ciphertext change the
/// plaintext. It may be written to a file, and nothing may read that file before [`Decryptor::finish`] has
/// returned the last bytes.
pub struct Decryptor {
    cipher: cbc::Decryptor<aes::Aes128>,
    hash: Sha256,
    expected: Sha256Digest,
    /// What [`Decryptor::update`] handed out last, and behind it ciphertext that is still to be decrypted.
    buffer: Vec<u8>,
    handed_out: usize,
    is_empty: bool,
}

impl Decryptor {
    pub(super) fn new(key: &[u8; 16], vector: &[u8; 16], expected: Sha256Digest) -> Decryptor {
        Decryptor {
            cipher: cbc::Decryptor::new(&(*key).into(), &(*vector).into()),
            hash: Sha256::new(),
            expected,
            buffer: Vec::new(),
            handed_out: 0,
            is_empty: true,
        }
    }

    /// Takes the next piece of the hosted file and gives the next bytes of the zip. The last block of what has
    /// come is kept back, because it may be the one that carries the padding.
    pub fn update(&mut self, piece: &[u8]) -> &[u8] {
        self.buffer.drain(..self.handed_out);
        self.buffer.extend_from_slice(piece);
        let whole_blocks = self.buffer.len().saturating_sub(1) / AES_BLOCK;
        self.handed_out = whole_blocks * AES_BLOCK;
        let ready = self.buffer.get_mut(..self.handed_out).unwrap_or_default();
        self.cipher.decrypt_blocks(Array::slice_as_chunks_mut(ready).0);
        self.hash.update(&*ready);
        self.is_empty &= ready.is_empty();
        ready
    }

    /// The last 0 to 15 bytes of the zip, once everything fits: a whole number of blocks, sound padding, a zip
    /// that is not empty, and the signed SHA-256. This is the proof that the zip is the signed one.
    ///
    /// # Errors
    /// `checksum_mismatch`, always with the same text.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.buffer.drain(..self.handed_out);
        let mut last: [u8; AES_BLOCK] = self.buffer.try_into().map_err(|_| Error::Archive)?;
        let last = self.cipher.decrypt_padded::<Pkcs7>(&mut last);
        let last = last.map_err(|_| Error::Archive)?.to_vec();
        self.hash.update(&last);
        let found = Sha256Digest::from_bytes(self.hash.finalize().into());
        let is_empty = self.is_empty && last.is_empty();
        match found == self.expected && !is_empty {
            true => Ok(last),
            false => Err(Error::Archive),
        }
    }
}

/// Shows nothing of what it holds.
impl fmt::Debug for Decryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decryptor")
    }
}
