//! What can go wrong while packing and publishing, grouped by whose fault it is.

use std::io;
use std::path::{Path, PathBuf};

use airlock_protocol::Code;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not packed, signed or published. Nothing secret appears in the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The author asked for something that cannot be done as asked.
    #[error("{0}")]
    Usage(String),
    /// The web folder is no bundle.
    #[error("{0}")]
    Bundle(String),
    /// `airlock.json` or a private key is not as it must be.
    #[error("{0}")]
    Project(String),
    /// The repository's own metadata does not verify, so it must not be signed on.
    #[error("{0}")]
    Metadata(String),
    /// A target file in the repository is not what the signed metadata says.
    #[error("{0}")]
    Checksum(String),
    /// The new release would not be newer than the last one.
    #[error(
        "sequence {asked} is not higher than the last release on channel {channel}, {last}: leave --sequence \
         out to take the next one"
    )]
    Sequence {
        /// The channel that was to be published on.
        channel: String,
        /// The sequence that was asked for.
        asked: u64,
        /// The highest sequence already on the channel.
        last: u64,
    },
    /// Another process is publishing in this project.
    #[error("another process is publishing in {}: try again when it is done", .0.display())]
    Locked(PathBuf),
    /// The disk failed, or a file is missing that the project names.
    #[error("{doing} {}: {source}", path.display())]
    Storage {
        /// What was being done, as a gerund: "reading", "writing".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A rule of the wire formats was broken.
    #[error(transparent)]
    Protocol(#[from] airlock_protocol::Error),
    /// A library did what it promises not to do.
    #[error("internal error, please report it: {0}")]
    Internal(String),
}

impl Error {
    /// The stable code of this error (design section 8).
    pub fn code(&self) -> Code {
        match self {
            Error::Usage(_) => Code::Usage,
            Error::Bundle(_) => Code::TreeInvalid,
            Error::Project(_) => Code::ConfigInvalid,
            Error::Metadata(_) => Code::MetadataInvalid,
            Error::Checksum(_) => Code::ChecksumMismatch,
            Error::Sequence { .. } => Code::DowngradeRefused,
            Error::Locked(_) => Code::Locked,
            Error::Storage { source, .. } => storage_code(source.kind()),
            Error::Protocol(error) => error.code(),
            Error::Internal(_) => Code::Internal,
        }
    }

    /// For `map_err` around file access: `Error::storage("reading", path)`.
    pub(crate) fn storage(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Storage {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}

/// A full disk is the author's to clear; everything else about a disk is a fault.
fn storage_code(kind: io::ErrorKind) -> Code {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::NoSpace,
        _ => Code::StorageFailure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let code = |kind: io::ErrorKind| Error::storage("writing", Path::new("x"))(kind.into()).code();
        assert_eq!(code(io::ErrorKind::StorageFull), Code::NoSpace);
        assert_eq!(code(io::ErrorKind::QuotaExceeded), Code::NoSpace);
        assert_eq!(code(io::ErrorKind::PermissionDenied), Code::StorageFailure);
    }
}
