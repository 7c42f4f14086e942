//! Everything around the engine: releases, a network, a clock, a phone. None of it knows how the engine works.

mod clock;
mod network;
mod phone;
mod shop;

pub use clock::FakeClock;
pub use network::{FakeNetwork, Forms};
pub use phone::{EMBEDDED, Phone, ROOT};
pub use shop::{Manner, Release, Shop};
