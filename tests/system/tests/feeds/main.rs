//! The feeds of other update systems, each asked by the real binary and answered by a server written from
//! docs/protocol.md. After every bad answer: its code, the running bundle as it was, and a next try that works.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod capgo;
mod channels;
mod checksum_json;
mod phone;
mod statistics;
mod vicius;
