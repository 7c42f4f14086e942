//! States of a device, and slots that hold none.

use airlock_engine::machine::{Failed, FailureCause, Installed, LaunchRecord, State, Trial};
use airlock_protocol::{BundleId, Sha256Digest};

use super::Seed;

/// A sealed slot beside an absent one.
const SEALED_A: u8 = 2;
const RAW_A: u8 = 1;
const SEALED_BOTH: u8 = 2 | 2 << 2;

pub(super) fn states() -> Vec<Seed> {
    let (fresh, busy) = (record(&State::new("device".to_owned())), record(&busy()));
    let broken = String::from_utf8(busy.clone())
        .unwrap()
        .replacen("\"floor\":7", "\"floor\":6", 1);
    vec![
        Seed::new("state", "good-fresh", input(SEALED_A, [1, 0], &fresh, b"")),
        Seed::new("state", "good-busy", input(SEALED_A, [1, 0], &busy, b"")),
        Seed::new("state", "good-two", input(SEALED_BOTH, [1, 2], &fresh, &busy)),
        Seed::new(
            "state",
            "good-one-broken",
            input(SEALED_BOTH, [1, 2], &busy, broken.as_bytes()),
        ),
        Seed::new(
            "state",
            "bad-broken",
            input(SEALED_A, [1, 0], broken.as_bytes(), b""),
        ),
        Seed::new("state", "bad-raw", input(RAW_A, [0, 0], &fresh, b"")),
        Seed::new("state", "bad-nothing", input(0, [0, 0], b"", b"")),
    ]
}

fn record(state: &State) -> Vec<u8> {
    serde_json::to_vec(state).unwrap()
}

fn input(forms: u8, numbers: [u8; 2], first: &[u8], second: &[u8]) -> Vec<u8> {
    let length = u16::try_from(first.len()).unwrap().to_le_bytes();
    [&[forms], &numbers[..], &length, first, second].concat()
}

/// As many fields in use as three bundles allow.
fn busy() -> State {
    let id = |number: u8| BundleId::from(Sha256Digest::of(&[number]));
    let mut state = State::new("device".to_owned());
    for number in 6..9 {
        let installed = Installed {
            version: format!("{number}.0.0"),
            sequence: u64::from(number).try_into().unwrap(),
            installed_at: 1_795_000_000_000,
            native: (number == 8).then(|| ">=1.0.0".parse().unwrap()),
        };
        state.bundles.insert(id(number), installed);
    }
    state.floor = 7;
    (state.confirmed, state.next) = (Some(id(7)), Some(id(6)));
    state.trial = Some(Trial {
        id: id(8),
        attempts: 2,
    });
    state.failed.push(Failed {
        id: id(4),
        version: "4.0.0".to_owned(),
        sequence: 4.try_into().unwrap(),
        cause: FailureCause::Crashed,
        reason: Some("white screen".to_owned()),
        at: 1_795_000_000_000,
        expires: 1_795_600_000_000,
    });
    state.unread_failure = state.failed.first().cloned();
    state.native_version = Some("1.4.0".parse().unwrap());
    state.launches = 12;
    state.launch = Some(LaunchRecord {
        token: "token".to_owned(),
        bundle: Some(id(8)),
        ready: false,
        elapsed_ms: 900,
        foreground: true,
    });
    state
}
