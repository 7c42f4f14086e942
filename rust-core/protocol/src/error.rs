//! Every refusal of this crate, grouped by what is at fault.

use crate::{Code, UnixMillis};

/// The result of everything in this crate that can refuse.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was refused. [`Error::code`] is the part others may depend on; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A single value (a name, a version, a digest) is not well formed.
    #[error(transparent)]
    Value(#[from] ValueFault),
    /// A path is not safe inside a bundle.
    #[error(transparent)]
    Path(#[from] PathFault),
    /// A public key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A signature of a bundle is missing or wrong.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// Bytes are not the strict JSON that Airlock reads.
    #[error(transparent)]
    Json(#[from] JsonFault),
    /// checksum.json or TUF metadata is malformed, expired or older than it may be.
    #[error(transparent)]
    Metadata(#[from] MetadataFault),
    /// Bytes do not match the length or hash that signed metadata gives.
    #[error(transparent)]
    Checksum(#[from] ChecksumFault),
    /// A patch is not one for this base, or asks for more memory than it may.
    #[error(transparent)]
    Patch(#[from] PatchFault),
    /// A bundle is intact but not for this device.
    #[error(transparent)]
    Incompatible(#[from] Incompatible),
}

impl Error {
    /// The stable code of this refusal.
    pub fn code(&self) -> Code {
        match self {
            Error::Value(_) => Code::ConfigInvalid,
            Error::Path(_) => Code::PathUnsafe,
            Error::Key(_) => Code::PublicKeyInvalid,
            Error::Signature(SignatureFault::Missing { .. }) => Code::SignatureMissing,
            Error::Signature(_) => Code::SignatureInvalid,
            Error::Json(_) => Code::MetadataInvalid,
            Error::Metadata(fault) => fault.code(),
            Error::Checksum(_) => Code::ChecksumMismatch,
            Error::Patch(fault) => fault.code(),
            Error::Incompatible(fault) => fault.code(),
        }
    }

    /// The same refusal seen as a fault of the signed document it was found in, not of a configuration.
    pub(crate) fn inside(self, document: &str) -> Error {
        match self {
            Error::Value(fault) => MetadataFault::invalid(document, fault).into(),
            Error::Key(fault) => MetadataFault::invalid(document, fault).into(),
            Error::Json(fault) => MetadataFault::invalid(document, fault).into(),
            other => other,
        }
    }
}

/// A text or number that breaks the rule of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {what}: {rule}")]
pub struct ValueFault {
    /// What the value was meant to be, in the words of the design.
    pub what: &'static str,
    /// The value as given, shortened.
    pub value: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

impl ValueFault {
    /// A fault that quotes at most the first 64 characters of `value`.
    pub(crate) fn new(what: &'static str, value: &str, rule: &'static str) -> ValueFault {
        ValueFault {
            what,
            value: value.chars().take(64).collect(),
            rule,
        }
    }
}

/// A path that is refused inside a bundle, with the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path {path:?} is not safe in a bundle: {rule}; rename the file and pack the bundle again")]
pub struct PathFault {
    /// The path as given, shortened.
    pub path: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// Why a public key (or a set of them) is refused. Never quotes key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// Nothing but white space where a key belongs.
    #[error("the public key is empty; put the PEM text of a public key there or remove the setting")]
    Empty,
    /// The text has no PEM block, or text outside of one.
    #[error("the public key is not PEM text: {rule}")]
    NotPem {
        /// The rule of PEM it breaks.
        rule: &'static str,
    },
    /// A private key was given. It must not be in an app.
    #[error(
        "a private key was given where a public key belongs; use the public half (.pub.pem) and treat \
         this private key as leaked if it was ever in an app"
    )]
    PrivateKey,
    /// The PEM block is of a kind that is not a public key.
    #[error("a PEM block {label:?} is not a public key; expected PUBLIC KEY or RSA PUBLIC KEY")]
    WrongLabel {
        /// The label between BEGIN and the dashes.
        label: String,
    },
    /// One key was expected and the text holds several.
    #[error("expected one public key and found {count} PEM blocks; give one key, or use the list form")]
    SeveralBlocks {
        /// How many blocks there are.
        count: usize,
    },
    /// The bytes inside are not a key of a supported type in its one canonical encoding.
    #[error(
        "the public key is not an Ed25519, ECDSA P-256 or RSA key in canonical form; \
         create one with `airlock init`, or re-export it with a current OpenSSL"
    )]
    Unsupported,
    /// An RSA modulus that is too short (or absurdly long) to be safe.
    #[error("the RSA public key has {bits} bits; use 2048 to 8192 bits")]
    RsaSize {
        /// The length of the modulus.
        bits: usize,
    },
    /// An RSA exponent that makes forging easy.
    #[error("the RSA public key has an exponent below 65537; create a new key with exponent 65537")]
    RsaExponent,
    /// An Ed25519 point that everybody can sign for.
    #[error(
        "the Ed25519 public key is a placeholder (a point of small order) that everybody can sign for; \
         put your own key there"
    )]
    SmallOrder,
    /// More keys than [`crate::limits::KEYS_MAX`].
    #[error("{count} public keys are too many; use at most {max}")]
    TooMany {
        /// How many were given.
        count: usize,
        /// The most that are accepted.
        max: usize,
    },
    /// The same key twice, which would count twice towards a threshold.
    #[error("the same public key is given twice; list each key once")]
    Duplicate,
    /// A threshold no set of signatures could meet, or that none would be needed for.
    #[error("a threshold of {threshold} makes no sense with {keys} public keys; use 1 to {keys}")]
    Threshold {
        /// The threshold as given.
        threshold: u32,
        /// The number of distinct keys.
        keys: usize,
    },
}

/// Why the signatures of a bundle are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// No signature at all.
    #[error("{document} is not signed; publish it again with the release key")]
    Missing {
        /// The document that lacks a signature.
        document: String,
    },
    /// Fewer valid signatures by distinct trusted keys than the threshold.
    #[error(
        "{document} is signed by {valid} of the {threshold} trusted keys it needs; \
         it was tampered with, or signed with another key"
    )]
    BelowThreshold {
        /// The document that was verified.
        document: String,
        /// How many distinct trusted keys signed it validly.
        valid: usize,
        /// How many are needed.
        threshold: usize,
    },
    /// The signature file itself is malformed.
    #[error("the signature of {document} cannot be read: {detail}")]
    Malformed {
        /// The document the signature is for.
        document: String,
        /// What is wrong with it.
        detail: String,
    },
}

