//! What is true of every state that was ever written. Checked after each load (a state that breaks
//! one is corrupt) and before each save (a transition that breaks one is a bug and does not happen).

use super::state::{Limits, State};

/// Returns the first invariant that `state` breaks, as a sentence for the log.
pub fn check(state: &State) -> Result<(), &'static str> {
    let known = |id| state.bundles.contains_key(id);
    let trial = state.trial.as_ref().map(|trial| trial.id);
    let rules = [
        (
            state.schema == State::SCHEMA,
            "the schema is one this engine writes",
        ),
        (
            state.bundles.len() <= Limits::BUNDLES,
            "no more bundles than a slot can name",
        ),
        (
            state.failed.len() <= Limits::FAILED,
            "no more failed bundles than a slot can name",
        ),
        (
            state.confirmed.iter().all(known),
            "the confirmed bundle is installed",
        ),
        (
            state.previous.iter().all(known),
            "the previous bundle is installed",
        ),
        (state.next.iter().all(known), "the next bundle is installed"),
        (trial.iter().all(known), "the bundle on trial is installed"),
        (
            trial.is_none() || trial != state.confirmed,
            "a trial is never the fallback (R3)",
        ),
        (
            state.previous.is_none() || state.previous != state.confirmed,
            "previous and confirmed differ",
        ),
        (
            state.next.is_none() || state.next != trial,
            "what is on trial is not also next",
        ),
        (
            state.trial.iter().all(|trial| trial.attempts > 0),
            "a trial was launched at least once (R1)",
        ),
        (
            state
                .confirmed
                .iter()
                .filter_map(|id| state.sequence_of(id))
                .all(|s| s.get() <= state.floor),
            "the floor is at least the confirmed sequence (R9)",
        ),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        Some((_, broken)) => Err(broken),
        None => Ok(()),
    }
}
