//! Delay conditions: what holds back a bundle that waits, and what does not.

use airlock_engine::machine::{Delay, Event, Limits, NativeBuild, OnNativeChange, Refusal};
use airlock_protocol::{BundleId, UnixMillis};

use crate::support::{Device, id};

const MINUTE_MS: u64 = 60_000;

/// 2.0.0 runs and 3.0.0 waits for these conditions.
fn delayed(delays: Vec<Delay>) -> Device {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.apply(Event::DelayUntil(delays)).unwrap();
    device
}

impl Device {
    fn leave(&mut self) -> Option<BundleId> {
        self.with_launch(Event::Background)
    }

    fn come_back_after(&mut self, ms: u64) {
        self.now += ms;
        self.apply(Event::Foreground(UnixMillis::new(self.now))).unwrap();
    }

    fn told_native(&mut self, version: &str) {
        let build = NativeBuild {
            version: Some(version.parse().unwrap()),
            embedded_sequence: None,
            trust: None,
        };
        self.apply(Event::Native(build)).unwrap();
    }
}

#[test]
fn without_conditions_a_cold_start_and_the_background_apply_what_waits() {
    assert_eq!(delayed(Vec::new()).start(), Some(id(3)));
    assert_eq!(delayed(Vec::new()).leave(), Some(id(3)));
    assert_eq!(delayed(Vec::new()).with_launch(Event::Apply), Some(id(3)));
}

#[test]
fn kill_waits_for_a_cold_start() {
    let mut device = delayed(vec![Delay::Kill]);
    assert_eq!(device.leave(), Some(id(2)));
    device.come_back_after(MINUTE_MS);
    assert_eq!(device.with_launch(Event::Apply), Some(id(2)));
    assert_eq!(device.start(), Some(id(3)));
    assert!(device.state.delays.is_empty());
}

#[test]
fn background_waits_for_that_much_time_away_and_applies_where_nobody_looks() {
    let mut device = delayed(vec![Delay::Background(5 * MINUTE_MS)]);
    for away in [1, 5 * MINUTE_MS - 1] {
        assert_eq!(device.leave(), Some(id(2)));
        device.come_back_after(away);
        assert_eq!(device.state.current(), Some(id(2)), "{away} ms");
    }
    assert_eq!(device.leave(), Some(id(2)), "times away do not add up");
    device.come_back_after(5 * MINUTE_MS);
    assert_eq!(device.state.current(), Some(id(2)), "somebody is looking");
    assert_eq!(device.leave(), Some(id(3)));

    let mut device = delayed(vec![Delay::Background(0)]);
    assert_eq!(device.leave(), Some(id(3)), "0 means: the app went there");
}

#[test]
fn an_app_that_was_killed_in_the_background_was_away_until_it_starts() {
    for (away, expected) in [(MINUTE_MS - 1, id(2)), (MINUTE_MS, id(3))] {
        let mut device = delayed(vec![Delay::Background(MINUTE_MS)]);
        device.leave();
        device.now += away;
        assert_eq!(device.start(), Some(expected), "{away} ms");
    }
    let mut device = delayed(vec![Delay::Background(MINUTE_MS)]);
    device.now += MINUTE_MS;
    assert_eq!(device.start(), Some(id(2)), "it died in front of the user");
}

#[test]
fn a_date_waits_until_it_has_come() {
    let mut device = delayed(vec![Delay::Date(UnixMillis::new(5_000))]);
    device.now = 4_999;
    assert_eq!(device.start(), Some(id(2)));
    device.now = 5_000;
    assert_eq!(device.start(), Some(id(3)));
}

#[test]
fn a_native_version_waits_for_that_version_or_a_later_one() {
    for (version, expected) in [("1.9.9", id(2)), ("2.0.0", id(3)), ("2.0.1", id(3))] {
        let mut device = delayed(vec![Delay::NativeVersion("2.0.0".parse().unwrap())]);
        device.policy.on_native_change = OnNativeChange::DropOutdated;
        assert_eq!(device.start(), Some(id(2)), "no version was told yet");
        device.told_native(version);
        assert_eq!(device.start(), Some(expected), "{version}");
    }
}

#[test]
fn all_conditions_count_and_each_may_be_met_at_its_own_time() {
    let mut device = delayed(vec![Delay::Kill, Delay::Background(MINUTE_MS)]);
    device.leave();
    device.come_back_after(MINUTE_MS);
    assert_eq!(device.leave(), Some(id(2)), "the kill is missing");
    device.come_back_after(1);
    assert_eq!(device.start(), Some(id(3)));
}

#[test]
fn what_the_app_asks_for_waits_for_nothing() {
    let never = || vec![Delay::Date(UnixMillis::new(u64::MAX))];
    assert_eq!(delayed(never()).with_launch(Event::Reload), Some(id(3)));
    assert_eq!(
        delayed(never()).with_launch(|launch| Event::Set(id(3), launch)),
        Some(id(3))
    );
    let mut device = delayed(never());
    assert_eq!(device.start(), Some(id(2)));
    device.apply(Event::DelayUntil(Vec::new())).unwrap();
    assert_eq!(device.start(), Some(id(3)), "cancelled");
}

#[test]
fn what_a_failing_bundle_postponed_falls_with_it() {
    let mut device = delayed(Vec::new());
    device.start();
    device
        .apply(Event::DelayUntil(vec![Delay::Date(UnixMillis::new(u64::MAX))]))
        .unwrap();
    device.stage(4);
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert_eq!(device.state.current(), Some(id(2)));
    assert_eq!(
        device.start(),
        Some(id(4)),
        "the cure is not held back by the disease"
    );
}

#[test]
fn a_reset_and_a_new_native_build_let_go() {
    let mut reset = delayed(vec![Delay::Kill]);
    reset.with_launch(Event::Reset);
    let mut back = delayed(vec![Delay::Kill]);
    back.with_launch(Event::ToFallback);
    let mut native = delayed(vec![Delay::Kill]);
    native.told_native("1.0.0");
    native.told_native("2.0.0");
    for device in [reset, back, native] {
        assert!(device.state.delays.is_empty());
    }
}

#[test]
fn conditions_are_few() {
    let mut device = delayed(vec![Delay::Kill; Limits::DELAYS]);
    let before = device.state.clone();
    let more = Event::DelayUntil(vec![Delay::Kill; Limits::DELAYS + 1]);
    assert_eq!(device.apply(more), Err(Refusal::TooManyDelays));
    assert_eq!(device.state, before);
}
