//! The one list of stable error codes, the same in Rust, Kotlin, Swift, TypeScript and on the command line.

use std::fmt;

/// What went wrong, as a word that never changes between versions.
///
/// Apps, scripts and tests may depend on [`Code::as_str`] and [`Code::exit_code`]; new codes may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// Something inside Airlock is wrong; please report it.
    Internal,
    /// The command line or a call was used wrongly.
    Usage,
    /// The configuration cannot be used.
    ConfigInvalid,
    /// A configured public key cannot be read, or is not a public key Airlock accepts.
    PublicKeyInvalid,
    /// No such bundle on this device.
    BundleUnknown,
    /// The bundle is being served or is the fallback, so it cannot be removed.
    BundleInUse,
    /// No such channel.
    ChannelUnknown,
    /// This device may not choose its channel, or not this one.
    ChannelRefused,
    /// A directory meant to become a bundle cannot become one.
    TreeInvalid,
    /// The server answered with something that is not a usable answer.
    ResponseUnusable,
    /// A download did not finish.
    DownloadFailed,
    /// Bytes do not have the size or hash they must have.
    ChecksumMismatch,
    /// A signature does not verify with the keys that count.
    SignatureInvalid,
    /// A signature is required and there is none.
    SignatureMissing,
    /// Signed metadata is malformed or contradicts itself.
    MetadataInvalid,
    /// Signed metadata is out of date (freeze attack, or a repository that is no longer kept).
    MetadataExpired,
    /// Something older than what this device has already seen was offered.
    DowngradeRefused,
    /// An archive breaks the strict profile.
    ArchiveUnsafe,
    /// A path would leave the bundle or mean different files on different systems.
    PathUnsafe,
    /// The bundle is for another app.
    IncompatibleApp,
    /// The release is for another channel.
    IncompatibleChannel,
    /// The bundle is for another platform.
    IncompatiblePlatform,
    /// The bundle needs another native version of the app.
    IncompatibleNative,
    /// The bundle may no longer be started.
    BundleExpired,
    /// The bundle has failed on this device before.
    BundleFailed,
    /// The device has no space left.
    NoSpace,
    /// The device's storage failed.
    StorageFailure,
    /// Another process is writing to the same store.
    Locked,
}

impl Code {
    /// Every code, in the order of their exit codes.
    pub const ALL: &'static [Code] = &[
        Code::Internal,
        Code::Usage,
        Code::ConfigInvalid,
        Code::PublicKeyInvalid,
        Code::BundleUnknown,
        Code::BundleInUse,
        Code::ChannelUnknown,
        Code::ChannelRefused,
        Code::TreeInvalid,
        Code::ResponseUnusable,
        Code::DownloadFailed,
        Code::ChecksumMismatch,
        Code::SignatureInvalid,
        Code::SignatureMissing,
        Code::MetadataInvalid,
        Code::MetadataExpired,
        Code::DowngradeRefused,
        Code::ArchiveUnsafe,
        Code::PathUnsafe,
        Code::IncompatibleApp,
        Code::IncompatibleChannel,
        Code::IncompatiblePlatform,
        Code::IncompatibleNative,
        Code::BundleExpired,
        Code::BundleFailed,
        Code::NoSpace,
        Code::StorageFailure,
        Code::Locked,
    ];

    /// The stable word for this code, in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Internal => "internal",
            Code::Usage => "usage",
            Code::ConfigInvalid => "config_invalid",
            Code::PublicKeyInvalid => "public_key_invalid",
            Code::BundleUnknown => "bundle_unknown",
            Code::BundleInUse => "bundle_in_use",
            Code::ChannelUnknown => "channel_unknown",
            Code::ChannelRefused => "channel_refused",
            Code::TreeInvalid => "tree_invalid",
            Code::ResponseUnusable => "response_unusable",
            Code::DownloadFailed => "download_failed",
            Code::ChecksumMismatch => "checksum_mismatch",
            Code::SignatureInvalid => "signature_invalid",
            Code::SignatureMissing => "signature_missing",
            Code::MetadataInvalid => "metadata_invalid",
            Code::MetadataExpired => "metadata_expired",
            Code::DowngradeRefused => "downgrade_refused",
            Code::ArchiveUnsafe => "archive_unsafe",
            Code::PathUnsafe => "path_unsafe",
            Code::IncompatibleApp => "incompatible_app",
            Code::IncompatibleChannel => "incompatible_channel",
            Code::IncompatiblePlatform => "incompatible_platform",
            Code::IncompatibleNative => "incompatible_native",
            Code::BundleExpired => "bundle_expired",
            Code::BundleFailed => "bundle_failed",
            Code::NoSpace => "no_space",
            Code::StorageFailure => "storage_failure",
            Code::Locked => "locked",
        }
    }

    /// The exit code of the command line for this code (design section 8).
    pub fn exit_code(self) -> u8 {
        match self {
            Code::Internal => 1,
            Code::Usage
            | Code::ConfigInvalid
            | Code::PublicKeyInvalid
            | Code::BundleUnknown
            | Code::BundleInUse
            | Code::ChannelUnknown
            | Code::ChannelRefused
            | Code::TreeInvalid => 2,
            Code::ResponseUnusable => 104,
            Code::DownloadFailed => 107,
            Code::ChecksumMismatch => 115,
            Code::SignatureInvalid | Code::SignatureMissing => 116,
            Code::MetadataInvalid | Code::MetadataExpired => 118,
            Code::DowngradeRefused => 119,
            Code::ArchiveUnsafe | Code::PathUnsafe => 120,
            Code::IncompatibleApp
            | Code::IncompatibleChannel
            | Code::IncompatiblePlatform
            | Code::IncompatibleNative
            | Code::BundleExpired
            | Code::BundleFailed => 121,
            Code::NoSpace => 122,
            Code::StorageFailure => 123,
            Code::Locked => 124,
        }
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_its_own_word_and_a_failing_exit_code() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| code.exit_code() != 0));
    }

    #[test]
    fn exit_codes_never_look_like_a_panic_or_a_signal() {
        for code in Code::ALL {
            assert!(![101, 134, 139].contains(&code.exit_code()), "{code}");
        }
    }
}
