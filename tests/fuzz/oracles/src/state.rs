//! The state on the disk: whatever the two slots hold, the app starts, and only a sound state is believed.

use std::fs;
use std::path::PathBuf;

use airlock_engine::machine::{State, Unusable, read};
use airlock_engine::ports::{FixedClock, Get, Got, SeededRandom, Transport};
use airlock_engine::store::SLOT_SIZE;
use airlock_engine::{Config, Engine, Error, Host, NoEvents, Origin};
use airlock_protocol::{Platform, Sha256Digest, UnixMillis};

use crate::Verdict;
use crate::bytes::Bytes;

/// How a slot comes onto the disk, and what is in it: two bytes of form and number, then the records.
///
/// A record that is sealed has the right header and checksum, so that mutations reach what lies behind them.
pub(crate) fn state(data: &[u8]) -> Verdict {
    let mut input = Bytes::new(data);
    let forms = input.byte();
    let numbers = [input.byte(), input.byte()].map(u64::from);
    let length = usize::from(input.short());
    let first = input.take(length);
    let slots = [
        Slot::new(forms & 3, numbers[0], first),
        Slot::new(forms >> 2 & 3, numbers[1], input.rest()),
    ];
    let newest = slots
        .iter()
        .filter_map(|slot| Some((slot.number()?, slot.state()?)))
        .reduce(|one, other| if other.0 >= one.0 { other } else { one })
        .map(|(_, state)| state);
    if let Some(state) = &newest {
        let again: State = serde_json::from_slice(&serde_json::to_vec(state).unwrap()).unwrap();
        assert_eq!(&again, state, "a state changes by being written and read");
    }
    if slots.iter().any(Slot::is_of_a_newer_engine) {
        a_newer_store_is_left_alone(&slots);
        return Verdict::Refused;
    }
    the_app_starts(&slots, newest.as_ref());
    match newest {
        Some(_) => Verdict::Accepted,
        None => Verdict::Refused,
    }
}

/// A slot file, or none.
enum Slot<'a> {
    Absent,
    Raw(&'a [u8]),
    Sealed(u64, &'a [u8]),
}

impl<'a> Slot<'a> {
    fn new(form: u8, number: u64, record: &'a [u8]) -> Slot<'a> {
        match form {
            0 => Slot::Absent,
            1 => Slot::Raw(record),
            _ => Slot::Sealed(number, record),
        }
    }

    /// As docs/protocol.md describes it, written down a second time.
    fn file(&self) -> Option<Vec<u8>> {
        let (number, record) = match self {
            Slot::Absent => return None,
            Slot::Raw(bytes) => return Some(bytes.to_vec()),
            Slot::Sealed(number, record) => (number, record),
        };
        let length = u32::try_from(record.len()).unwrap();
        let sealed = [&number.to_le_bytes()[..], &length.to_le_bytes(), record].concat();
        let digest = Sha256Digest::of(&sealed);
        let mut file = [b"AIRLOCK1", &sealed[..12], digest.as_bytes(), record].concat();
        file.resize(SLOT_SIZE.max(file.len()), 0);
        Some(file)
    }

    fn number(&self) -> Option<u64> {
        match self {
            Slot::Sealed(number, _) => Some(*number),
            _ => None,
        }
    }

    /// The state in it, if an engine may believe it; one of an older engine is brought up to date.
    fn state(&self) -> Option<State> {
        self.record().and_then(Result::ok)
    }

    fn is_of_a_newer_engine(&self) -> bool {
        matches!(self.record(), Some(Err(Unusable::Newer)))
    }

    fn record(&self) -> Option<Result<State, Unusable>> {
        let (Slot::Sealed(_, record), Some(file)) = (self, self.file()) else {
            return None;
        };
        (file.len() == SLOT_SIZE).then(|| read(record))
    }
}

/// R6 and B1: a launch never fails. No tree is on the disk, so it can only be the embedded bundle.
fn the_app_starts(slots: &[Slot<'_>; 2], newest: Option<&State>) {
    let home = Home::new(slots);
    let engine = home.engine();
    let floor = newest.map_or(0, |state| state.floor);
    assert_eq!(engine.status().unwrap().floor, floor, "another state is believed");
    for _ in 0..2 {
        let launch = engine.launch();
        assert_eq!(launch.bundle.origin, Origin::Embedded);
        assert_eq!(launch.root, home.embedded());
        let after = engine.status().unwrap();
        assert!(after.floor >= floor, "the floor went down");
        assert!(
            engine.ready(&launch.token).unwrap().accepted,
            "the launch was not written down"
        );
    }
    home.nothing_lies_outside();
}

/// R6 too, and: what a newer engine wrote is not damaged, so not a byte of it changes.
fn a_newer_store_is_left_alone(slots: &[Slot<'_>; 2]) {
    let home = Home::new(slots);
    let engine = home.engine();
    let launch = engine.launch();
    assert_eq!(launch.bundle.origin, Origin::Embedded);
    assert!(engine.ready(&launch.token).is_err(), "a newer store was written");
    for (slot, path) in slots.iter().zip(home.slots()) {
        assert_eq!(fs::read(path).ok(), slot.file(), "a newer store was changed");
    }
    home.nothing_lies_outside();
}

/// A store with these slots, and an embedded bundle beside it.
struct Home(tempfile::TempDir);

impl Home {
    fn new(slots: &[Slot<'_>; 2]) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        fs::create_dir(home.root()).unwrap();
        fs::create_dir(home.embedded()).unwrap();
        fs::write(home.embedded().join("index.html"), b"<title>embedded</title>").unwrap();
        for (slot, path) in slots.iter().zip(home.slots()) {
            if let Some(file) = slot.file() {
                fs::write(path, file).unwrap();
            }
        }
        home
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("store")
    }

    fn embedded(&self) -> PathBuf {
        self.0.path().join("embedded")
    }

    fn slots(&self) -> [PathBuf; 2] {
        ["state.a", "state.b"].map(|name| self.root().join(name))
    }

    fn nothing_lies_outside(&self) {
        let inside: Vec<_> = fs::read_dir(self.0.path()).unwrap().collect();
        assert_eq!(inside.len(), 2, "something was written outside of the store");
    }

    fn engine(&self) -> Engine {
        engine(self.root(), self.embedded())
    }
}

fn engine(root: PathBuf, embedded: PathBuf) -> Engine {
    let host = Host {
        root,
        embedded: embedded.into(),
        platform: Platform::Android,
        native_version: None,
        clock: Box::new(FixedClock(UnixMillis::new(1_795_000_000_000))),
        random: Box::new(SeededRandom(1)),
        transport: Box::new(NoNetwork),
        events: Box::new(NoEvents),
    };
    Engine::new(Config::offline().unwrap(), host)
}

/// A launch that asks the network is a finding.
struct NoNetwork;

impl Transport for NoNetwork {
    fn get(&self, request: &Get<'_>, _: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<Got, Error> {
        panic!("a launch asks for {}", request.url)
    }
}
