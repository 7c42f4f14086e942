//! Every refusal of this crate, grouped by the format that is at fault.

use airlock_protocol::Code;

use crate::minisign::KeyId;

/// The result of everything in this crate that can refuse.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was refused. [`Error::code`] is the part others may depend on; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A minisign key or signature.
    #[error(transparent)]
    Minisign(#[from] MinisignFault),
    /// A remote configuration of Vicius.
    #[error(transparent)]
    RemoteConfig(#[from] RemoteConfigFault),
}

impl Error {
    /// The stable code of this refusal.
    pub fn code(&self) -> Code {
        match self {
            Error::Minisign(MinisignFault::PublicKey { .. }) => Code::PublicKeyInvalid,
            Error::Minisign(_) => Code::MetadataInvalid,
            Error::RemoteConfig(RemoteConfigFault::Unusable { .. }) => Code::ResponseUnusable,
            Error::RemoteConfig(
                RemoteConfigFault::Downgrade { .. } | RemoteConfigFault::CounterGone { .. },
            ) => Code::DowngradeRefused,
        }
    }
}

/// Why a minisign key or signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MinisignFault {
    /// The public key cannot be read.
    #[error("the minisign public key cannot be read: {rule}; use the .pub file that `minisign -G` wrote")]
    PublicKey {
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A key is configured and there is no signature.
    #[error("the document is not signed; publish the .minisig file that `minisign -S` writes beside it")]
    Missing,
    /// The signature file is not exactly what minisign writes.
    #[error("the minisign signature cannot be read: {rule}; sign the document again with `minisign -S`")]
    Malformed {
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Signed by somebody else.
    #[error("the document is signed by key {found}, and key {expected} is the one that counts")]
    OtherKey {
        /// The id of the configured key.
        expected: KeyId,
        /// The id that the signature names.
        found: KeyId,
    },
    /// The bytes are not the ones that were signed.
    #[error(
        "the minisign signature does not fit the document: one of them was changed on the way, or published badly"
    )]
    Body,
    /// The trusted comment is not the one that was signed.
    #[error("the trusted comment of the minisign signature was changed")]
    TrustedComment,
}

/// Why a remote configuration is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteConfigFault {
    /// Its bytes or its values are not usable.
    #[error("the remote configuration cannot be used: {detail}")]
    Unusable {
        /// Which value, and what is wrong with it.
        detail: String,
    },
    /// Its `manifestVersion` is lower than one that was accepted before.
    #[error(
        "the remote configuration went back from manifestVersion {seen} to {offered}; an older one was offered"
    )]
    Downgrade {
        /// The highest number accepted before.
        seen: u64,
        /// The number offered now.
        offered: u64,
    },
    /// It has no `manifestVersion` although one was accepted before.
    #[error(
        "the remote configuration has no manifestVersion, and {seen} was accepted before; an older one was \
         offered, or the number was left out when it was published"
    )]
    CounterGone {
        /// The highest number accepted before.
        seen: u64,
    },
}

impl RemoteConfigFault {
    pub(crate) fn unusable(detail: impl ToString) -> RemoteConfigFault {
        RemoteConfigFault::Unusable {
            detail: detail.to_string(),
        }
    }
}
