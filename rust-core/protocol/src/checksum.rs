//! Checksums as a foreign feed, an older checksum.json or an app's `download()` gives them: MD5, SHA-1 or
//! SHA-256. Airlock's own formats know SHA-256 only ([`Sha256Digest`]).

use std::{fmt, hint::black_box, str::FromStr};

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::{ChecksumFault, Error, Sha256Digest, ValueFault, hex};

/// The hash function of a [`Checksum`], the weaker the lesser. Written `MD5`, `SHA1` or `SHA256`; anything else is
/// refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChecksumAlgorithm {
    /// RFC 1321. Anyone can make two files with one MD5: it finds accidents, no attacker.
    Md5,
    /// RFC 3174. Collisions are practical since 2017: it finds accidents, no attacker.
    Sha1,
    /// FIPS 180-4.
    Sha256,
}

impl ChecksumAlgorithm {
    /// The word for it in remote configurations.
    pub fn as_str(self) -> &'static str {
        match self {
            ChecksumAlgorithm::Md5 => "MD5",
            ChecksumAlgorithm::Sha1 => "SHA1",
            ChecksumAlgorithm::Sha256 => "SHA256",
        }
    }

    /// The algorithm whose digest has that many hexadecimal digits: 32, 40 or 64.
    pub fn of_hex_length(digits: usize) -> Option<ChecksumAlgorithm> {
        match digits {
            32 => Some(ChecksumAlgorithm::Md5),
            40 => Some(ChecksumAlgorithm::Sha1),
            64 => Some(ChecksumAlgorithm::Sha256),
            _ => None,
        }
    }
}

impl FromStr for ChecksumAlgorithm {
    type Err = Error;

    /// # Errors
    /// `config_invalid` for any other word; the case counts.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "MD5" => Ok(ChecksumAlgorithm::Md5),
            "SHA1" => Ok(ChecksumAlgorithm::Sha1),
            "SHA256" => Ok(ChecksumAlgorithm::Sha256),
            _ => Err(ValueFault::new("checksum algorithm", text, "expected MD5, SHA1 or SHA256").into()),
        }
    }
}

impl fmt::Display for ChecksumAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What bytes must hash to. Compared in constant time; printed as `SHA256:<hex>`.
#[derive(Clone, Copy)]
pub enum Checksum {
    /// 16 bytes.
    Md5([u8; 16]),
    /// 20 bytes.
    Sha1([u8; 20]),
    /// 32 bytes.
    Sha256(Sha256Digest),
}

impl Checksum {
    /// Reads hexadecimal digits of either case as a digest of `algorithm`.
    ///
    /// # Errors
    /// `config_invalid` unless there are exactly as many digits as the algorithm's digest has.
    pub fn parse(algorithm: ChecksumAlgorithm, text: &str) -> Result<Checksum, Error> {
        let fault = |rule| Error::from(ValueFault::new("checksum", text, rule));
        let bytes = hex::decode(text).ok_or_else(|| fault("expected hexadecimal digits"))?;
        match algorithm {
            ChecksumAlgorithm::Md5 => bytes
                .try_into()
                .map(Checksum::Md5)
                .map_err(|_| fault("an MD5 has 32 hexadecimal digits")),
            ChecksumAlgorithm::Sha1 => bytes
                .try_into()
                .map(Checksum::Sha1)
                .map_err(|_| fault("a SHA1 has 40 hexadecimal digits")),
            ChecksumAlgorithm::Sha256 => bytes
                .try_into()
                .map(|bytes| Checksum::Sha256(Sha256Digest::from_bytes(bytes)))
                .map_err(|_| fault("a SHA256 has 64 hexadecimal digits")),
        }
    }

