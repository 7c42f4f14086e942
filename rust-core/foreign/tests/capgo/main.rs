//! The peer's encryption: what node's own crypto made is read, and every forgery beside it is not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod archive;
mod keys;
mod padding;
mod support;
mod texts;
