//! Whose word counts.

use airlock_engine::machine::{Event, FailureCause};

use crate::machine_support::{Device, id};

/// Capgo #907, #908, #209: `notifyAppReady` was credited to whatever was current, so the healthy page
/// on its way out confirmed the dead one that replaced it. Held by: `is_current` at the head of `ready`
/// in transition.rs.
#[test]
fn the_outgoing_page_confirms_the_incoming_bundle() {
    let mut device = Device::confirmed(2);
    let outgoing = device.token();
    device.stage(3);
    device.with_launch(Event::Background);
    device.apply(Event::Ready(outgoing)).unwrap();
    assert_eq!(device.state.confirmed, Some(id(2)));
    assert!(device.state.trial.is_some());
    device.ready();
    assert_eq!(device.state.confirmed, Some(id(3)), "its own page may");
}

/// The mirror of Capgo #907: the late crash of an outgoing page condemns the incoming bundle. Held by:
/// `is_current` in `crash` in transition.rs.
#[test]
fn the_outgoing_page_condemns_the_incoming_bundle() {
    let mut device = Device::confirmed(2);
    let outgoing = device.token();
    device.stage(3);
    device.with_launch(Event::Background);
    device.with_launch(|launch| Event::Crash(outgoing, None, launch));
    assert_eq!(device.state.current(), Some(id(3)));
}

/// OtaKit #35: the timer's rollback raced with ready, and the loser's write won. Held by:
/// `launch_is_trial` in `elapsed`, and the token in `ready`, in transition.rs.
#[test]
fn the_time_out_races_with_ready() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    let late = device.token();
    device.ready();
    device.with_launch(|launch| Event::Elapsed(60_000, launch));
    assert_eq!(
        device.state.current(),
        Some(id(3)),
        "ready first: the timer is over"
    );
    assert_eq!(device.token(), late, "and no page is loaded again");

    device.stage(4);
    device.start();
    let too_late = device.token();
    device.with_launch(|launch| Event::Elapsed(60_000, launch));
    for token in [late, too_late] {
        device.apply(Event::Ready(token)).unwrap();
    }
    assert_eq!(
        device.state.confirmed,
        Some(id(3)),
        "the timer first: ready is too late"
    );
    assert!(device.state.trial.is_none());
}

/// hot-updater #1321: a page that hangs raises no exception, so it was never detected and only a
/// reinstallation helped. Held by: the comparison with `app_ready_timeout_ms` in `elapsed` in
/// transition.rs: silence is evidence.
#[test]
fn a_page_that_hangs_is_never_noticed() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    for _ in 0..19 {
        device.with_launch(|launch| Event::Elapsed(500, launch));
        assert_eq!(device.state.current(), Some(id(3)));
    }
    device.with_launch(|launch| Event::Elapsed(500, launch));
    assert_eq!(device.state.current(), Some(id(2)));
}

/// Capawesome live-update: `readyTimeout` is 0 by default, which switches rollback off. Held by:
/// `.max(1_000)` and the default in `resolve` in config.rs: there is no way to switch it off.
#[test]
fn the_time_out_is_off_by_default() {
    for (config, expected) in [("", 10_000), (r#","appReadyTimeout":0"#, 1_000)] {
        let json = format!(r#"{{"appId":"a.b"{config}}}"#);
        let config = airlock_engine::Config::parse(json.as_bytes()).unwrap();
        assert_eq!(config.app_ready_timeout.as_millis(), expected);
    }
}

/// Shorebird (`currently_booting_patch` still set means bad for ever), CodePush #880 (about one in ten
/// rollbacks hit a good bundle): one launch that the system killed was a verdict. Held by:
/// `TRIAL_LAUNCHES` in transition.rs.
#[test]
fn one_kill_by_the_system_condemns_a_good_bundle() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    device.start();
    device.start();
    assert_eq!(device.start(), Some(id(3)), "killed twice");
    device.ready();
    assert_eq!(device.state.confirmed, Some(id(3)));
}

/// Capgo (no launch counter), react-native-ota-hot-update #106 and #147: a bundle that kills the
/// process before any timer or handler runs was started for ever. Held by: `end_used_up_trial` in
/// transition.rs; that the count is in the state before anything is served (R1) by `serve` there and
/// by the order of `commit` and `launch_of` in launch.rs.
#[test]
fn a_bundle_that_kills_the_process_at_once_is_started_for_ever() {
    let mut device = Device::confirmed(2);
    device.stage(3);
    let served: Vec<_> = (0..6).map(|_| device.start()).collect();
    let [bad, good] = [Some(id(3)), Some(id(2))];
    assert_eq!(served, [bad, bad, bad, good, good, good]);
    assert_eq!(device.state.failed[0].cause, FailureCause::LaunchesExhausted);
}
