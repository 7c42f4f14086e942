//! What failed, and how often it comes back.

use airlock_engine::machine::{Event, Installed, Refusal};
use airlock_protocol::{Sequence, UnixMillis};

use crate::machine_support::{DAY_MS, Device, id};

fn failed_once() -> Device {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert!(!device.state.bundles.contains_key(&id(3)), "its tree is gone");
    device
}

/// Capgo #482, #502, #569, #85: the verdict was kept in the bundle's directory, which `autoDeleteFailed`
/// deleted; so the same version was downloaded, started and rolled back again and again. Held by:
/// `remember_failure` in `fail_trial` in transition.rs, asked in `admit` in bundles.rs.
#[test]
fn an_update_that_fails_is_installed_again_and_again() {
    let mut device = failed_once();
    device.install(3);
    let now = UnixMillis::new(device.now);
    assert_eq!(device.apply(Event::Next(id(3), now)), Err(Refusal::FailedBefore));
    let launch = device.new_launch();
    assert_eq!(
        device.apply(Event::Set(id(3), launch)),
        Err(Refusal::FailedBefore)
    );
}

/// suitenumerique/messages #724, OneKeyHQ/app-monorepo #10678: the client asked for the newest version
/// and took the one it already knew to be bad. Held by: `verdict` in state.rs, which a tree's new copy
/// meets under its old digest whatever its version is called.
#[test]
fn the_same_content_under_another_name_is_tried_again() {
    let mut device = failed_once();
    let renamed = Installed {
        version: "3.0.0-hotfix".into(),
        sequence: Sequence::try_from(3).unwrap(),
        installed_at: device.now,
        native: None,
    };
    device.apply(Event::Installed(id(3), renamed)).unwrap();
    let now = UnixMillis::new(device.now);
    assert_eq!(device.apply(Event::Next(id(3), now)), Err(Refusal::FailedBefore));
}

/// hot-updater #801 (one crash bans a bundle for good), Shorebird updater #356 (the ban blocked the
/// server's roll-forward): a verdict that nothing lifts. Held by: `failed.stands` and
/// `sequence <= failed.sequence` in `verdict` in state.rs.
#[test]
fn a_ban_blocks_the_roll_forward() {
    let mut device = failed_once();
    device.install(3);
    let (id, sequence) = (id(3), Sequence::try_from(9).unwrap());
    let now = UnixMillis::new(device.now);
    let mut later = failed_once();
    later.install(3);
    let in_a_week = UnixMillis::new(device.now + 7 * DAY_MS);
    assert_eq!(
        later.apply(Event::Next(id, in_a_week)),
        Ok(()),
        "it ends by itself"
    );
    device
        .apply(Event::Renumbered(id, sequence, "3.0.1".into()))
        .unwrap();
    assert_eq!(
        device.apply(Event::Next(id, now)),
        Ok(()),
        "a newer signed release ends it"
    );
}

/// hot-updater #150: a page that forces its own update restarted itself without end. Held by:
/// `begin_trial` in transition.rs: setting the bundle that is on trial spends one of its launches.
#[test]
fn a_page_that_sets_its_own_bundle_restarts_for_ever() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    let mut restarts = 0;
    while device.state.current() == Some(id(3)) {
        restarts += 1;
        assert!(restarts < 10, "no end");
        let launch = device.new_launch();
        device.apply(Event::Set(id(3), launch)).unwrap();
    }
    assert_eq!(restarts, 3);
}

/// Found here by the model in November 2026: a newer release superseded a trial whose three launches
/// were used up, so it left without a verdict and came back with three more. Held by:
/// `end_used_up_trial` before `take_undelayed` in `cold_start` in transition.rs.
#[test]
fn a_used_up_trial_escapes_its_verdict_because_something_newer_waits() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    for _ in 0..3 {
        device.start();
    }
    device.stage(4);
    assert_eq!(device.start(), Some(id(4)));
    assert_eq!(device.state.failed[0].id, id(3));
}
