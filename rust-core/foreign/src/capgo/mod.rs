//! The encryption of Capgo's updater, as its command `capgo bundle encrypt` writes it (docs/protocol.md).
//!
//! The hosted file is the zip under AES-128-CBC. Two texts go with it: the *checksum* (the SHA-256 of the
//! plain zip) and the *session key* (initialisation vector and AES key). Digest and AES key are each put into
//! an RSA-2048 block by the holder of the private key, which makes them signatures without a name: whoever
//! has the public key reads them, only the holder can make them. So this proves who made an archive. It keeps
//! nothing secret from anybody who has the app, and it says nothing about version, app or time.
//!
//! Order: [`PublicKey::from_pem`], [`SealedArchive::open`] before anything is downloaded, [`Decryptor`] while
//! it is, and nothing may read the result before [`Decryptor::finish`] has agreed.

mod answer;
mod block;
mod channel;
mod decrypt;
mod error;
mod key;
mod seal;

pub use answer::{ANSWER_BYTES, Answer, Fault, Kind, Nothing, Pause, Update};
pub use channel::{ChannelAnswer, Listed, Refused, Told};
pub use decrypt::Decryptor;
pub use error::{Error, Part};
pub use key::PublicKey;
pub use seal::SealedArchive;
