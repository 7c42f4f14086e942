//! When a bundle is fetched and when it waits: `wifiOnly`, and the pause until the next check.

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

mod periods;
mod wifi_only;