    /// The checksum of `bytes`.
    pub fn of(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Checksum {
        let mut hasher = ChecksumHasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Its hash function.
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        match self {
            Checksum::Md5(_) => ChecksumAlgorithm::Md5,
            Checksum::Sha1(_) => ChecksumAlgorithm::Sha1,
            Checksum::Sha256(_) => ChecksumAlgorithm::Sha256,
        }
    }

    /// The digest as lower-case hexadecimal, without the algorithm.
    pub fn to_hex(&self) -> String {
        hex::encode(self.bytes())
    }

    /// Compares with what was computed over the bytes called `name`.
    ///
    /// # Errors
    /// `checksum_mismatch` unless algorithm and digest are the same.
    pub fn check(&self, name: &str, computed: &Checksum) -> Result<(), Error> {
        match self == computed {
            true => Ok(()),
            false => Err(ChecksumFault::Hash {
                name: name.to_owned(),
                algorithm: self.algorithm().as_str(),
            }
            .into()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Checksum::Md5(bytes) => bytes,
            Checksum::Sha1(bytes) => bytes,
            Checksum::Sha256(digest) => digest.as_bytes(),
        }
    }
}

impl FromStr for Checksum {
    type Err = Error;

    /// Reads hexadecimal digits; their number decides the algorithm (32 MD5, 40 SHA-1, 64 SHA-256), as older
    /// checksum.json files have it.
    ///
    /// # Errors
    /// `config_invalid` for anything else.
    fn from_str(text: &str) -> Result<Self, Error> {
        let rule = "expected 32 (MD5), 40 (SHA1) or 64 (SHA256) hexadecimal digits";
        let algorithm = ChecksumAlgorithm::of_hex_length(text.len())
            .ok_or_else(|| Error::from(ValueFault::new("checksum", text, rule)))?;
        Checksum::parse(algorithm, text)
    }
}

impl PartialEq for Checksum {
    /// Every byte is looked at, whatever the first one says.
    fn eq(&self, other: &Self) -> bool {
        let difference = self
            .bytes()
            .iter()
            .zip(other.bytes())
            .fold(0, |sum, (one, two)| black_box(sum | (one ^ two)));
        self.algorithm() == other.algorithm() && difference == 0
    }
}

impl Eq for Checksum {}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm(), self.to_hex())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// Computes a [`Checksum`] piece by piece.
#[derive(Debug, Clone)]
pub enum ChecksumHasher {
    /// MD5 so far.
    Md5(Md5),
    /// SHA-1 so far.
    Sha1(Sha1),
    /// SHA-256 so far.
    Sha256(Sha256),
}

impl ChecksumHasher {
    /// A hasher that has seen nothing.
    pub fn new(algorithm: ChecksumAlgorithm) -> ChecksumHasher {
        match algorithm {
            ChecksumAlgorithm::Md5 => ChecksumHasher::Md5(Md5::new()),
            ChecksumAlgorithm::Sha1 => ChecksumHasher::Sha1(Sha1::new()),
            ChecksumAlgorithm::Sha256 => ChecksumHasher::Sha256(Sha256::new()),
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            ChecksumHasher::Md5(state) => state.update(bytes),
            ChecksumHasher::Sha1(state) => state.update(bytes),
            ChecksumHasher::Sha256(state) => state.update(bytes),
        }
    }

    /// The checksum of everything taken.
    pub fn finish(self) -> Checksum {
        match self {
            ChecksumHasher::Md5(state) => Checksum::Md5(state.finalize().into()),
            ChecksumHasher::Sha1(state) => Checksum::Sha1(state.finalize().into()),
            ChecksumHasher::Sha256(state) => {
                Checksum::Sha256(Sha256Digest::from_bytes(state.finalize().into()))
            }
        }
    }
}

/// How much a checksum must be worth: `strictVerification` in an app, `--strict-verification` in a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// No checksum, MD5 or SHA-1 is a refusal, before anything is downloaded.
    Strict,
    /// They are accepted, with a warning.
    Lenient,
}

/// What to tell the developer about a checksum that was accepted all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumWarning {
    /// Nothing says what the bytes must be.
    Missing,
    /// Finds accidents, no attacker.
    Weak(ChecksumAlgorithm),
}

impl fmt::Display for ChecksumWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChecksumWarning::Missing => f.write_str(
                "there is no checksum, so nothing notices other bytes; publish one (SHA256), and use strict \
                 verification",
            ),
            ChecksumWarning::Weak(algorithm) => write!(
                f,
                "a checksum of type {algorithm} finds accidents but no attacker; publish SHA256, and use strict \
                 verification"
            ),
        }
    }
}

