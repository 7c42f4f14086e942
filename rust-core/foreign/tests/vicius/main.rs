//! The remote configuration of Vicius and its signature, on good and bad bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

mod minisign_files;
mod reader;
mod selection;
mod support;
