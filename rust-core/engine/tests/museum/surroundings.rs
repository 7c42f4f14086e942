//! The binary around the web app, and who else is there.

use airlock_engine::machine::{Event, NativeBuild, OnNativeChange};
use airlock_protocol::Sequence;

use crate::machine_support::{Device, id};

fn build(version: &str, embedded: u64) -> Event {
    Event::Native(NativeBuild {
        version: Some(version.parse().unwrap()),
        embedded_sequence: Some(Sequence::try_from(embedded).unwrap()),
        trust: None,
    })
}

/// Capgo #516, #362: after an app update from the store the old download hid the newer bundle in the
/// binary. Held by: `reset` and `is_outdated` in `native` in native.rs.
#[test]
fn a_store_update_keeps_showing_the_old_download() {
    for policy in [OnNativeChange::Reset, OnNativeChange::DropOutdated] {
        let mut device = Device::confirmed(2);
        device.policy.on_native_change = policy;
        device.apply(build("1.0.0", 1)).unwrap();
        assert_eq!(device.start(), Some(id(2)));
        device.apply(build("2.0.0", 5)).unwrap();
        assert_eq!(device.start(), None, "{policy:?}");
    }
}

/// Capgo #747, #760, and a comment in its source: after a downgrade and an upgrade of the native app
/// an old bundle came back. Held by: `replace` in native.rs compares with the build before, whichever
/// way it goes; and the floor, which no build lowers.
#[test]
fn a_downgrade_and_an_upgrade_bring_an_old_bundle_back() {
    let mut device = Device::confirmed(7);
    for (version, embedded) in [("2.0.0", 5), ("1.0.0", 1), ("2.0.0", 5)] {
        device.apply(build(version, embedded)).unwrap();
        let expected = if version == "2.0.0" && device.state.launches == 1 {
            Some(id(7))
        } else {
            None
        };
        assert_eq!(device.start(), expected, "{version}");
        assert_eq!(device.state.floor, 7);
    }
}

/// Two apps, or a debug and a release build, on one directory: each rolls the other back. Held by:
/// `opened_by` in native.rs.
#[test]
fn two_apps_on_one_directory_roll_each_other_back() {
    let opened_by = |app: &str| Event::OpenedBy(app.parse().unwrap(), "stable".parse().unwrap());
    let mut device = Device::confirmed(2);
    device.apply(opened_by("com.example.one")).unwrap();
    assert!(device.apply(opened_by("com.example.two")).is_err());
    assert!(device.apply(opened_by("com.example.one")).is_ok());
}

/// A broken bundle that postpones updates postponed its own cure. Held by: `delays.clear()` in
/// `fail_trial` in transition.rs.
#[test]
fn a_broken_bundle_postpones_its_own_cure() {
    use airlock_engine::machine::Delay;
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device
        .apply(Event::DelayUntil(vec![Delay::NativeVersion(
            "99".parse().unwrap(),
        )]))
        .unwrap();
    device.stage(4);
    device.with_launch(|launch| Event::Elapsed(10_000, launch));
    assert_eq!(device.start(), Some(id(4)));
}
