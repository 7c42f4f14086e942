//! Signatures of minisign (<https://jedisct1.github.io/minisign/>), both kinds: `Ed` over the bytes themselves and
//! `ED` over their BLAKE2b-512 hash.
//!
//! The signature names its key, and its trusted comment is signed too; a reader that looks at neither accepts a
//! comment that anybody wrote. Here both must hold before [`PublicKey::verify`] hands out a [`Verified`]. Files
//! are read exactly as minisign writes them: these lines, no others, ended by a line feed.

use std::fmt;

use airlock_protocol::base64;
use blake2::{Blake2b512, Digest as _};
use ring::signature::{ED25519, UnparsedPublicKey};

use crate::error::{MinisignFault, Result};

/// Largest public-key file accepted, in bytes: an untrusted comment of 1,024 (minisign's own limit) and 56 of
/// key. Stops a large file given by mistake.
pub const PUBLIC_KEY_BYTES: usize = 2 * 1024;

/// Largest signature file accepted, in bytes: comments of 1,024 and 8,192 (minisign's own limits) and two
/// signatures. Stops endless data, which nobody has verified yet.
pub const SIGNATURE_BYTES: usize = 10 * 1024;

/// What the key line of a secret key holds.
const SECRET_KEY_BYTES: usize = 158;

const UNTRUSTED: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";

/// The name of a key: 8 random bytes, chosen when it was made. Printed as minisign prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", u64::from_le_bytes(self.0))
    }
}

/// Whom a document must be signed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    key: [u8; 32],
}

impl PublicKey {
    /// Reads a `.pub` file (a comment line and a key line), or the key line alone.
    ///
    /// # Errors
    /// `public_key_invalid` for anything else, a secret key and a signature among it.
    pub fn parse(text: &str) -> Result<PublicKey> {
        let fault = |rule| MinisignFault::PublicKey { rule };
        if text.len() > PUBLIC_KEY_BYTES {
            return Err(fault("it is too long").into());
        }
        let lines = lines(text).map_err(fault)?;
        let line = match lines.as_slice() {
            [key] => *key,
            [comment, key] if comment.starts_with(UNTRUSTED) => *key,
            [_, _] => return Err(fault("the first line must begin with `untrusted comment: `").into()),
            _ => return Err(fault("expected a comment line and one key line").into()),
        };
        let bytes = base64::decode(line).ok_or_else(|| fault("the key line is not base64"))?;
        if bytes.len() == SECRET_KEY_BYTES {
            return Err(fault("it is a secret key, which must stay where it was made").into());
        }
        let rest = bytes
            .strip_prefix(b"Ed")
            .ok_or_else(|| fault("the key line does not begin as a minisign public key does (RWQ…)"))?;
        let (id, key) = rest
            .split_first_chunk::<8>()
            .ok_or_else(|| fault("the key line is too short"))?;
        let key = key
            .try_into()
            .map_err(|_| fault("the key line must hold 42 bytes"))?;
        Ok(PublicKey { id: KeyId(*id), key })
    }

    /// The name that signatures by this key carry.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Checks that this key signed exactly `body` and the signature's trusted comment.
    ///
    /// # Errors
    /// `metadata_invalid` for another key id, other bytes, or another trusted comment.
    pub fn verify<'a>(&self, body: &'a [u8], signature: &Signature) -> Result<Verified<'a>> {
        if signature.key_id != self.id {
            return Err(MinisignFault::OtherKey {
                expected: self.id,
                found: signature.key_id,
            }
            .into());
        }
        let key = UnparsedPublicKey::new(&ED25519, self.key);
        let signed = match signature.algorithm {
            Algorithm::Raw => key.verify(body, &signature.signature),
            Algorithm::Prehashed => key.verify(&Blake2b512::digest(body), &signature.signature),
        };
        signed.map_err(|_| MinisignFault::Body)?;
        let commented = [&signature.signature[..], signature.trusted_comment.as_bytes()].concat();
        key.verify(&commented, &signature.global_signature)
            .map_err(|_| MinisignFault::TrustedComment)?;
        Ok(Verified {
            body,
            trusted_comment: signature.trusted_comment.clone(),
        })
    }
}

