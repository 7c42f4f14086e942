//! Where a rule begins and ends, to the millisecond and the number.

use airlock_engine::machine::{Event, Failed, FailureCause, Keep, check};
use airlock_protocol::{Sequence, UnixMillis};

use crate::support::{DAY_MS, Device, id};

#[test]
fn r5_a_verdict_stands_for_seven_days_and_a_clock_may_be_a_day_slow() {
    let verdict = |expires| Failed {
        id: id(2),
        version: "2.0.0".to_owned(),
        sequence: Sequence::try_from(2).unwrap(),
        cause: FailureCause::Crashed,
        reason: None,
        at: 0,
        expires,
    };
    let now = 100 * DAY_MS;
    assert_eq!(Failed::TTL_MS, 7 * DAY_MS);
    for (left, stands) in [
        (0, false),
        (1, true),
        (7 * DAY_MS, true),
        (8 * DAY_MS, true),
        (8 * DAY_MS + 1, false),
    ] {
        assert_eq!(verdict(now + left).stands(now), stands, "{left} ms to go");
    }
}

#[test]
fn r1_a_trial_that_was_never_launched_is_no_sound_state() {
    let mut device = Device::new();
    device.stage(2);
    device.start();
    assert!(check(&device.state).is_ok());
    device.state.trial.as_mut().unwrap().attempts = 0;
    assert!(check(&device.state).unwrap_err().contains("R1"));
}

#[test]
fn the_first_native_version_that_is_seen_is_kept_until_a_start_says_otherwise() {
    let mut device = Device::new();
    let version = |text: &str| Some(text.parse().unwrap());
    device.apply(Event::FirstSeen(None)).unwrap();
    assert_eq!(device.state.native_version, None);
    device.apply(Event::FirstSeen(version("1.2.0"))).unwrap();
    assert_eq!(device.state.native_version, version("1.2.0"));
    device.apply(Event::FirstSeen(version("1.3.0"))).unwrap();
    assert_eq!(device.state.native_version, version("1.2.0"));
}

#[test]
fn a_number_that_is_no_higher_renames_nothing() {
    let mut device = Device::new();
    let id = device.install(4);
    let known = device.state.bundles[&id].clone();
    for sequence in [3, 4] {
        let sequence = Sequence::try_from(sequence).unwrap();
        device
            .apply(Event::Renumbered(id, sequence, "other".to_owned()))
            .unwrap();
        assert_eq!(device.state.bundles[&id], known);
    }
    let sequence = Sequence::try_from(5).unwrap();
    device
        .apply(Event::Renumbered(id, sequence, "other".to_owned()))
        .unwrap();
    assert_eq!(device.state.bundles[&id].version, "other");
}

#[test]
fn r5_a_confirmation_lifts_the_verdict_on_that_bundle_and_on_no_other() {
    let mut device = Device::confirmed(2);
    device.policy.failed = Keep::Keep;
    for number in [3, 4] {
        device.stage(number);
        device.start();
        let token = device.token();
        device.with_launch(|launch| Event::Crash(token, None, launch));
    }
    device.now += 8 * DAY_MS;
    device
        .apply(Event::Next(id(3), UnixMillis::new(device.now)))
        .unwrap();
    device.start();
    device.ready();
    let failed: Vec<_> = device.state.failed.iter().map(|failed| failed.id).collect();
    assert_eq!(failed, [id(4)], "3.0.0 works now, and 4.0.0 is no better for it");
}
