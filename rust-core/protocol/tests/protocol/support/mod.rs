//! A small TUF repository, and a device in front of it.

mod device;
mod repository;
mod signer;

pub(crate) use device::Device;
pub(crate) use repository::{Repository, day};
pub(crate) use signer::Signer;
