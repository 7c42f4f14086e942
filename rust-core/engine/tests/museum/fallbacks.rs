//! What there is to fall back to.

use airlock_engine::machine::{Event, Keep, Refusal};
use airlock_protocol::{Sequence, UnixMillis};

use crate::machine_support::{Device, id};

/// Capgo #108 and #77, Capawesome #282: cleaning up deleted the fallback, or the bundle being served,
/// and the next rollback showed a white page. Held by: `needs` in `remove_unneeded` and `delete` in
/// transition.rs and bundles.rs.
#[test]
fn the_fallback_is_deleted() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    for number in 4..9 {
        device.stage(number);
    }
    let now = UnixMillis::new(device.now);
    device.apply(Event::Next(id(2), now)).unwrap();
    device.stage(9);
    assert!(
        device.state.bundles.contains_key(&id(2)),
        "it was next for a while, and no longer is"
    );
    for needed in [2, 3] {
        assert_eq!(device.apply(Event::Delete(id(needed))), Err(Refusal::InUse));
    }
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert_eq!(device.state.current(), Some(id(2)));
    assert!(device.state.bundles.contains_key(&id(2)));
}

/// OtaKit #34: a second update during a trial made the unconfirmed trial the fallback. Held by:
/// `begin_trial` in transition.rs, which drops the superseded trial and leaves `confirmed` alone.
#[test]
fn an_unconfirmed_trial_becomes_the_fallback() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.stage(4);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert_eq!(device.state.current(), Some(id(2)));
}

/// Capawesome: a rollback goes to the bundle in the binary, whatever has worked since. Held by:
/// `current` in state.rs: the trial, else the confirmed one.
#[test]
fn a_rollback_loses_every_update_that_worked() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    let token = device.token();
    device.with_launch(|launch| Event::Crash(token, None, launch));
    assert_eq!(device.state.current(), Some(id(2)));
}

/// Capgo, by reading: a rollback is several writes, and a kill between two of them lands on the binary's
/// bundle with the pointer to the last good one lost. Held by: `roll_back` in transition.rs; verdict,
/// fallback and launch are one state, so they are one write.
#[test]
fn a_kill_during_the_rollback_loses_the_fallback() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    let state = &device.state;
    let written = (
        state.confirmed,
        state.launch.as_ref().unwrap().bundle,
        state.failed.len(),
        state.trial.is_none(),
    );
    assert_eq!(
        written,
        (Some(id(2)), Some(id(2)), 1, true),
        "after one transition"
    );
}

/// Peers raise nothing when a bundle works, or raise it when it is downloaded; so a release that nobody
/// has seen working blocks the way back to the one that works. Held by: `confirm_trial` in
/// transition.rs, the place where the floor rises.
#[test]
fn a_release_that_never_worked_blocks_the_way_back() {
    let mut device = Device::confirmed(2);
    device.stage(9);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert_eq!(device.state.floor, 2);
    device.stage(5);
    assert_eq!(device.start(), Some(id(5)));
}

/// `autoDeletePrevious: false`, here until November 2026: fallback, previous, trial and next were four
/// bundles. Held by: `make_room` in bundles.rs.
#[test]
fn what_is_kept_grows_without_bound() {
    let mut device = Device::confirmed(2);
    device.policy.previous = Keep::Keep;
    device.policy.failed = Keep::Keep;
    for number in 3..12 {
        device.stage(number);
        assert!(device.state.bundles.len() <= 3, "{number}");
        device.start();
        match number % 3 {
            0 => device.ready(),
            _ => drop(device.with_launch(|launch| Event::Elapsed(10_000, launch))),
        }
    }
}

/// Found here by the model in November 2026: the bundle before the fallback had been signed again under
/// a higher number; when the fallback was damaged, the state that would have served it broke an
/// invariant and could not be saved, so no launch was written down any more. Held by: `raise_floor` in
/// `let_previous_step_up` in bundles.rs.
#[test]
fn a_renumbered_previous_bundle_cannot_step_up() {
    let mut device = Device::confirmed(2);
    device.policy.previous = Keep::Keep;
    device.stage(3);
    device.start();
    device.ready();
    let higher = Sequence::try_from(9).unwrap();
    device
        .apply(Event::Renumbered(id(2), higher, "2.0.1".into()))
        .unwrap();
    assert_eq!(
        device.with_launch(|launch| Event::Unusable(id(3), launch)),
        Some(id(2))
    );
    assert_eq!(device.state.floor, 9);
}
