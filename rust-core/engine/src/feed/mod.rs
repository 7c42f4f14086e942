//! Ways to ask "what should I run?". One file a feed; `updateProtocol` decides, nothing is sniffed.

mod airlock;
mod select;

pub(crate) use airlock::{Repository, Snapshot};
pub(crate) use select::{Selection, select};
