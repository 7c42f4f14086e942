//! The engine's transition function in every state that it can reach, held against the model: whatever
//! happens, both say the same.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use airlock_engine::machine::{
    self, Delay, Installed, Keep, NativeBuild, NewLaunch, OnNativeChange, Policy, State, check, transition,
};
use airlock_model_tests::device::{
    AWAY, BUNDLES, DATE, Device, Event, KILL, Lacks, Page, Rules, Time, Token,
};
use airlock_model_tests::explore::explore;
use airlock_protocol::{BundleId, Sequence, Sha256Digest, UnixMillis};

const DAY_MS: u64 = 24 * 3600 * 1000;
/// The two moments of the model.
const MOMENTS: [u64; 2] = [1_800_000_000_000, 1_800_000_000_000 + 8 * DAY_MS];
const TIMEOUT_MS: u64 = 10_000;
const AWAY_MS: u64 = 5 * 60 * 1000;
const CURRENT: &str = "current";

/// A real state with everything made equal that no rule looks at.
#[derive(Clone, PartialEq, Eq)]
struct Canonical(State);

impl std::hash::Hash for Canonical {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        abstracted(&self.0).hash(hasher);
    }
}

fn id(bundle: u8) -> BundleId {
    BundleId::from(Sha256Digest::from_bytes([bundle; 32]))
}

fn number(id: Option<BundleId>) -> u8 {
    (1..=BUNDLES)
        .find(|bundle| id == Some(self::id(*bundle)))
        .unwrap_or(0)
}

fn bits(bundles: impl Iterator<Item = BundleId>) -> u8 {
    bundles.fold(0, |bits, id| bits | 1 << (number(Some(id)) - 1))
}

fn canonical(mut state: State) -> State {
    state.launches = 0;
    state.unread_failure = None;
    state.embedded_sequence = None;
    if let Some(launch) = &mut state.launch {
        CURRENT.clone_into(&mut launch.token);
    }
    for failed in &mut state.failed {
        failed.cause = machine::FailureCause::Crashed;
        failed.version.clear();
    }
    state.failed.sort_by_key(|failed| failed.id);
    state.delays.sort_by_key(condition);
    state.delays.dedup();
    state
}

fn condition(delay: &Delay) -> u8 {
    match delay {
        Delay::Kill => KILL,
        Delay::Background(_) => AWAY,
        Delay::Date(_) => DATE,
        Delay::NativeVersion(_) => 0,
    }
}

fn time(millis: u64) -> Time {
    if millis < MOMENTS[1] {
        Time::Now
    } else {
        Time::Late
    }
}

/// What the model would call this state.
fn abstracted(state: &State) -> Device {
    let verdicts = |moment: usize| {
        let standing = state
            .failed
            .iter()
            .filter(move |failed| failed.stands(MOMENTS[moment]));
        bits(standing.map(|failed| failed.id))
    };
    let native = state.native_version.as_ref().map_or(0, |version| {
        if *version == "1.0.0".parse().unwrap() {
            1
        } else {
            2
        }
    });
    Device {
        here: bits(state.bundles.keys().copied()),
        confirmed: number(state.confirmed),
        previous: number(state.previous),
        trial: number(state.trial.as_ref().map(|trial| trial.id)),
        attempts: state
            .trial
            .as_ref()
            .map_or(0, |trial| u8::try_from(trial.attempts).unwrap()),
        next: number(state.next),
        floor: u8::try_from(state.floor).unwrap(),
        raised: state
            .sequence_of(&id(1))
            .is_some_and(|sequence| sequence.get() == 5),
        failed: [verdicts(0), verdicts(1)],
        failed_raised: state
            .failed
            .iter()
            .any(|failed| failed.id == id(1) && failed.sequence.get() == 5),
        delays: state.delays.iter().map(condition).fold(0, |bits, bit| bits | bit),
        away: state.background_since.map(time),
        page: state.launch.as_ref().map(|launch| Page {
            bundle: number(launch.bundle),
            ready: launch.ready,
            halves: u8::try_from(launch.elapsed_ms / (TIMEOUT_MS / 2)).unwrap(),
            front: launch.foreground,
        }),
        native,
    }
}

