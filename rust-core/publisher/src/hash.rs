//! SHA-256 of what does not fit into memory.

use std::io::{self, Read};

use airlock_protocol::Sha256Digest;
use sha2::{Digest, Sha256};

/// Read buffer: large enough that the system calls do not show.
const CHUNK_BYTES: usize = 128 * 1024;

/// Reads to the end and gives the digest and the number of bytes. `advanced` hears how many bytes were read,
/// piece by piece.
///
/// # Errors
/// What `reader` fails with.
pub fn digest_of(mut reader: impl Read, mut advanced: impl FnMut(u64)) -> io::Result<(Sha256Digest, u64)> {
    let (mut hasher, mut length, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        let count = reader.read(&mut chunk)?;
        let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else {
            return Ok((Sha256Digest::from_bytes(hasher.finalize().into()), length));
        };
        hasher.update(read);
        length += read.len() as u64;
        advanced(read.len() as u64);
    }
}
