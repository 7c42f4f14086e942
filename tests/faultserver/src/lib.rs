//! A web server on loopback that can lie: HTTP/1.1 by hand, one name for each fault ([`FAULTS`]).
//!
//! Honest otherwise: files with strong ETags, ranges, `If-Range`, connections that stay open. Plain threads; a
//! fault that stalls waits for its client to give up and never for a clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod faults;
mod request;
mod server;
mod site;
mod wire;

pub use faults::{FAULTS, Fault, Pace};
pub use request::Request;
pub use server::{FaultServer, Plan};
pub use site::{File, Site};
pub use wire::Wire;
