//! The last failures of a device: where each is placed, how it is counted, and that keeping them hurts nothing.

#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics is a test that fails; the helpers are shared with other tests"
)]

#[path = "../routes/support/mod.rs"]
mod support;

mod log;
