//! R1 to R9 and what follows from them, one test each.

use std::collections::BTreeSet;

use airlock_engine::machine::{Effect, Event, FailureCause, Installed, Keep, Refusal};
use airlock_protocol::{Sequence, UnixMillis};

use crate::support::{DAY_MS, Device, id};

#[test]
fn a_fresh_device_serves_the_embedded_bundle() {
    assert_eq!(Device::new().start(), None);
}

#[test]
fn an_update_is_next_then_trial_then_confirmed() {
    let mut device = Device::new();
    device.start();
    let v2 = device.stage(2);
    assert_eq!(
        device.state.current(),
        None,
        "nothing changes under a running page"
    );
    assert_eq!(device.start(), Some(v2));
    assert_eq!(device.state.floor, 0, "R9: a trial does not raise the floor");
    device.ready();
    assert_eq!((device.state.confirmed, device.state.floor), (Some(v2), 2));
    assert!(device.state.trial.is_none());
}

#[test]
fn r1_the_attempt_is_in_the_state_that_serves() {
    let mut device = Device::new();
    device.stage(2);
    device.start();
    assert_eq!(device.state.trial.as_ref().unwrap().attempts, 1);
    assert!(device.effects.contains(&Effect::Serve(Some(id(2)))));
}

#[test]
fn r2_only_the_current_launch_can_confirm() {
    let mut device = Device::new();
    device.start();
    let outgoing = device.token();
    device.stage(2);
    device.with_launch(Event::Background);
    for token in [outgoing, "forged".to_owned(), String::new()] {
        let before = device.state.clone();
        device.apply(Event::Ready(token)).unwrap();
        assert_eq!(device.state, before);
    }
    device.ready();
    assert_eq!(device.state.confirmed, Some(id(2)));
}

#[test]
fn r3_a_trial_never_becomes_the_fallback() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.stage(4);
    assert_eq!(device.start(), Some(id(4)), "a newer release replaces a trial");
    assert_eq!(device.state.confirmed, Some(id(2)));
    assert!(!device.state.bundles.contains_key(&id(3)));
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert_eq!(device.state.current(), Some(id(2)));
}

#[test]
fn r4_a_crash_of_a_trial_rolls_back_at_once_and_one_of_a_confirmed_bundle_does_not() {
    let mut device = Device::confirmed(2);
    let token = device.token();
    device.with_launch(|launch| Event::Crash(token, None, launch));
    assert_eq!(device.state.current(), Some(id(2)));
    assert!(device.rolled_back().is_none());

    device.stage(3);
    let outgoing = device.token();
    device.start();
    device.with_launch(|launch| Event::Crash(outgoing, None, launch));
    assert_eq!(device.state.current(), Some(id(3)), "another page crashed (R2)");
    let token = device.token();
    assert_eq!(
        device.with_launch(|launch| Event::Crash(token, Some("white page".into()), launch)),
        Some(id(2))
    );
    let failed = device.rolled_back().unwrap();
    assert_eq!(
        (failed.id, failed.cause, failed.reason.as_deref()),
        (id(3), FailureCause::Crashed, Some("white page"))
    );
}

#[test]
fn r4_the_ready_timer_counts_foreground_time_only() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.with_launch(|launch| Event::Elapsed(9_999, launch));
    device.with_launch(Event::Background);
    device.with_launch(|launch| Event::Elapsed(60_000, launch));
    assert_eq!(
        device.state.current(),
        Some(id(3)),
        "a frozen app is not a broken one"
    );
    device
        .apply(Event::Foreground(UnixMillis::new(device.now)))
        .unwrap();
    assert_eq!(
        device.with_launch(|launch| Event::Elapsed(1, launch)),
        Some(id(2))
    );
    assert_eq!(device.rolled_back().unwrap().cause, FailureCause::NotReady);
}

#[test]
fn r4_time_never_ends_a_bundle_that_is_ready() {
    let mut device = Device::confirmed(2);
    let before = device.state.clone();
    device.with_launch(|launch| Event::Elapsed(1_000_000, launch));
    assert_eq!(device.state, before);
}

