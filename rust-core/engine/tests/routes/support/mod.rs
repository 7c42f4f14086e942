//! An author who signs, a server that counts, and a device.

mod author;
mod device;
mod patch;
mod server;

pub(crate) use author::{Author, Bundle, Extras};
pub(crate) use device::{Device, codes};
pub(crate) use patch::{Patch, dcz, dictionary, noise, payload, zstd};
pub(crate) use server::Server;