/// Why bytes are not the JSON that Airlock reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// More bytes than the caller's limit for this document.
    #[error("the document has {bytes} bytes where at most {max} are accepted")]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The bytes are not UTF-8, or begin with a byte-order mark.
    #[error("the document is not plain UTF-8 text")]
    NotUtf8,
    /// Broken syntax, a duplicate key, a fraction, too deep, or trailing data.
    #[error("the document is not strict JSON: {detail}")]
    Refused {
        /// What is wrong and where.
        detail: String,
    },
}

/// Why a signed document is refused although its bytes may be authentic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataFault {
    /// A field is missing, of the wrong type, or contradicts another.
    #[error("{document} is not valid: {detail}")]
    Invalid {
        /// Which document.
        document: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Fewer valid signatures by distinct trusted keys than the role's threshold.
    #[error(
        "{document} is signed by {valid} of the {threshold} trusted keys it needs; \
         it was tampered with, or signed with another key"
    )]
    Signatures {
        /// Which document.
        document: String,
        /// How many distinct trusted keys signed it validly.
        valid: usize,
        /// How many are needed.
        threshold: usize,
    },
    /// The document's own date has passed.
    #[error("{document} expired at {expires}; publish again to renew it, or correct the device's clock")]
    Expired {
        /// Which document.
        document: String,
        /// Its expiry date.
        expires: UnixMillis,
    },
    /// The document is older than one that was accepted before.
    #[error("{document} went back from version {seen} to {offered}; an older repository was offered")]
    Downgrade {
        /// Which document.
        document: String,
        /// The version accepted before.
        seen: u64,
        /// The version offered now.
        offered: u64,
    },
    /// A role that was accepted before is gone without the snapshot key having been rotated.
    #[error("snapshot.json no longer names {document}; an older repository was offered")]
    Vanished {
        /// Which document.
        document: String,
    },
    /// The repository has no such channel.
    #[error("the repository has no channel {channel}; publish to it, or change the channel in the app")]
    NoChannel {
        /// The channel that was asked for.
        channel: String,
    },
    /// The repository lacks a document that the trusted ones promise.
    #[error("the repository has no {document}; publish again and upload every file")]
    Missing {
        /// Which document.
        document: String,
    },
}

impl MetadataFault {
    /// A malformed document.
    pub fn invalid(document: &str, detail: impl ToString) -> MetadataFault {
        MetadataFault::Invalid {
            document: document.to_owned(),
            detail: detail.to_string(),
        }
    }

