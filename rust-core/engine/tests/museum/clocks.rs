//! Time that stands still, jumps, and lies.

use airlock_engine::machine::{Delay, Event, Keep, Refusal};
use airlock_protocol::UnixMillis;

use crate::machine_support::{DAY_MS, Device, id};

/// peanut-ui #2963: the system froze the process after an update was applied in the background; at
/// resume every overdue timer fired at once and a good bundle was rolled back. Held by: the filter on
/// `foreground` in `elapsed` in transition.rs.
#[test]
fn timers_fire_after_a_freeze() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.with_launch(Event::Background);
    device.with_launch(|launch| Event::Elapsed(3_600_000, launch));
    assert_eq!(device.state.current(), Some(id(3)));
    device
        .apply(Event::Foreground(UnixMillis::new(device.now)))
        .unwrap();
    device.ready();
    assert_eq!(device.state.confirmed, Some(id(3)));
}

/// Found here by the model in November 2026: a rollback in the background forgot that the app was in
/// the background, so the clock of the next trial ran there. Held by: `background_since` in `hand_out`
/// in transition.rs.
#[test]
fn a_rollback_in_the_background_starts_the_clock_there() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.with_launch(Event::Background);
    let token = device.token();
    device.with_launch(|launch| Event::Crash(token, None, launch));
    device.stage(4);
    device.with_launch(Event::Reload);
    device.with_launch(|launch| Event::Elapsed(3_600_000, launch));
    assert_eq!(
        device.state.current(),
        Some(id(4)),
        "no time counts in the background"
    );
}

/// A clock that was ten years ahead when a bundle failed: the ban outlived the mistake by ten years.
/// Held by: `TTL_MS + CLOCK_SLACK_MS` in `stands` in state.rs.
#[test]
fn a_ban_from_the_future_lasts_for_years() {
    let mut device = Device::confirmed(2);
    device.policy.failed = Keep::Keep;
    device.now += 3_650 * DAY_MS;
    device.stage(3);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    let present = UnixMillis::new(1_000);
    assert_eq!(device.apply(Event::Next(id(3), present)), Ok(()));
}

/// A clock back in 1970 for one start must not wipe out what it cannot judge. Held by: `stands` in
/// state.rs only reads; the verdict is there again when the time is.
#[test]
fn a_day_in_1970_forgets_every_verdict() {
    let mut device = Device::confirmed(2);
    device.policy.failed = Keep::Keep;
    device.now = 1_800_000_000_000;
    device.stage(3);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    let right = device.now;
    device.now = 0;
    device.start();
    device.now = right;
    let now = UnixMillis::new(right);
    assert_eq!(device.apply(Event::Next(id(3), now)), Err(Refusal::FailedBefore));
}

/// Capgo #596, #879: on Android the condition `background` was dropped however short the app had been
/// away. Held by: `away < *ms` in `settle_delays` in delay.rs.
#[test]
fn a_glance_at_another_app_counts_as_five_minutes_away() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device
        .apply(Event::DelayUntil(vec![Delay::Background(300_000)]))
        .unwrap();
    device.with_launch(Event::Background);
    device.now += 1_000;
    device
        .apply(Event::Foreground(UnixMillis::new(device.now)))
        .unwrap();
    assert_eq!(device.with_launch(Event::Background), Some(id(2)));
}

/// Capgo, by reading: what was applied at once never looked at the conditions. Held by:
/// `take_undelayed` in `apply` in transition.rs.
#[test]
fn an_update_applied_at_once_ignores_the_conditions() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.apply(Event::DelayUntil(vec![Delay::Kill])).unwrap();
    assert_eq!(device.with_launch(Event::Apply), Some(id(2)));
    device.apply(Event::DelayUntil(Vec::new())).unwrap();
    assert_eq!(device.with_launch(Event::Apply), Some(id(3)));
}