#[test]
fn r4_a_trial_killed_without_evidence_gets_three_launches() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    assert_eq!([device.start(), device.start(), device.start()], [Some(id(3)); 3]);
    assert_eq!(device.start(), Some(id(2)));
    assert_eq!(
        device.rolled_back().unwrap().cause,
        FailureCause::LaunchesExhausted
    );
}

#[test]
fn r4_the_third_launch_can_still_confirm() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.start();
    device.start();
    device.ready();
    assert_eq!(device.state.confirmed, Some(id(3)));
}

#[test]
fn r5_what_failed_stays_out_until_it_expires_or_a_newer_release_overrides() {
    let mut device = Device::confirmed(2);
    device.policy.failed = Keep::Keep;
    device.stage(3);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    let verdict = |device: &Device, sequence: u64, at: u64| {
        device
            .state
            .verdict(&id(3), Sequence::try_from(sequence).unwrap(), at)
            .is_some()
    };
    let now = device.now;
    assert_eq!(
        device.apply(Event::Next(id(3), UnixMillis::new(now))),
        Err(Refusal::FailedBefore)
    );
    assert!(verdict(&device, 3, now) && verdict(&device, 3, now + 6 * DAY_MS));
    assert!(!verdict(&device, 3, now + 8 * DAY_MS), "it expires");
    let past = now.saturating_sub(1);
    assert!(
        verdict(&device, 3, past),
        "a clock that is corrected lifts nothing"
    );
    assert!(!verdict(&device, 4, now), "a newer signed release overrides");
    let later = UnixMillis::new(now + 8 * DAY_MS);
    assert_eq!(device.apply(Event::Next(id(3), later)), Ok(()));
}

#[test]
fn r5_a_verdict_passed_by_a_clock_that_ran_ahead_does_not_outlive_it() {
    let mut device = Device::confirmed(2);
    device.policy.failed = Keep::Keep;
    device.stage(3);
    device.start();
    let present = device.now;
    device.now += 10 * 365 * DAY_MS;
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    let next = |at: u64| Event::Next(id(3), UnixMillis::new(at));
    let ahead = device.now;
    assert_eq!(device.apply(next(ahead)), Err(Refusal::FailedBefore));
    assert_eq!(device.apply(next(present)), Ok(()));
}

#[test]
fn the_failed_list_is_bounded_and_forgets_the_oldest() {
    let mut device = Device::confirmed(1);
    for number in 2..60 {
        device.stage(number);
        device.start();
        device.with_launch(|launch| Event::Elapsed(10_000, launch));
    }
    assert_eq!(device.state.failed.len(), 32);
    assert_eq!(device.state.failed.last().unwrap().id, id(59));
}

#[test]
fn a_failure_is_read_once() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert_eq!(device.state.unread_failure.as_ref().unwrap().id, id(3));
    device.apply(Event::FailureRead).unwrap();
    assert!(device.state.unread_failure.is_none());
}

#[test]
fn r8_damage_falls_to_the_next_candidate_and_bans_nothing() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    assert_eq!(
        device.with_launch(|launch| Event::Unusable(id(3), launch)),
        Some(id(2))
    );
    assert_eq!(device.with_launch(|launch| Event::Unusable(id(2), launch)), None);
    assert!(device.state.failed.is_empty());
    assert!(device.state.bundles.is_empty());
    assert_eq!(device.state.floor, 2, "B5: damage does not lower the floor");
}

#[test]
fn r8_the_previous_bundle_is_a_candidate_where_it_is_kept() {
    let mut device = Device::confirmed(2);
    device.policy.previous = Keep::Keep;
    device.stage(3);
    device.start();
    device.ready();
    assert_eq!(
        device.with_launch(|launch| Event::Unusable(id(3), launch)),
        Some(id(2))
    );
}