    fn code(&self) -> Code {
        match self {
            MetadataFault::Invalid { .. }
            | MetadataFault::Signatures { .. }
            | MetadataFault::NoChannel { .. }
            | MetadataFault::Missing { .. } => Code::MetadataInvalid,
            MetadataFault::Expired { .. } => Code::MetadataExpired,
            MetadataFault::Downgrade { .. } | MetadataFault::Vanished { .. } => Code::DowngradeRefused,
        }
    }
}

/// Bytes that are not the ones they must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChecksumFault {
    /// The length differs.
    #[error("{name} has {actual} bytes where signed metadata says {expected}")]
    Length {
        /// What was checked.
        name: String,
        /// The length signed metadata gives (the most it may be, where only a cap is known).
        expected: u64,
        /// The length seen.
        actual: u64,
    },
    /// A hash differs.
    #[error(
        "{name} does not have the {algorithm} it must have; it was changed on the way, or published badly"
    )]
    Hash {
        /// What was checked.
        name: String,
        /// The hash function.
        algorithm: &'static str,
    },
    /// Strict verification, and nothing to verify with.
    #[error("{name} has no checksum and verification is strict; publish it with a SHA256")]
    Absent {
        /// What was to be checked.
        name: String,
    },
    /// Strict verification, and a checksum that an attacker can meet with other bytes.
    #[error("{name} has a {algorithm} and verification is strict; publish it with a SHA256")]
    Weak {
        /// What was to be checked.
        name: String,
        /// The hash function.
        algorithm: &'static str,
    },
}

/// Why a patch is refused before it is decoded. The device takes another route then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchFault {
    /// Fewer bytes than its head has.
    #[error("the patch ends too early; publish it again and upload it whole")]
    Short,
    /// It does not begin as `dcz` does.
    #[error("the patch is not dcz (RFC 9842); make it with `airlock`")]
    NotDcz,
    /// It was made with other bytes than this device has.
    #[error("the patch is for another base than the bundle on this device")]
    Dictionary,
    /// It yields more or fewer bytes than the two bundles differ by.
    #[error("the patch yields {actual} bytes where the new bundle needs {expected}")]
    Content {
        /// What both checksum.json files give.
        expected: u64,
        /// What the patch says.
        actual: u64,
    },
    /// Its frame header breaks a rule.
    #[error("the patch is refused: {rule}; make it with `airlock`")]
    Frame {
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Decoding would take too much memory.
    #[error("the patch needs a window of {bytes} bytes where {max} are accepted; make it with `airlock`")]
    Window {
        /// What its frame header asks for.
        bytes: u64,
        /// The most that is accepted for this base.
        max: u64,
    },
}

impl PatchFault {
    fn code(&self) -> Code {
        match self {
            PatchFault::Dictionary | PatchFault::Content { .. } => Code::ChecksumMismatch,
            PatchFault::Short | PatchFault::NotDcz | PatchFault::Frame { .. } | PatchFault::Window { .. } => {
                Code::ArchiveUnsafe
            }
        }
    }
}

/// Why an intact bundle is not for this device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Incompatible {
    /// Another app's bundle.
    #[error("the bundle is for the app {bundle}, this app is {device}")]
    App {
        /// The app the bundle is for.
        bundle: String,
        /// The app on this device.
        device: String,
    },
    /// Another channel's release.
    #[error("the release is for the channel {release}, this device follows {device}")]
    Channel {
        /// The channel of the release.
        release: String,
        /// The channel of the device.
        device: String,
    },
    /// Another platform's bundle.
    #[error("the bundle is not for {device}")]
    Platform {
        /// The platform of the device.
        device: String,
    },
    /// The app binary is too old or too new.
    #[error("the bundle needs native version {range}, this app is {device}")]
    Native {
        /// The range the bundle needs.
        range: String,
        /// The native version of the device.
        device: String,
    },
    /// The bundle's own end date has passed.
    #[error("the bundle expired at {expires}; publish a newer one")]
    Expired {
        /// The end date.
        expires: UnixMillis,
    },
}

impl Incompatible {
    fn code(&self) -> Code {
        match self {
            Incompatible::App { .. } => Code::IncompatibleApp,
            Incompatible::Channel { .. } => Code::IncompatibleChannel,
            Incompatible::Platform { .. } => Code::IncompatiblePlatform,
            Incompatible::Native { .. } => Code::IncompatibleNative,
            Incompatible::Expired { .. } => Code::BundleExpired,
        }
    }
}
