//! `airlock simulate` as a process: the real binary, driven over HTTP and WebSocket the way a browser drives it.
//! What only a browser can show (the control page, a real app) is in tests/e2e.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic in a test's helper is a failed test"
)]

mod guard;
mod http;
mod page;
mod phone;
mod process;
mod shim;
mod update;
mod world;
