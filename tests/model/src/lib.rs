//! The state machine a second time, small enough to try every history.
//!
//! [`device`] is what a device remembers, written from the table in docs/state-machine.md and not from
//! the engine: bit masks instead of records, four bundles, two moments in time. [`world`] puts it on a
//! phone that crashes between any two steps, and holds it to the promises. [`explore`] visits every
//! state there is. The tests hold the engine to this model: its transition function in every state,
//! the whole engine on a real disk in long random histories.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that panics is a test that fails"
)]

pub mod device;
pub mod explore;
pub mod progress;
pub mod rules;
pub mod world;
