//! A world for system tests: a real project, a real server on loopback, real processes of the real
//! `airlock`, and a forge that signs what an honest publisher never would.
//!
//! Nothing here knows the engine's code; the tests judge by exit codes, JSON and bytes on the disk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod airlock;
mod author;
mod flow;
mod forge;
mod identity;
mod listing;
mod reference;
mod remote;
mod scene;
mod server;
pub mod strace;
mod world;
mod yard;

pub use airlock::{Run, airlock, binary};
pub use author::copy_tree;
pub use flow::{Exit, Flow};
pub use forge::{Entry, Forge, zip_of};
pub use identity::Identity;
pub use listing::Listing;
pub use reference::{Asked, Reference, Said};
pub use remote::{Copy, Remote};
pub use scene::Scene;
pub use server::{Fault, Server};
pub use world::{Device, World};
pub use yard::{Measured, Yard};
