//! SHA-256 digests, and the tree digest that names a bundle.

use std::{fmt, str::FromStr};

use sha2::Digest as _;

use crate::{Error, ValueFault, hex, text::serde_as_text};

/// A SHA-256 digest. Written as 64 lower-case hexadecimal digits, read in either case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Sha256Digest {
        Sha256Digest(sha2::Sha256::digest(bytes).into())
    }

    /// A digest computed elsewhere, for example while a file was streamed to disk.
    pub fn from_bytes(bytes: [u8; 32]) -> Sha256Digest {
        Sha256Digest(bytes)
    }

    /// The 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256Digest {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is exactly 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        hex::decode_array(text)
            .map(Sha256Digest)
            .ok_or_else(|| ValueFault::new("SHA-256 digest", text, "expected 64 hexadecimal digits").into())
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

serde_as_text!(Sha256Digest);

/// The id of a bundle: its tree digest (see [`crate::tree_digest`]).
///
/// Two bundles with the same id have the same files, byte for byte, whatever they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId(Sha256Digest);

impl BundleId {
    /// The tree digest itself.
    pub fn digest(&self) -> &Sha256Digest {
        &self.0
    }
}

impl From<Sha256Digest> for BundleId {
    fn from(tree_digest: Sha256Digest) -> BundleId {
        BundleId(tree_digest)
    }
}

impl FromStr for BundleId {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is exactly 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(BundleId)
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

serde_as_text!(BundleId);

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn reads_either_case_and_writes_lower_case() {
        assert_eq!(Sha256Digest::of(b"").to_string(), EMPTY);
        let read: Sha256Digest = EMPTY.to_uppercase().parse().unwrap();
        assert_eq!(read, Sha256Digest::of(b""));
        assert_eq!(serde_json::to_string(&read).unwrap(), format!("\"{EMPTY}\""));
    }

    #[test]
    fn refuses_any_other_text() {
        for text in [
            "",
            "e3b0",
            &EMPTY[1..],
            &format!("{EMPTY}00"),
            &format!(" {}", &EMPTY[1..]),
        ] {
            assert!(text.parse::<BundleId>().is_err(), "{text:?}");
        }
    }
}
