//! A refresh fed a script of answers by whoever controls the network.

use std::sync::LazyLock;

use airlock_protocol::keys::PublicKeys;
use airlock_protocol::tuf::{Anchor, Answer, Mode, Refresh, Step, StoreOp, Stored, Trusted};
use airlock_protocol::{ChannelName, Error};

use super::author::{HISTORY, History, role_of, version};
use super::support::{Signer, day};
use crate::Verdict;
use crate::bytes::Bytes;

/// What a device has that never asked, and one that followed each publication.
static FOLLOWED: LazyLock<[Stored; 4]> = LazyLock::new(|| {
    let follow = |index| follow(&HISTORY, index);
    [Stored::default(), follow(0), follow(1), follow(2)]
});

/// The key that the app was built with.
static KEYS: LazyLock<PublicKeys> =
    LazyLock::new(|| PublicKeys::from_pems(&[Signer::new(1).pem()], 1).unwrap());

/// No honest repository takes more answers than this.
const ANSWERS: usize = 40;

/// Three bytes for the device (what it has seen, how it asks, what time it is), then one answer after the
/// other.
pub(crate) fn refresh(data: &[u8]) -> Verdict {
    let mut input = Bytes::new(data);
    let seen = usize::from(input.byte() % 4);
    let mode = if input.byte() & 1 == 0 {
        Mode::Full
    } else {
        Mode::Quick
    };
    let now = day(i64::from(input.byte() % 3) * 29);
    let history = &*HISTORY;
    let mut device = Device {
        stored: FOLLOWED[seen].clone(),
        removed: Vec::new(),
        network: Network::Honest,
    };
    let before = device.stored.clone();
    let walked = device.walk(mode, now, &mut input, history);
    // What the author signed last is for everybody who comes in time, whatever they saw before.
    if device.network == Network::Honest && now < day(30) {
        assert!(
            walked.is_ok(),
            "an honest repository is refused: {:?}",
            walked.err()
        );
    }
    device.never_goes_back(&before);
    if let Ok(trusted) = &walked {
        assert!(now < day(30), "expired metadata is believed");
        device.knows_what_it_trusts(trusted);
    }
    Verdict::of(&walked)
}

/// Whether every answer so far was the newest publication's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Network {
    Honest,
    Hostile,
}

struct Device {
    stored: Stored,
    removed: Vec<String>,
    network: Network,
}

impl Device {
    fn walk(
        &mut self,
        mode: Mode,
        now: airlock_protocol::UnixMillis,
        input: &mut Bytes<'_>,
        history: &History,
    ) -> Result<Trusted, Error> {
        let anchor = Anchor::Keys(KEYS.clone());
        let mut refresh = Refresh::start(anchor, self.stored.clone(), now, mode, Some("stable"))?;
        for _ in 0..ANSWERS {
            let Step::Fetch(fetch) = refresh.step() else {
                return refresh.into_trusted();
            };
            let (answer, network) = answer(&fetch.name, input, history);
            if network == Network::Hostile {
                self.network = Network::Hostile;
            }
            for op in refresh.receive(answer)? {
                self.store(&op, history);
            }
        }
        panic!("the refresh asks for more than {ANSWERS} files")
    }

    /// The heart of it: only what the right keys signed is ever written.
    fn store(&mut self, op: &StoreOp, history: &History) {
        match op {
            StoreOp::Write { name, bytes } => {
                assert!(
                    history.knows(role_of(name), bytes),
                    "{name} is believed, and nobody signed it"
                );
            }
            StoreOp::Remove { name } => self.removed.push(name.clone()),
        }
        self.stored.apply(op);
    }

    /// Only a rotation of keys takes versions away (specification section 5.3.11), and never the root's.
    fn never_goes_back(&self, before: &Stored) {
        for (name, old) in &before.files {
            match self.stored.files.get(name) {
                _ if self.removed.contains(name) && name != "root.json" => {}
                Some(new) => assert!(version(new) >= version(old), "{name} went back"),
                None => panic!("{name} is gone"),
            }
        }
    }

    fn knows_what_it_trusts(&self, trusted: &Trusted) {
        let stored = |name: &str| self.stored.files.get(name).and_then(|bytes| version(bytes));
        let versions = trusted.versions();
        assert_eq!(Some(versions.root), stored("root.json"));
        assert_eq!(Some(versions.timestamp), stored("timestamp.json"));
        assert_eq!(Some(versions.snapshot), stored("snapshot.json"));
        assert_eq!(Some(versions.targets), stored("targets.json"));
        assert_eq!(versions.role, stored("stable.json"));
        let channel: ChannelName = "stable".parse().unwrap();
        assert!(!trusted.releases(&channel).unwrap().is_empty());
    }
}

/// What a device has that followed the publications up to this one.
fn follow(history: &History, index: usize) -> Stored {
    let mut device = Device {
        stored: Stored::default(),
        removed: Vec::new(),
        network: Network::Honest,
    };
    let anchor = Anchor::Keys(KEYS.clone());
    let mut refresh = Refresh::start(anchor, Stored::default(), day(0), Mode::Full, Some("stable")).unwrap();
    while let Step::Fetch(fetch) = refresh.step() {
        let file = history.publications[index].get(&fetch.name);
        let answer = file.map_or(Answer::Missing, |bytes| Answer::Found(bytes.clone()));
        for op in refresh.receive(answer).unwrap() {
            device.store(&op, history);
        }
    }
    device.stored
}

/// One answer to the question for `name`: 0 (and the end of the script) is the honest one.
fn answer(name: &str, input: &mut Bytes<'_>, history: &History) -> (Answer, Network) {
    let newest = history.publications.last().unwrap();
    let honest = newest.get(name);
    let found = |file: Option<&Vec<u8>>| file.map_or(Answer::Missing, |bytes| Answer::Found(bytes.clone()));
    let choice = input.byte();
    let hostile = match choice % 8 {
        0 => return (found(honest), Network::Honest),
        1 => found(history.publications[usize::from(choice >> 3) % 3].get(name)),
        2 => Answer::Missing,
        3 => found(history.attacker.get(name)),
        // Signed by the author, as something else.
        4 => found(newest.values().nth(usize::from(choice >> 3) % newest.len())),
        5 => Answer::Found(edited(honest.map(Vec::as_slice).unwrap_or_default(), input)),
        6 => Answer::Found(with_signatures_of(honest, history.attacker.get(name))),
        _ => {
            let length = usize::from(input.byte());
            Answer::Found(input.take(length).to_vec())
        }
    };
    (hostile, Network::Hostile)
}

/// The bytes with a few of them replaced by others, fewer or more.
fn edited(bytes: &[u8], input: &mut Bytes<'_>) -> Vec<u8> {
    let start = usize::from(input.short()) % (bytes.len() + 1);
    let end = (start + usize::from(input.byte())).min(bytes.len());
    let length = usize::from(input.byte());
    [&bytes[..start], input.take(length), &bytes[end..]].concat()
}

/// The attacker's content under the author's signatures.
fn with_signatures_of(honest: Option<&Vec<u8>>, attacker: Option<&Vec<u8>>) -> Vec<u8> {
    let read = |bytes: &Vec<u8>| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let (Some(honest), Some(mut document)) = (honest.and_then(read), attacker.and_then(read)) else {
        return Vec::new();
    };
    document["signatures"] = honest["signatures"].clone();
    serde_json::to_vec(&document).unwrap()
}
