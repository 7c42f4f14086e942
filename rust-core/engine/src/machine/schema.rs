//! The state's record on the disk: today's format, and how those of older engines are read.
//!
//! A schema number stands for a set of fields and their meaning. A new engine reads every older one
//! and writes its own; an old engine leaves a newer one alone, because it cannot know what it would
//! lose. Schema 2 lacks what is absent in most states of schema 3 (what the app chose and said at run time), so it is read as one.

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::invariants::check;
use super::state::{Limits, State};

/// Why a record is no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// A newer engine wrote it. It is not damaged: nothing may be erased or written over.
    Newer,
    /// It is no record of any engine, or it breaks an invariant.
    Corrupt,
}

/// Reads a record of this schema or of an older one.
pub fn read(record: &[u8]) -> Result<State, Unusable> {
    let text = std::str::from_utf8(record).map_err(|_| Unusable::Corrupt)?;
    let mut record: Value = serde_json::from_str(text).map_err(|_| Unusable::Corrupt)?;
    let schema = record.get("schema").and_then(Value::as_u64);
    let schema = schema.and_then(|number| u32::try_from(number).ok());
    match schema.ok_or(Unusable::Corrupt)? {
        1 => migrate(&mut record).ok_or(Unusable::Corrupt)?,
        2 | State::SCHEMA => {}
        newer if newer > State::SCHEMA => return Err(Unusable::Newer),
        _ => return Err(Unusable::Corrupt),
    }
    renumber(&mut record);
    let mut state = State::deserialize(&record).map_err(|_| Unusable::Corrupt)?;
    if schema == Some(1) {
        trim(&mut state);
    }
    check(&state).map_err(|_| Unusable::Corrupt)?;
    Ok(state)
}

/// Schema 1, of the first slice (November 2026): no owner, no delay conditions, and with
/// `autoDeletePrevious` off as many as four bundles. `None` if it has a field of schema 2.
fn migrate(record: &mut Value) -> Option<()> {
    let fields = record.as_object_mut()?;
    let added = [
        ("app", Value::Null),
        ("channel", Value::Null),
        ("delays", json!([])),
        ("backgroundSince", Value::Null),
    ];
    for (name, value) in added {
        if fields.insert(name.to_owned(), value).is_some() {
            return None;
        }
    }
    Some(())
}

fn renumber(record: &mut Value) {
    if let Some(schema) = record.get_mut("schema") {
        *schema = State::SCHEMA.into();
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
