//! The ways to a bundle: patch, single files, archive; what each costs, what each refuses, and that the next one works.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics is a test that fails, its helpers included, which other tests share"
)]

mod files;
mod hostile;
mod patches;
mod support;