/// What is signed: the first two bytes of the signature line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    /// `Ed`: the bytes themselves (`minisign -S -l`, and minisign before 0.10).
    Raw,
    /// `ED`: their BLAKE2b-512 hash.
    Prehashed,
}

/// A signature file, read and not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    algorithm: Algorithm,
    key_id: KeyId,
    signature: [u8; 64],
    trusted_comment: String,
    global_signature: [u8; 64],
}

impl Signature {
    /// Reads a `.minisig` file: untrusted comment, signature, trusted comment, global signature. The last line
    /// may lack its line feed.
    ///
    /// # Errors
    /// `metadata_invalid` for anything else: more or fewer lines (several signatures), Windows line ends, another
    /// algorithm, base64 that is not canonical, control characters in the trusted comment but tabs.
    pub fn parse(bytes: &[u8]) -> Result<Signature> {
        let fault = |rule| MinisignFault::Malformed { rule };
        if bytes.len() > SIGNATURE_BYTES {
            return Err(fault("it is too long").into());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| fault("it is not UTF-8 text"))?;
        let lines = lines(text).map_err(fault)?;
        let [untrusted, signature, trusted, global] = lines.as_slice() else {
            return Err(fault("expected exactly four lines").into());
        };
        if !untrusted.starts_with(UNTRUSTED) {
            return Err(fault("the first line must begin with `untrusted comment: `").into());
        }
        let trusted_comment = trusted
            .strip_prefix(TRUSTED)
            .ok_or_else(|| fault("the third line must begin with `trusted comment: `"))?;
        if trusted_comment
            .chars()
            .any(|letter| letter.is_control() && letter != '\t')
        {
            return Err(fault("the trusted comment holds control characters").into());
        }
        let (algorithm, key_id, signature) = signature_line(signature).map_err(fault)?;
        let global_signature = base64::decode(global)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| fault("the fourth line must be the base64 of 64 bytes"))?;
        Ok(Signature {
            algorithm,
            key_id,
            signature,
            trusted_comment: trusted_comment.to_owned(),
            global_signature,
        })
    }
}

fn signature_line(line: &str) -> Result<(Algorithm, KeyId, [u8; 64]), &'static str> {
    let bytes = base64::decode(line).ok_or("the second line is not base64")?;
    let (algorithm, rest) = bytes
        .split_first_chunk::<2>()
        .ok_or("the second line is too short")?;
    let algorithm = match algorithm {
        b"Ed" => Algorithm::Raw,
        b"ED" => Algorithm::Prehashed,
        _ => return Err("the algorithm is not one of minisign's (Ed, ED)"),
    };
    let (id, signature) = rest
        .split_first_chunk::<8>()
        .ok_or("the second line is too short")?;
    let signature = signature
        .try_into()
        .map_err(|_| "the second line must hold 74 bytes")?;
    Ok((algorithm, KeyId(*id), signature))
}

/// The lines of a file of minisign's.
fn lines(text: &str) -> Result<Vec<&str>, &'static str> {
    if text.contains('\r') {
        return Err("it has Windows line ends; copy it in binary mode");
    }
    Ok(text.strip_suffix('\n').unwrap_or(text).split('\n').collect())
}

/// Bytes that the key's owner signed, and what the owner said about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<'a> {
    body: &'a [u8],
    trusted_comment: String,
}

impl<'a> Verified<'a> {
    /// The signed bytes.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The signed comment; minisign writes the time of signing and the file's name by itself. One line; tabs are
    /// its only control characters.
    pub fn trusted_comment(&self) -> &str {
        &self.trusted_comment
    }
}
