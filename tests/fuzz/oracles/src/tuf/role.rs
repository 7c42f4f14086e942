//! One role's content, whatever it is, under the right signature: what a mistaken or broken author may sign.

use airlock_protocol::tuf::{Anchor, Answer, Mode, Refresh, Search, Step, Stored, TargetName, Trusted};
use airlock_protocol::{ChannelName, Error, UnixMillis, json};
use serde_json::{Value, json};

use super::author::{Files, HISTORY};
use super::support::{Signer, day};
use crate::Verdict;

/// A letter for the role, then the JSON of its `signed` part.
pub(crate) fn role(data: &[u8]) -> Verdict {
    let Some((letter, content)) = data.split_first() else {
        return Verdict::Refused;
    };
    let (name, signer) = match letter {
        b'r' => ("root", 1),
        b't' => ("timestamp", 2),
        b's' => ("snapshot", 3),
        b'g' => ("targets", 4),
        b'c' => ("stable", 5),
        _ => return Verdict::Refused,
    };
    let Ok(signed) = serde_json::from_slice::<Value>(content) else {
        return Verdict::Refused;
    };
    let (anchor, files) = published(name, signer, &signed);
    let trusted = refresh(anchor, &files);
    if let Ok(trusted) = &trusted {
        agrees(name, &signed, trusted);
        look_around(trusted, &files);
    }
    Verdict::of(&trusted)
}

/// The first publication with this role's document replaced, what names its version renewed, and the root that
/// trust starts from.
fn published(name: &str, signer: u8, signed: &Value) -> (Vec<u8>, Files) {
    let mut files = HISTORY.publications[0].clone();
    let mut anchor = files["2.root.json"].clone();
    files.retain(|file, _| !file.ends_with(".root.json"));
    let version = signed.get("version").and_then(Value::as_u64).unwrap_or(0);
    let bytes = sign(signed, signer);
    match name {
        "root" => anchor = bytes,
        "timestamp" => drop(files.insert("timestamp.json".to_owned(), bytes)),
        _ => drop(files.insert(format!("{version}.{name}.json"), bytes)),
    }
    if name == "snapshot" {
        rename(&mut files, "timestamp.json", 2, "snapshot.json", version);
    }
    if ["targets", "stable"].contains(&name) {
        rename(&mut files, "2.snapshot.json", 3, &format!("{name}.json"), version);
    }
    (anchor, files)
}

/// Lets one document name another's version, and signs it again.
fn rename(files: &mut Files, document: &str, signer: u8, names: &str, version: u64) {
    let mut parsed: Value = serde_json::from_slice(&files[document]).unwrap();
    parsed["signed"]["meta"][names] = json!({"version": version});
    files.insert(document.to_owned(), sign(&parsed["signed"], signer));
}

fn sign(signed: &Value, signer: u8) -> Vec<u8> {
    let signature = Signer::new(signer).tuf_signature(&json::canonical(signed));
    serde_json::to_vec(&json!({"signed": signed, "signatures": [signature]})).unwrap()
}

fn refresh(anchor: Vec<u8>, files: &Files) -> Result<Trusted, Error> {
    let (stored, now) = (Stored::default(), day(0));
    let mut refresh = Refresh::start(Anchor::Root(anchor), stored, now, Mode::Full, Some("stable"))?;
    while let Step::Fetch(fetch) = refresh.step() {
        let file = files
            .get(&fetch.name)
            .filter(|bytes| bytes.len() as u64 <= fetch.max_bytes);
        refresh.receive(file.map_or(Answer::Missing, |bytes| Answer::Found(bytes.clone())))?;
    }
    refresh.into_trusted()
}

/// What is believed is what was signed.
fn agrees(name: &str, signed: &Value, trusted: &Trusted) {
    let versions = trusted.versions();
    let believed = match name {
        "root" => Some(versions.root),
        "timestamp" => Some(versions.timestamp),
        "snapshot" => Some(versions.snapshot),
        "targets" => Some(versions.targets),
        _ => versions.role,
    };
    // A snapshot may drop the channel, a targets document its delegation.
    if believed.is_some() {
        assert_eq!(
            signed["version"].as_u64(),
            believed,
            "another version is believed"
        );
    }
    if name != "stable" || believed.is_some() {
        let expires = UnixMillis::from_rfc3339(signed["expires"].as_str().unwrap()).unwrap();
        assert!(expires > day(0), "expired metadata is believed");
        assert!(signed["spec_version"].as_str().unwrap().starts_with("1."));
        let kind = if name == "stable" { "targets" } else { name };
        assert_eq!(signed["_type"], kind);
    }
}

/// Releases are of this channel; a search ends, and finds what it was asked for.
fn look_around(trusted: &Trusted, files: &Files) {
    let channel: ChannelName = "stable".parse().unwrap();
    for release in trusted.releases(&channel).unwrap_or_default() {
        assert!(release.checksum.name.as_str().starts_with("stable/"));
    }
    let name: TargetName = "stable/1/checksum.json".parse().unwrap();
    let mut search = Search::start(trusted, Stored::default(), name.clone());
    for _ in 0..100 {
        let Step::Fetch(fetch) = search.step() else {
            break;
        };
        let file = files.get(&fetch.name).cloned();
        if search
            .receive(file.map_or(Answer::Missing, Answer::Found))
            .is_err()
        {
            return;
        }
    }
    assert_eq!(search.step(), Step::Done, "a search goes on for ever");
    if let Ok(Some(found)) = search.outcome() {
        assert_eq!(found.name, name);
    }
}
