//! Everything the engine can refuse or fail at, grouped by who is at fault.

use std::io;
use std::time::Duration;

use airlock_foreign::capgo;
use airlock_protocol::{Code, UnixMillis};

use crate::machine::Refusal;

/// An engine error. Its [`Error::code`] is stable across Rust, Kotlin, Swift, TypeScript and the
/// command line; its text is for people and carries no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The app's configuration cannot be used; only a new native build can mend it.
    #[error("{text}")]
    Config {
        /// `config_invalid` or `public_key_invalid`.
        code: Code,
        /// What is wrong and what to write instead.
        text: String,
    },
    /// The caller asked for something that does not apply.
    #[error("{text}")]
    Usage {
        /// `usage`, `bundle_unknown`, `bundle_in_use` and the like.
        code: Code,
        /// What to do instead.
        text: String,
    },
    /// The state machine refused: the device stays as it was.
    #[error("{}", refusal_text(.0))]
    Refused(Refusal),
    /// The repository, a release or a bundle is not what was signed, or was not signed for us.
    #[error("{context}: {source}")]
    Rejected {
        /// What was being checked.
        context: &'static str,
        /// What the kernel found.
        source: airlock_protocol::Error,
    },
    /// An archive or an installed tree is not what its checksum.json says.
    #[error("{text}")]
    Bundle {
        /// `checksum_mismatch`, `archive_unsafe`, `path_unsafe`, `signature_missing` and the like.
        code: Code,
        /// Which file and what about it.
        text: String,
    },
    /// No complete answer came: the network, or a server that is down or closed midway.
    #[error("cannot download {url}: {reason}; the device tries again at the next check")]
    Download {
        /// What was asked for, without its query.
        url: String,
        /// What happened.
        reason: String,
    },
    /// No connection came about that both sides would trust: a certificate, or something else about TLS.
    #[error("cannot download {url}: {reason}; the device tries again at the next check")]
    Handshake {
        /// What was asked for, without its query.
        url: String,
        /// What was found wrong.
        reason: String,
    },
    /// An answer came and cannot be used: a status, a size or a captive portal.
    #[error("the server's answer for {url} cannot be used: {reason}")]
    Response {
        /// What was asked for, without its query.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server is busy, or counts our requests (429, 5xx): time mends that.
    #[error(
        "the server's answer for {url} cannot be used: it answered {status}; the device tries again later"
    )]
    Busy {
        /// What was asked for, without its query.
        url: String,
        /// The status.
        status: u16,
        /// When the server wants to be asked again, where it says so.
        retry_after: Option<RetryAfter>,
    },
    /// A server answered 429, and until its time is over nobody is asked anything.
    #[error("the server has answered too many requests (429); nothing is asked before {until}")]
    Quiet {
        /// RFC 3339 time from which the device asks again.
        until: String,
    },
    /// The app ended a sync or download. What has arrived is kept for the next one.
    #[error("the download was cancelled; the next one goes on where it ended")]
    Cancelled,
    /// The disk is full.
    #[error("not enough free space to {doing}; free some space and try again")]
    NoSpace {
        /// What was being done.
        doing: &'static str,
    },
    /// The disk failed.
    #[error("cannot {doing}: {source}")]
    Storage {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Another process is updating.
    #[error("another process is updating this app; try again when it has finished")]
    Locked,
    /// A bug in Airlock.
    #[error("internal error: {0}; please report this")]
    Internal(String),
}

/// When a server wants to be asked again (`Retry-After`, RFC 9110 section 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After that time.
    In(Duration),
    /// At that time of day.
    At(UnixMillis),
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Config { code, .. } | Self::Usage { code, .. } | Self::Bundle { code, .. } => *code,
            Self::Refused(refusal) => refusal.code(),
            Self::Rejected { source, .. } => source.code(),
            Self::Download { .. } | Self::Handshake { .. } | Self::Cancelled => Code::DownloadFailed,
            Self::Response { .. } | Self::Busy { .. } | Self::Quiet { .. } => Code::ResponseUnusable,
            Self::NoSpace { .. } => Code::NoSpace,
            Self::Storage { .. } => Code::StorageFailure,
            Self::Locked => Code::Locked,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// Whether a bundle is known to be damaged, from its bytes. A disk that would not say (design
    /// section 5: unreadable is not corrupt) is no such proof.
    pub(crate) fn is_damage(&self) -> bool {
        !matches!(
            self,
            Self::Storage { .. } | Self::NoSpace { .. } | Self::Internal(_)
        )
    }

    /// Whether what was signed is itself at fault, so that asking again would change nothing.
    pub(crate) fn blames_release(&self) -> bool {
        matches!(
            self.code(),
            Code::ArchiveUnsafe
                | Code::PathUnsafe
                | Code::MetadataInvalid
                | Code::IncompatibleApp
                | Code::IncompatiblePlatform
                | Code::IncompatibleNative
                | Code::BundleExpired
        )
    }

    /// A disk error; a full disk gets its own variant, because the user can mend it.
    pub(crate) fn storage(doing: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { doing },
            _ => Self::Storage { doing, source },
        }
    }

    pub(crate) fn config(text: impl Into<String>) -> Self {
        Self::Config {
            code: Code::ConfigInvalid,
            text: text.into(),
        }
    }

    pub(crate) fn bundle(code: Code, text: impl Into<String>) -> Self {
        Self::Bundle {
            code,
            text: text.into(),
        }
    }

    pub(crate) fn rejected(context: &'static str) -> impl FnOnce(airlock_protocol::Error) -> Self {
        move |source| Self::Rejected { context, source }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<capgo::Error> for Error {
    /// An archive of the peer's, refused. Its keys are refused as configuration, by [`crate::Config`].
    fn from(error: capgo::Error) -> Self {
        Self::bundle(error.code(), error.to_string())
    }
}

fn refusal_text(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown => "no bundle with this id is on the device; list shows the ones that are",
        Refusal::InUse => "this bundle is current, fallback, next or on trial; it cannot be deleted now",
        Refusal::FailedBefore => "this bundle failed on this device; publish a fixed release",
        Refusal::BelowFloor => {
            "this bundle is older than what this device has confirmed; publish it again under a new sequence to go back"
        }
        Refusal::AnotherApp => "this store belongs to another app; give each app a directory of its own",
        Refusal::TooManyDelays => "too many delay conditions; name each kind once",
    }
}
