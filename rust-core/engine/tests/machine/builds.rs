//! What another native build, embedded bundle or key does; and what else a start decides.

use airlock_engine::machine::{Event, FailureCause, NativeBuild, OnNativeChange};
use airlock_protocol::Sequence;

use crate::support::{Device, id};

fn build(version: Option<&str>, embedded: Option<u64>, trust: Option<&str>) -> Event {
    Event::Native(NativeBuild {
        version: version.map(|version| version.parse().unwrap()),
        embedded_sequence: embedded.map(|sequence| Sequence::try_from(sequence).unwrap()),
        trust: trust.map(str::to_owned),
    })
}

#[test]
fn r9_a_release_that_was_withdrawn_while_it_waited_is_not_launched() {
    let mut device = Device::confirmed(1);
    device.stage(2);
    device
        .apply(Event::Renumbered(
            id(1),
            Sequence::try_from(3).unwrap(),
            "1.0.1".into(),
        ))
        .unwrap();
    assert_eq!(device.start(), Some(id(1)));
    assert!(!device.state.bundles.contains_key(&id(2)));

    let mut embedded = Device::new();
    embedded.stage(2);
    embedded
        .apply(Event::Newest(Sequence::try_from(2).unwrap()))
        .unwrap();
    assert_eq!(
        embedded.state.next,
        Some(id(2)),
        "the newest release itself stays"
    );
    embedded
        .apply(Event::Newest(Sequence::try_from(3).unwrap()))
        .unwrap();
    assert_eq!(embedded.start(), None);
}

#[test]
fn r4_setting_the_bundle_that_is_on_trial_spends_its_launches() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    let served: Vec<_> = (0..3)
        .map(|_| device.with_launch(|launch| Event::Set(id(3), launch)))
        .collect();
    assert_eq!(served, [Some(id(3)), Some(id(3)), Some(id(2))]);
    assert_eq!(
        device.rolled_back().unwrap().cause,
        FailureCause::LaunchesExhausted
    );
}

#[test]
fn r9_another_embedded_bundle_under_the_same_native_version_outdates_too() {
    for version in [Some("1.0.0"), None] {
        let mut device = Device::confirmed(7);
        device.policy.on_native_change = OnNativeChange::DropOutdated;
        device.apply(build(version, Some(1), None)).unwrap();
        assert_eq!(device.state.confirmed, Some(id(7)));
        device.apply(build(version, Some(20), None)).unwrap();
        assert_eq!(device.state.confirmed, None, "{version:?}");
    }
}

#[test]
fn r9_a_bundle_not_made_for_the_native_version_goes_even_if_it_is_the_first_one_told() {
    let mut device = Device::confirmed(7);
    device.state.bundles.get_mut(&id(7)).unwrap().native = Some(">=1.0.0 <2.0.0".parse().unwrap());
    device.apply(build(None, None, None)).unwrap();
    assert_eq!(device.state.confirmed, Some(id(7)), "nothing is known yet");
    device.apply(build(Some("2.5.0"), None, None)).unwrap();
    assert_eq!(device.state.confirmed, None);
}

#[test]
fn what_was_accepted_under_other_keys_is_dropped_and_the_floor_stays() {
    let mut device = Device::confirmed(7);
    for trust in [Some("unsigned"), None, Some("unsigned")] {
        device.apply(build(None, None, trust)).unwrap();
        assert_eq!(
            device.state.confirmed,
            Some(id(7)),
            "keys that cannot be read change nothing"
        );
    }
    device.apply(build(None, None, Some("a key"))).unwrap();
    assert!(device.state.bundles.is_empty());
    assert_eq!(device.state.floor, 7);
}

#[test]
fn r8_what_cannot_be_read_is_neither_served_nor_dropped_and_ends() {
    let mut device = Device::confirmed(2);
    assert_eq!(device.with_launch(Event::Unreadable), None);
    assert_eq!(device.start(), Some(id(2)), "it may be readable next time");
    device.stage(3);
    for _ in 0..3 {
        device.start();
        device.with_launch(Event::Unreadable);
        device.ready();
        assert_eq!(
            device.state.confirmed,
            Some(id(2)),
            "the embedded page confirms nothing else"
        );
    }
    assert_eq!(device.start(), Some(id(2)));
    assert_eq!(
        device.rolled_back().unwrap().cause,
        FailureCause::LaunchesExhausted
    );
}

#[test]
fn a_new_native_build_drops_everything_by_default_and_keeps_the_floor() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    for version in ["1.0.0", "1.0.0", "2.0.0"] {
        let native = NativeBuild {
            version: Some(version.parse().unwrap()),
            trust: None,
            embedded_sequence: None,
        };
        device.apply(Event::Native(native)).unwrap();
        let dropped = version == "2.0.0";
        assert_eq!(device.state.bundles.is_empty(), dropped, "{version}");
    }
    assert_eq!((device.start(), device.state.floor), (None, 2));
}

#[test]
fn with_reset_when_update_off_a_new_native_build_drops_what_it_outdates() {
    let mut device = Device::confirmed(2);
    device.policy.on_native_change = OnNativeChange::DropOutdated;
    device.stage(7);
    device.state.bundles.get_mut(&id(2)).unwrap().native = Some(">=1.0.0 <2.0.0".parse().unwrap());
    for version in ["1.5.0", "2.0.0"] {
        let embedded_sequence = Some(Sequence::try_from(4).unwrap());
        let native = NativeBuild {
            version: Some(version.parse().unwrap()),
            trust: None,
            embedded_sequence,
        };
        device.apply(Event::Native(native)).unwrap();
    }
    assert_eq!(device.state.bundles.keys().collect::<Vec<_>>(), [&id(7)]);
    assert_eq!(device.start(), Some(id(7)));
}
