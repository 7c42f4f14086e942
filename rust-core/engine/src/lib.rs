//! Decides which bundle an app runs, and owns the disk that the bundles live on.
//!
//! Read [`machine`] first (what may happen), then [`store`] (how it survives a cut at any
//! instruction), [`install`] (how bytes become a tree), and last [`Engine`], which drives them.
//! All calls block and may do I/O; [`Engine::launch`] is quick, needs no network and never fails.

mod channels;
mod config;
mod delays;
mod device_id;
mod embedded;
mod engine;
mod error;
mod events;
mod failures;
mod feed;
pub mod install;
mod launch;
pub mod machine;
mod names;
pub mod ports;
mod records;
mod schedule;
mod session;
mod statistics;
pub mod store;
mod transfer;
mod update;
mod verbs;
mod view;
mod workers;

pub use channels::{Channel, ChannelStatus, Followed};
pub use config::{AutoUpdate, Config, IdentityFiles, VerifyOnLaunch};
pub use delays::DelayCondition;
pub use embedded::EmbeddedSource;
pub use engine::{Engine, Host};
pub use error::{Error, RetryAfter};
pub use events::{Event, EventSink, NoEvents, failure_reason};
pub use failures::{Phase, RecordedFailure};
pub use records::{
    Bundle, BundleStatus, Check, Detour, DownloadRequest, Downloaded, Failure, Launch, Offer, Origin,
    Postponement, Ready, ResetTo, Rollback, Route, Served, Status, Sync, Verified,
};
pub use store::Collected;