impl Strictness {
    /// Judges the checksum that something called `name` comes with. To be asked before the download begins.
    ///
    /// # Errors
    /// `checksum_mismatch` when strict and there is none, or it is MD5 or SHA-1.
    pub fn judge(self, name: &str, checksum: Option<&Checksum>) -> Result<Option<ChecksumWarning>, Error> {
        let warning = match checksum.map(Checksum::algorithm) {
            Some(ChecksumAlgorithm::Sha256) => return Ok(None),
            Some(weak) => ChecksumWarning::Weak(weak),
            None => ChecksumWarning::Missing,
        };
        match (self, warning) {
            (Strictness::Lenient, warning) => Ok(Some(warning)),
            (Strictness::Strict, ChecksumWarning::Missing) => Err(ChecksumFault::Absent {
                name: name.to_owned(),
            }
            .into()),
            (Strictness::Strict, ChecksumWarning::Weak(algorithm)) => Err(ChecksumFault::Weak {
                name: name.to_owned(),
                algorithm: algorithm.as_str(),
            }
            .into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    /// RFC 1321 appendix A.5, RFC 3174 section 7.3 and FIPS 180-4's example.
    const ABC: [(ChecksumAlgorithm, &str); 3] = [
        (ChecksumAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        (
            ChecksumAlgorithm::Sha1,
            "a9993e364706816aba3e25717850c26c9cd0d89d",
        ),
        (
            ChecksumAlgorithm::Sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
    ];

    #[test]
    fn the_published_vectors_in_either_case_and_in_pieces() {
        for (algorithm, hex) in ABC {
            let expected: Checksum = hex.to_uppercase().parse().unwrap();
            assert_eq!(expected.algorithm(), algorithm);
            assert_eq!(expected.to_hex(), hex);
            assert_eq!(Checksum::of(algorithm, b"abc"), expected);
            let mut pieces = ChecksumHasher::new(algorithm);
            pieces.update(b"a");
            pieces.update(b"bc");
            assert!(expected.check("abc", &pieces.finish()).is_ok());
        }
    }

    #[test]
    fn one_flipped_bit_anywhere_and_another_algorithm_are_a_mismatch() {
        for (algorithm, hex) in ABC {
            let expected: Checksum = hex.parse().unwrap();
            for byte in 0..hex.len() / 2 {
                let mut bytes = hex::decode(hex).unwrap();
                bytes[byte] ^= 0x80;
                let other: Checksum = hex::encode(&bytes).parse().unwrap();
                let error = expected.check("a file", &other).unwrap_err();
                assert_eq!(error.code(), Code::ChecksumMismatch);
            }
            for (other, _) in ABC.iter().filter(|(other, _)| *other != algorithm) {
                assert_ne!(Checksum::of(*other, b"abc"), expected);
            }
        }
    }

    #[test]
    fn differences_that_cancel_each_other_out_are_differences() {
        for (algorithm, hex) in ABC {
            let mut bytes = hex::decode(hex).unwrap();
            bytes[0] ^= 0x80;
            bytes[1] ^= 0x80;
            assert_ne!(
                Checksum::parse(algorithm, &hex::encode(&bytes)).unwrap(),
                hex.parse().unwrap()
            );
        }
    }

    #[test]
    fn a_checksum_and_a_warning_name_their_algorithm() {
        for (algorithm, hex) in ABC {
            let name = algorithm.as_str();
            assert_eq!(algorithm.to_string(), name);
            assert_eq!(
                hex.parse::<Checksum>().unwrap().to_string(),
                format!("{name}:{hex}")
            );
            let warning = ChecksumWarning::Weak(algorithm).to_string();
            assert!(warning.contains(&format!("of type {name} ")), "{warning}");
        }
        assert!(ChecksumWarning::Missing.to_string().contains("no checksum"));
    }

    #[test]
    fn a_digest_of_another_length_or_an_unknown_algorithm_is_refused() {
        for (algorithm, hex) in ABC {
            for text in [
                "",
                &hex[1..],
                &hex[2..],
                &format!("{hex}00"),
                &hex.replace('9', "g"),
            ] {
                assert!(Checksum::parse(algorithm, text).is_err(), "{text}");
            }
        }
        for word in ["sha256", "SHA-256", "SHA512", "CRC32", "md5", ""] {
            assert!(word.parse::<ChecksumAlgorithm>().is_err(), "{word}");
        }
        for algorithm in ABC.map(|(algorithm, _)| algorithm) {
            assert_eq!(
                algorithm.as_str().parse::<ChecksumAlgorithm>().unwrap(),
                algorithm
            );
        }
    }

    #[test]
    fn strict_takes_sha256_only_and_lenient_warns_of_the_rest() {
        for (algorithm, hex) in ABC {
            let checksum: Checksum = hex.parse().unwrap();
            let strict = Strictness::Strict.judge("a release", Some(&checksum));
            let lenient = Strictness::Lenient.judge("a release", Some(&checksum)).unwrap();
            let strong = algorithm == ChecksumAlgorithm::Sha256;
            assert_eq!(strict.is_ok(), strong);
            assert_eq!(lenient, (!strong).then_some(ChecksumWarning::Weak(algorithm)));
        }
        let missing = Strictness::Strict.judge("a release", None).unwrap_err();
        assert_eq!(missing.code(), Code::ChecksumMismatch);
        let lenient = Strictness::Lenient.judge("a release", None).unwrap();
        assert_eq!(lenient, Some(ChecksumWarning::Missing));
    }
}
