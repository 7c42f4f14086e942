//! What the engine needs from the world, as traits that a phone, the simulator or a test provides.

mod clock;
mod disk;
mod http;
mod identity;
mod random;
mod real_disk;
mod real_tree;
mod secure_store;
mod tls;
mod trust;

pub use clock::{Clock, FixedClock, SystemClock};
pub use disk::{Disk, DiskFile, Entry, Kind, Metadata, Open, OpenTree};
pub use http::{HttpTransport, Insecure};
pub use identity::{ClientIdentity, SignatureScheme};
pub use random::{Random, SeededRandom, SystemRandom};
pub use real_disk::RealDisk;
pub use secure_store::{SecureStore, Unavailable};
pub use trust::ServerTrust;

use crate::error::Error;

/// A request for the bytes at a URL.
#[derive(Clone, Debug)]
pub struct Get<'a> {
    /// The whole URL; already checked to be HTTPS or allowed loopback.
    pub url: &'a str,
    /// More bytes than this are refused (endless data, TUF 1.0 section 1.5.2).
    pub max_bytes: u64,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got {
    /// The body was handed to the sink, whole.
    Body,
    /// The server says that there is no such thing (404, 403, 410).
    Missing,
}

/// Fetches bytes. Blocking; called off the main thread.
pub trait Transport: Send + Sync {
    /// Hands the body to `sink` piece by piece. An error of the sink ends the request and is
    /// returned as it is. Errors: `download_failed`, `response_unusable`.
    fn get(&self, request: &Get<'_>, sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<Got, Error>;
}

/// Fetches a small document into memory.
pub(crate) fn fetch_bytes(transport: &dyn Transport, request: &Get<'_>) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = Vec::new();
    let got = transport.get(request, &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    Ok((got == Got::Body).then_some(bytes))
}
