//! What is true of every state that was ever written. Checked after each load (a state that breaks
//! one is corrupt) and before each save (a transition that breaks one is a bug and does not happen).

use super::state::{Limits, State};

/// Returns the first invariant that `state` breaks, as a sentence for the log.
pub fn check(state: &State) -> Result<(), &'static str> {
    let known = |id| state.bundles.contains_key(id);
    let trial = state.trial.as_ref().map(|trial| trial.id);
    let launched = state.launch.as_ref().and_then(|launch| launch.bundle);
    let rules = [
        (
            state.schema == State::SCHEMA,
            "the schema is one this engine writes",
        ),
        (
            state.bundles.len() <= Limits::BUNDLES,
            "at most three bundles beside the embedded one (B7)",
        ),
        (
            state.failed.len() <= Limits::FAILED,
            "no more failed bundles than a slot can name",
        ),
        (
            state.delays.len() <= Limits::DELAYS,
            "no more delay conditions than a slot can hold",
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
            state.previous.is_none() || state.previous != trial,
            "a trial is not also a fallback of the fallback (R3)",
        ),
        (
            launched.is_none() || launched == state.current(),
            "the page that runs shows what is current, or the embedded bundle",
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