/// The model's device without what no rule looks at any more.
fn comparable(mut device: Device) -> Device {
    if (device.failed[0] | device.failed[1]) & 1 == 0 {
        device.failed_raised = false;
    }
    if device.trial == 0 {
        device.attempts = 0;
    }
    device
}

fn real(event: Event, state: &State) -> machine::Event {
    let launch = |time: Time| NewLaunch {
        token: CURRENT.to_owned(),
        now: UnixMillis::new(MOMENTS[time as usize]),
    };
    let token = |token: Token| match token {
        Token::Current => CURRENT.to_owned(),
        Token::Other => "another".to_owned(),
    };
    let now = |time: Time| UnixMillis::new(MOMENTS[time as usize]);
    match event {
        Event::ColdStart(time) => machine::Event::ColdStart(launch(time)),
        Event::Reload(time) => machine::Event::Reload(launch(time)),
        Event::Apply(time) => machine::Event::Apply(launch(time)),
        Event::Set(bundle, time) => machine::Event::Set(id(bundle), launch(time)),
        Event::Reset => machine::Event::Reset(launch(Time::Now)),
        Event::ToFallback => machine::Event::ToFallback(launch(Time::Now)),
        Event::Background(time) => machine::Event::Background(launch(time)),
        Event::Foreground(time) => machine::Event::Foreground(now(time)),
        Event::HalfTimeout(time) => machine::Event::Elapsed(TIMEOUT_MS / 2, launch(time)),
        Event::Ready(which) => machine::Event::Ready(token(which)),
        Event::Crash(which, time) => machine::Event::Crash(token(which), None, launch(time)),
        Event::Damaged => match state.current() {
            Some(current) => machine::Event::Unusable(current, launch(Time::Now)),
            None => machine::Event::FailureRead,
        },
        Event::Unreadable => machine::Event::Unreadable(launch(Time::Now)),
        Event::Installed(bundle) => machine::Event::Installed(
            id(bundle),
            Installed {
                version: String::new(),
                sequence: Sequence::try_from(u64::from(bundle)).unwrap(),
                installed_at: 0,
                native: (bundle == 4).then(|| "<2.0.0".parse().unwrap()),
            },
        ),
        Event::Raised => machine::Event::Renumbered(id(1), Sequence::try_from(5).unwrap(), String::new()),
        Event::Next(bundle, time) => machine::Event::Next(id(bundle), now(time)),
        Event::Newest(sequence) => machine::Event::Newest(Sequence::try_from(u64::from(sequence)).unwrap()),
        Event::Delete(bundle) => machine::Event::Delete(id(bundle)),
        Event::DelayUntil(conditions) => {
            let all = [
                Delay::Kill,
                Delay::Background(AWAY_MS),
                Delay::Date(now(Time::Late)),
            ];
            let chosen = all.into_iter().filter(|delay| condition(delay) & conditions > 0);
            machine::Event::DelayUntil(chosen.collect())
        }
        Event::Native(build) => machine::Event::Native(NativeBuild {
            version: Some(format!("{build}.0.0").parse().unwrap()),
            embedded_sequence: (build == 2).then(|| Sequence::try_from(2).unwrap()),
            trust: None,
        }),
    }
}

/// Every event, for the first `bundles` bundles.
fn events(bundles: u8, delays: &[u8], times: &[Time], builds: &[u8]) -> Vec<Event> {
    let mut events = vec![
        Event::Reset,
        Event::ToFallback,
        Event::Ready(Token::Current),
        Event::Ready(Token::Other),
        Event::Damaged,
        Event::Unreadable,
        Event::Raised,
        Event::Newest(3),
    ];
    for time in times {
        events.extend([
            Event::ColdStart(*time),
            Event::Reload(*time),
            Event::Apply(*time),
            Event::Background(*time),
            Event::Foreground(*time),
            Event::HalfTimeout(*time),
            Event::Crash(Token::Current, *time),
            Event::Crash(Token::Other, *time),
        ]);
        events.extend((1..=bundles).flat_map(|b| [Event::Set(b, *time), Event::Next(b, *time)]));
    }
    events.extend((1..=bundles).flat_map(|b| [Event::Installed(b), Event::Delete(b)]));
    events.extend(delays.iter().map(|delay| Event::DelayUntil(*delay)));
    events.extend(builds.iter().map(|build| Event::Native(*build)));
    events
}

