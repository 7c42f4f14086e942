//! The rules of the state machine, one test each, on the pure transition function.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use airlock_engine::machine::{
    Effect, Event, Failed, FailureCause, Installed, Keep, NativeBuild, NewLaunch, OnNativeChange, Policy,
    Refusal, State, check, transition,
};
use airlock_protocol::{BundleId, Sequence, Sha256Digest, UnixMillis};

const DAY_MS: u64 = 24 * 3600 * 1000;

struct Device {
    state: State,
    policy: Policy,
    now: u64,
    tokens: u32,
    effects: Vec<Effect>,
}

impl Device {
    fn new() -> Self {
        let policy = Policy {
            app_ready_timeout_ms: 10_000,
            previous: Keep::Delete,
            failed: Keep::Delete,
            on_native_change: OnNativeChange::Reset,
        };
        Self {
            state: State::new("device".into()),
            policy,
            now: 1_000,
            tokens: 0,
            effects: Vec::new(),
        }
    }

    fn new_launch(&mut self) -> NewLaunch {
        self.tokens += 1;
        NewLaunch {
            token: format!("token-{}", self.tokens),
            now: UnixMillis::new(self.now),
        }
    }

    /// Every state a test passes through keeps the invariants.
    fn apply(&mut self, event: Event) -> Result<(), Refusal> {
        let next = transition(&self.state, event, &self.policy)?;
        check(&next.state).expect("a transition keeps the invariants");
        self.state = next.state;
        self.effects = next.effects;
        Ok(())
    }

    fn with_launch(&mut self, event: impl FnOnce(NewLaunch) -> Event) -> Option<BundleId> {
        let launch = self.new_launch();
        self.apply(event(launch)).unwrap();
        self.state.launch.as_ref().and_then(|launch| launch.bundle)
    }

    fn start(&mut self) -> Option<BundleId> {
        self.with_launch(Event::ColdStart)
    }

    fn token(&self) -> String {
        self.state.launch.as_ref().unwrap().token.clone()
    }

    fn ready(&mut self) {
        let token = self.token();
        self.apply(Event::Ready(token)).unwrap();
    }

    fn stage(&mut self, number: u8) -> BundleId {
        let id = id(number);
        let installed = Installed {
            version: format!("{number}.0.0"),
            sequence: Sequence::try_from(u64::from(number)).unwrap(),
            installed_at: self.now,
            native: None,
        };
        self.apply(Event::Installed(id, installed)).unwrap();
        self.apply(Event::Next(id, UnixMillis::new(self.now))).unwrap();
        id
    }

    fn confirmed(number: u8) -> Self {
        let mut device = Self::new();
        device.stage(number);
        device.start();
        device.ready();
        device
    }

    fn rolled_back(&self) -> Option<&Failed> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::RolledBack(failed) => Some(failed),
            _ => None,
        })
    }
}

fn id(number: u8) -> BundleId {
    BundleId::from(Sha256Digest::of(&[number]))
}

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
    device.start();
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
    device.apply(Event::Foreground).unwrap();
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
    assert!(!verdict(&device, 4, now), "a newer signed release overrides");
    let later = UnixMillis::new(now + 8 * DAY_MS);
    assert_eq!(device.apply(Event::Next(id(3), later)), Ok(()));
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
