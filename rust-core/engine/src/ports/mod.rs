//! What the engine needs from the world, as traits that a phone, the simulator or a test provides.

mod answer;
mod clock;
mod disk;
mod http;
mod identity;
mod pace;
mod post;
mod random;
mod real_disk;
mod real_tree;
mod request;
mod secure_store;
mod tls;
mod trust;

pub(crate) use answer::PORTAL;
pub use clock::{Clock, FixedClock, SystemClock};
pub use disk::{Disk, DiskFile, Entry, Kind, Metadata, Open, OpenTree};
pub use http::{HttpTransport, Insecure};
pub use identity::{ClientIdentity, SignatureScheme};
pub use post::{Post, Reply};
pub use random::{Random, SeededRandom, SystemRandom};
pub use real_disk::RealDisk;
pub use request::{Get, Got, Head, Media, Resume, Sink, StrongEtag, Transport};
pub use secure_store::{SecureStore, Unavailable};
pub use trust::ServerTrust;
