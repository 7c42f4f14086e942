//! What the engine needs from the world, as traits that a phone, the simulator or a test provides.

mod address;
mod answer;
mod clients;
mod clock;
mod credentials;
mod disk;
mod headers;
mod http;
mod identity;
mod pace;
mod pins;
mod proxy;
mod random;
mod real_disk;
mod real_tree;
mod request;
mod secure_store;
mod sign;
mod tls;
mod trust;

pub use address::Insecure;
pub(crate) use answer::PORTAL;
pub use clock::{Clock, FixedClock, SystemClock};
pub use credentials::{Credentials, RequestSigner, TokenSource};
pub use disk::{Disk, DiskFile, Entry, Kind, Metadata, Open, OpenTree};
pub use headers::RequestHeaders;
pub use http::HttpTransport;
pub use identity::{ClientIdentity, SignatureScheme};
pub use pins::{Pin, Pins};
pub use proxy::Proxy;
pub use random::{Random, SeededRandom, SystemRandom};
pub use real_disk::RealDisk;
pub use request::{Get, Got, Head, Media, Resume, Sink, StrongEtag, Transport};
pub use secure_store::{SecureStore, Unavailable};
pub use sign::{RequestAlgorithm, RequestKey};
pub use trust::ServerTrust;
