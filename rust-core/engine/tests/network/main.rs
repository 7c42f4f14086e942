//! Servers with certificates made here, over real connections on loopback: who is talked to, and what is said to whom.
//! The device judges them as Android's does, through `ServerTrust`; what answers there is a real verifier with the test's own
//! roots. The system's verifier is met in tests/system (tls.rs).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod certificates;
mod pins;
mod requests;
mod support;
mod ways;
