//! Stores as a device finds them: of an older engine, of a newer one, of another app.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod delays;
mod owner;
mod schema;
mod support;
