//! The simulator: the real engine on a disk that loses what it may lose.
//!
//! Reading order: [`disk`] (what a power cut leaves, errors on purpose), [`world`] (releases, network, clock,
//! phone), [`promises`] (B1 to B7 of the design, judged from outside), [`flows`] (what a device does), [`sweep`]
//! (every flow, cut at every effect, and again during the recovery; every call made to fail), and [`history`]
//! (long random lives, and how a failing one is made short). Workload and checkers share no code with the engine;
//! they see its answers and the bytes on the disk.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a simulator that panics has found something, or is wrong itself: both must be seen"
)]

mod dice;
pub mod disk;
pub mod flows;
pub mod history;
mod parallel;
pub mod promises;
mod recovery;
pub mod report;
pub mod sweep;
pub mod world;

pub use dice::Dice;