/// Walks through all states that the events lead to; in each of them, and for each event, the engine's
/// function and the model must agree.
fn agree(name: &str, rules: &Rules, events: &[Event]) {
    if let Err(difference) = compare(name, rules, events) {
        panic!("{name}, {rules:?}\n{difference}");
    }
}

fn compare(name: &str, rules: &Rules, events: &[Event]) -> Result<(), String> {
    let keep = |keep: bool| if keep { Keep::Keep } else { Keep::Delete };
    let policy = Policy {
        app_ready_timeout_ms: TIMEOUT_MS,
        previous: keep(rules.keep_previous),
        failed: keep(rules.keep_failed),
        on_native_change: match rules.reset_on_native {
            true => OnNativeChange::Reset,
            false => OnNativeChange::DropOutdated,
        },
    };
    let judge = |before: &Canonical, event: &Event, after: &Canonical| {
        let found = abstracted(&after.0);
        let expected = abstracted(&before.0).step(*event, rules);
        match expected.map(comparable) {
            Ok(expected) if expected == found => Ok(()),
            Err(_) if before == after => Ok(()),
            other => Err(format!(
                "the model says {other:?}\nthe engine {found:?}\nbefore {:?}",
                abstracted(&before.0)
            )),
        }
    };
    let seen = explore(
        Canonical(State::new("device".to_owned())),
        2_000_000,
        |state, out| {
            for event in events {
                let next = match transition(&state.0, real(*event, &state.0), &policy) {
                    Ok(next) => Canonical(canonical(next.state)),
                    Err(_) => state.clone(),
                };
                out.push((*event, next));
            }
        },
        judge,
        |state| check(&state.0).map_err(str::to_owned),
    );
    if let Some(broken) = seen.broken {
        return Err(broken);
    }
    println!(
        "{name}: {} states, {} transitions, engine and model agree",
        seen.states, seen.transitions
    );
    Ok(())
}

const BOTH: [Time; 2] = [Time::Now, Time::Late];
const DEFAULT: usize = 4;
const EVERYTHING_KEPT: usize = 3;

fn rules(number: usize) -> Rules {
    Rules::all().nth(number).unwrap()
}

#[test]
fn three_bundles() {
    agree(
        "three bundles",
        &rules(DEFAULT),
        &events(3, &[], &[Time::Now], &[]),
    );
}

#[test]
fn two_bundles_under_every_configuration_with_store_updates() {
    for rules in Rules::all() {
        agree(
            "two bundles, store updates",
            &rules,
            &events(2, &[], &[Time::Now], &[1, 2]),
        );
    }
}

#[test]
fn two_bundles_and_a_clock_that_jumps() {
    agree(
        "two bundles, clock jumps",
        &rules(DEFAULT),
        &events(2, &[], &BOTH, &[]),
    );
}

#[test]
fn delay_conditions_and_a_clock_that_jumps() {
    let conditions = [0, KILL, AWAY | DATE];
    agree(
        "one bundle, delays, clock jumps",
        &rules(DEFAULT),
        &events(1, &conditions, &BOTH, &[1, 2]),
    );
    agree(
        "two bundles, delays",
        &rules(EVERYTHING_KEPT),
        &events(2, &conditions, &[Time::Now], &[]),
    );
}

/// The control: a model that lacks a rule is told from the engine.
#[test]
fn a_model_that_lacks_a_rule_does_not_agree() {
    for lacks in [
        Lacks::LaunchToken,
        Lacks::ConfirmedFallback,
        Lacks::ThreeLaunches,
        Lacks::Verdict,
        Lacks::Expiry,
        Lacks::FloorAtConfirmation,
    ] {
        let wrong = Rules {
            lacks,
            ..rules(DEFAULT)
        };
        let outcome = compare("wrong", &wrong, &events(2, &[], &BOTH, &[]));
        assert!(
            outcome.is_err(),
            "the engine agrees with a model that lacks {lacks:?}"
        );
    }
}
