//! The honest author's work, three publications of it, and an attacker's with the same names and other keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use airlock_protocol::json;
use serde_json::Value;

use super::support::Repository;

/// File name to bytes, as a web server would deliver them.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

pub(super) struct History {
    /// What lay on the server after each publication: the first one, a release, a rotation of keys.
    pub(super) publications: Vec<Files>,
    /// The same by somebody with other keys for every role.
    pub(super) attacker: Files,
    /// Signed content in canonical form, by role: all that devices may ever believe.
    signed: BTreeMap<String, BTreeSet<Vec<u8>>>,
}

pub(super) static HISTORY: LazyLock<History> = LazyLock::new(History::make);

impl History {
    fn make() -> History {
        let mut repository = Repository::new();
        repository.hashes = false;
        repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
        let mut publications = vec![repository.files.clone()];
        repository.publish_release(2);
        publications.push(repository.files.clone());
        // Keys 1 and 11 sign the roots from now on, key 12 the timestamps; each root needs the old ones too.
        repository.set_keys("timestamp", &[12], 1);
        repository.set_keys("root", &[1, 11], 2);
        repository.publish(&["root"]);
        repository.hashes = true;
        repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
        publications.push(repository.files.clone());
        let mut signed: BTreeMap<String, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for (name, bytes) in publications.iter().flatten() {
            signed
                .entry(role_of(name).to_owned())
                .or_default()
                .insert(signed_part(bytes).unwrap());
        }
        History {
            publications,
            attacker: attacker(),
            signed,
        }
    }

    /// Whether the holder of the role's keys ever signed this.
    pub(super) fn knows(&self, role: &str, bytes: &[u8]) -> bool {
        signed_part(bytes).is_some_and(|part| self.signed[role].contains(&part))
    }
}

fn attacker() -> Files {
    let mut repository = Repository::new();
    for (number, role) in (101..).zip(["root", "timestamp", "snapshot", "targets"]) {
        repository.set_keys(role, &[number], 1);
    }
    repository.signers("stable", &[105]);
    for _ in 0..4 {
        repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
    }
    repository.files
}

/// `2.snapshot.json`, `snapshot.json` and `root_history/2.root.json` are of the roles snapshot and root.
pub(super) fn role_of(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name)
}

/// The canonical form of what a document says is signed, read by serde_json.
fn signed_part(bytes: &[u8]) -> Option<Vec<u8>> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    Some(json::canonical(document.get("signed")?))
}

pub(super) fn version(bytes: &[u8]) -> Option<u64> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    document.get("signed")?.get("version")?.as_u64()
}

/// The `signed` part of each role's first document, for the seeds.
pub(crate) fn signed_documents() -> BTreeMap<&'static str, Value> {
    let files = &HISTORY.publications[0];
    let names = [
        "2.root.json",
        "timestamp.json",
        "2.snapshot.json",
        "2.targets.json",
        "2.stable.json",
    ];
    let part = |name: &str| serde_json::from_slice::<Value>(&files[name]).unwrap()["signed"].clone();
    names
        .into_iter()
        .map(|name| (role_of(name), part(name)))
        .collect()
}