#[test]
fn r9_below_the_floor_nothing_is_accepted_and_at_the_floor_it_is() {
    let mut device = Device::confirmed(5);
    device.with_launch(Event::Reset);
    assert_eq!((device.state.current(), device.state.floor), (None, 5));
    let old = Installed {
        version: "4".into(),
        sequence: Sequence::try_from(4).unwrap(),
        installed_at: device.now,
        native: None,
    };
    device.apply(Event::Installed(id(4), old)).unwrap();
    let now = UnixMillis::new(device.now);
    assert_eq!(device.apply(Event::Next(id(4), now)), Err(Refusal::BelowFloor));
    let launch = device.new_launch();
    assert_eq!(device.apply(Event::Set(id(4), launch)), Err(Refusal::BelowFloor));
    assert_eq!(device.apply(Event::Next(id(5), now)), Ok(()));
}

#[test]
fn r9_going_back_on_purpose_renumbers_the_tree() {
    let mut device = Device::confirmed(2);
    device
        .apply(Event::Renumbered(
            id(2),
            Sequence::try_from(9).unwrap(),
            "2.0.1".into(),
        ))
        .unwrap();
    assert_eq!(device.state.floor, 9);
    assert_eq!(device.state.bundles[&id(2)].version, "2.0.1");
    device
        .apply(Event::Renumbered(
            id(2),
            Sequence::try_from(3).unwrap(),
            "old".into(),
        ))
        .unwrap();
    assert_eq!(device.state.floor, 9, "never down");
}

#[test]
fn what_has_a_part_to_play_cannot_be_deleted_and_the_rest_can() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    for number in [2, 3] {
        assert_eq!(device.apply(Event::Delete(id(number))), Err(Refusal::InUse));
    }
    assert_eq!(device.apply(Event::Delete(id(9))), Err(Refusal::Unknown));
    device.with_launch(Event::Reset);
    assert_eq!(device.apply(Event::Delete(id(3))), Ok(()));
    assert_eq!(device.effects, [Effect::Remove(id(3))]);
}

#[test]
fn b7_at_most_three_bundles_stay_and_none_that_is_needed_goes() {
    let mut device = Device::confirmed(2);
    for number in 3..9 {
        device.now += 1;
        device.stage(number);
        assert!(device.state.bundles.len() <= 3);
        assert!(device.state.bundles.contains_key(&id(2)) && device.state.bundles.contains_key(&id(number)));
    }
}

#[test]
fn b7_what_arrives_takes_the_place_of_previous_then_of_what_waits() {
    let mut device = Device::confirmed(2);
    device.policy.previous = Keep::Keep;
    device.stage(3);
    device.start();
    device.ready();
    device.stage(4);
    device.start();
    assert_eq!(device.state.previous, Some(id(2)), "there is room");
    device.stage(5);
    assert_eq!(
        device.state.previous, None,
        "a fallback of the fallback is a comfort"
    );
    device.install(6);
    assert_eq!(device.state.next, None, "what arrives is what was asked for last");
    let here: BTreeSet<_> = device.state.bundles.keys().copied().collect();
    assert_eq!(here, [id(3), id(4), id(6)].into(), "fallback and trial never go");
}

#[test]
fn a_reload_takes_the_next_bundle_along_and_counts_as_a_launch() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    assert_eq!(device.with_launch(Event::Reload), Some(id(3)));
    device.with_launch(Event::Reload);
    assert_eq!(device.state.trial.as_ref().unwrap().attempts, 2);
}

#[test]
fn a_tree_installed_again_under_a_lower_number_keeps_the_higher_one() {
    let mut device = Device::confirmed(2);
    let again = |sequence: u64| Installed {
        version: format!("again-{sequence}"),
        sequence: Sequence::try_from(sequence).unwrap(),
        installed_at: 5_000,
        native: None,
    };
    device.apply(Event::Installed(id(2), again(1))).unwrap();
    assert_eq!(device.state.bundles[&id(2)].version, "2.0.0");
    device.apply(Event::Installed(id(2), again(3))).unwrap();
    assert_eq!(device.state.bundles[&id(2)].version, "again-3");
}
