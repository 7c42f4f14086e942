//! The engine for Kotlin, Swift and Python, through UniFFI: the only crate that names it.
//!
//! One object, [`Airlock`], is the updater of one app in one process. It adds to
//! [`airlock_engine::Engine`] what every shim would otherwise write again: the words of the JavaScript API,
//! the ready timer's stopwatch, what `autoUpdate` asks for, turns for what uses the network, and events that
//! reach the page they are meant for. A shim translates calls and shows what a [`Launch`] says.
//!
//! Threads: every method may be called from any thread and blocks. [`Airlock::launch`],
//! [`Airlock::shown`], [`Airlock::tick`] and their kin take a few file operations and no network; the ones
//! that ask a server say so and belong on a worker. Nothing of ours is locked while an [`EventSink`] runs but
//! the turn for the network (see [`Airlock::sync`]).
//!
//! Errors: every failure is one [`AirlockError`] with a stable code. A panic is caught here and becomes the
//! code `internal`; the state on disk is whole after it, because a transition is one durable write, and the
//! next call works.
//!
//! Reading order: [`Setup`] (what the platform says), [`Airlock`] in `airlock.rs` (the life of the process) and
//! `methods.rs` (the plugin's methods), `process.rs` (the stopwatch), `outbox.rs` (events).

mod airlock;
mod channels;
mod conditions;
mod convert;
mod error;
mod events;
mod failures;
#[cfg(feature = "faults")]
mod faults;
mod identity;
mod methods;
mod outbox;
mod process;
mod records;
mod schedule;
mod secure;
mod setup;
mod trust;
mod turns;

pub use airlock::Airlock;
pub use channels::{ChannelInfo, FollowedChannel};
pub use conditions::Conditions;
pub use error::{AirlockError, error_codes};
pub use events::{AirlockEvent, Delivery, EventSink};
pub use failures::FailureInfo;
pub use identity::{ClientIdentity, SignatureScheme};
pub use records::{
    BundleInfo, Collected, Current, DelayCondition, DownloadRequest, DownloadResult, FailedUpdate,
    LatestVersion, Launch, Ready, ResetTo, ServedBundle, Status, SyncResult, Tick, Verified,
};
pub use secure::SecureStore;
pub use setup::{EmbeddedSource, Platform, Setup};
pub use trust::ServerTrust;

uniffi::setup_scaffolding!();
