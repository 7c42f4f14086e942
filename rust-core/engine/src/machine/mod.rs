//! The state machine: which bundle runs, which one comes next, and which ones never come back.
//!
//! [`transition`] is a pure function from a state and an event to the next state and the effects
//! that make it visible. It does no I/O and knows no clock: the driver (`crate::engine`) hands it
//! what it needs, persists the state it returns, and only then carries the effects out (rules R1
//! and R7 of the design). The table and the rules are explained in docs/state-machine.md.

mod bundles;
mod channel;
mod custom_id;
mod delay;
mod device_id;
mod event;
mod invariants;
mod native;
mod schema;
mod state;
mod transition;

pub use custom_id::CustomId;
pub use delay::Delay;
pub use device_id::DeviceId;
pub use event::{Effect, Event, Keep, NewLaunch, OnNativeChange, Policy, Refusal, Transition};
pub use invariants::check;
pub use schema::{Unusable, read};
pub use state::{Failed, FailureCause, Installed, LaunchRecord, Limits, NativeBuild, State, Trial};
pub use transition::transition;
