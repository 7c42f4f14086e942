//! The state's record on the disk: today's format, and how those of older engines are read.
//!
//! A schema number stands for a set of fields and their meaning. A new engine reads every older one
//! and writes its own; an old engine leaves a newer one alone, because it cannot know what it would
//! lose. Schema 2 lacks what is absent in most states of schema 3 (what the app chose and said at run time), so it is read as one.

use std::collections::BTreeMap;

use airlock_protocol::{BundleId, NativeVersion, Sequence};
use serde::Deserialize;

use super::invariants::check;
use super::state::{Failed, Installed, LaunchRecord, Limits, State, Trial};

/// Why a record is no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// A newer engine wrote it. It is not damaged: nothing may be erased or written over.
    Newer,
    /// It is no record of any engine, or it breaks an invariant.
    Corrupt,
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// Reads a record of this schema or of an older one.
pub fn read(record: &[u8]) -> Result<State, Unusable> {
    let version: Version = parse(record)?;
    let state = match version.schema {
        1 => parse::<V1>(record)?.migrate(),
        2 => State {
            schema: State::SCHEMA,
            ..parse(record)?
        },
        State::SCHEMA => parse(record)?,
        newer if newer > State::SCHEMA => return Err(Unusable::Newer),
        _ => return Err(Unusable::Corrupt),
    };
    check(&state).map_err(|_| Unusable::Corrupt)?;
    Ok(state)
}

fn parse<'r, T: Deserialize<'r>>(record: &'r [u8]) -> Result<T, Unusable> {
    serde_json::from_slice(record).map_err(|_| Unusable::Corrupt)
}

/// Schema 1, of the first slice (November 2026): no owner, no delay conditions, and with
/// `autoDeletePrevious` off as many as four bundles.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct V1 {
    #[serde(rename = "schema")]
    _schema: u32,
    device_id: String,
    native_version: Option<NativeVersion>,
    #[serde(default)]
    embedded_sequence: Option<Sequence>,
    #[serde(default)]
    trust: Option<String>,
    floor: u64,
    bundles: BTreeMap<BundleId, Installed>,
    confirmed: Option<BundleId>,
    previous: Option<BundleId>,
    trial: Option<Trial>,
    next: Option<BundleId>,
    failed: Vec<Failed>,
    unread_failure: Option<Failed>,
    launch: Option<LaunchRecord>,
    launches: u64,
}

impl V1 {
    fn migrate(self) -> State {
        let mut state = State {
            native_version: self.native_version,
            embedded_sequence: self.embedded_sequence,
            trust: self.trust,
            floor: self.floor,
            bundles: self.bundles,
            confirmed: self.confirmed,
            previous: self.previous,
            trial: self.trial,
            next: self.next,
            failed: self.failed,
            unread_failure: self.unread_failure,
            launch: self.launch,
            launches: self.launches,
            ..State::new(self.device_id)
        };
        trim(&mut state);
        state
    }
}

/// B7 was looser under schema 1. What goes is what would go today: `previous` first, then bundles
/// without a part to play. The trees that no state names any more are removed by the next sync.
fn trim(state: &mut State) {
    if state.bundles.len() > Limits::BUNDLES
        && let Some(previous) = state.previous.take()
        && !state.needs(&previous)
    {
        state.bundles.remove(&previous);
    }
    while state.bundles.len() > Limits::BUNDLES {
        let idle = state.bundles.keys().find(|id| !state.needs(id)).copied();
        let Some(id) = idle.or_else(|| state.next.take()) else {
            return;
        };
        state.bundles.remove(&id);
    }
}
