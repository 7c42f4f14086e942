//! Archives for tests, in one place for the tests of the engine and those of the real binary.
//!
//! [`zip`] writes archives that lie in any field. [`cases`] is the table of every class of attack by
//! archive (docs/threat-model.md lists it), each with the bundle that a compromised builder would sign for
//! it and with the verdict. [`tools`] holds what real tools write, which must install to the byte.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod case;
pub mod cases;
mod description;
pub mod tools;
pub mod zip;

pub use case::{Case, Forged, Verdict};
pub use description::{Description, File, sound};
