//! The state machine, on the pure transition function.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod builds;
mod delays;
mod limits;
mod owner;
mod rules;
mod schema;
mod support;
