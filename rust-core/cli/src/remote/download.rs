//! A file that a remote configuration names, on its way to the disk.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use airlock_engine::Error as EngineError;
use airlock_engine::ports::{Get, Got, HttpTransport, Transport as _};
use airlock_foreign::remote_config::DownloadUrl;
use airlock_protocol::{Checksum, ChecksumAlgorithm, ChecksumHasher, Code};
use airlock_publisher::progress::Progress as _;

use crate::exit::Failure;
use crate::progress::Bars;

/// Largest file downloaded, in bytes: 4 GiB. Stops endless data where the configuration gives no size.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// What is to come.
pub(crate) struct Expected<'a> {
    /// What it is, for messages: `the release 2.0.0`.
    pub(crate) name: &'a str,
    pub(crate) url: &'a DownloadUrl,
    /// Exactly that many bytes, if known.
    pub(crate) size: Option<u64>,
    /// Exactly this checksum, if known.
    pub(crate) checksum: Option<Checksum>,
}

/// What came, verified.
pub(crate) struct Received {
    pub(crate) bytes: u64,
    /// As the configuration has it, else the SHA-256.
    pub(crate) checksum: Checksum,
}

/// Streams the file into `file`, which lies at `path`. Size and checksum are right when this returns.
///
/// # Errors
/// `download_failed`, `response_unusable`, `checksum_mismatch`, `no_space`, `storage_failure`.
pub(crate) fn download(
    transport: &HttpTransport,
    expected: &Expected<'_>,
    (file, path): (&mut File, &Path),
    bars: &Bars,
) -> Result<Received, Failure> {
    if expected.size.is_some_and(|size| size > FILE_BYTES_MAX) {
        let text = format!(
            "{} is larger than the {FILE_BYTES_MAX} bytes allowed",
            expected.name
        );
        return Err(Failure::new(Code::ResponseUnusable, text));
    }
    let algorithm = expected
        .checksum
        .map_or(ChecksumAlgorithm::Sha256, |checksum| checksum.algorithm());
    let mut receiver = Receiver {
        expected,
        hasher: ChecksumHasher::new(algorithm),
        bytes: 0,
        file,
        path,
        bars,
        failure: None,
    };
    let request = Get::whole(expected.url.as_str(), FILE_BYTES_MAX);
    bars.begin_download(expected.size);
    let got = transport.get(&request, &mut |piece: &[u8]| receiver.take(piece));
    bars.end();
    match (receiver.failure.take(), got) {
        (Some(failure), _) => Err(failure),
        (None, Err(error)) => Err(network(error)),
        (None, Ok(Got::Missing | Got::NotThisRange)) => Err(missing(expected.url)),
        (None, Ok(Got::Body)) => receiver.finish(),
    }
}

struct Receiver<'a> {
    expected: &'a Expected<'a>,
    hasher: ChecksumHasher,
    bytes: u64,
    file: &'a mut File,
    path: &'a Path,
    bars: &'a Bars,
    /// Why the sink ended the request.
    failure: Option<Failure>,
}

impl Receiver<'_> {
    fn take(&mut self, piece: &[u8]) -> Result<(), EngineError> {
        self.keep(piece).map_err(|failure| {
            self.failure = Some(failure);
            EngineError::Internal("the download was ended".to_owned())
        })
    }

    fn keep(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        if self.expected.size.is_some_and(|size| self.bytes > size) {
            return Err(self.wrong_size("more"));
        }
        self.hasher.update(piece);
        self.bars.advance(piece.len() as u64);
        self.file
            .write_all(piece)
            .map_err(|error| Failure::storage("write", self.path, &error))
    }

    fn finish(self) -> Result<Received, Failure> {
        if self.expected.size.is_some_and(|size| self.bytes != size) {
            return Err(self.wrong_size("fewer"));
        }
        let computed = self.hasher.finish();
        if let Some(checksum) = &self.expected.checksum {
            checksum.check(self.expected.name, &computed)?;
        }
        Ok(Received {
            bytes: self.bytes,
            checksum: computed,
        })
    }

    fn wrong_size(&self, how: &str) -> Failure {
        Failure::new(
            Code::ChecksumMismatch,
            format!(
                "{} has {how} bytes than the {} that the configuration says; it was changed on the way, or \
                 published badly",
                self.expected.name,
                self.expected.size.unwrap_or_default()
            ),
        )
    }
}

/// The engine's sentence speaks of a device's next check; a person at a shell tries again.
pub(super) fn network(error: EngineError) -> Failure {
    match error {
        EngineError::Download { url, reason } | EngineError::Handshake { url, reason } => Failure::new(
            Code::DownloadFailed,
            format!("cannot download {url}: {reason}; try again later"),
        ),
        other => other.into(),
    }
}

/// 404, 403 or 410.
pub(super) fn missing(url: &DownloadUrl) -> Failure {
    Failure::new(
        Code::ResponseUnusable,
        format!("the server has no {url}; check the address, and that the file was uploaded"),
    )
}
