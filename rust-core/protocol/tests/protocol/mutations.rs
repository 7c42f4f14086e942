//! Every byte of what arrives from outside, changed: refused, or it means the same.

use airlock_protocol::ChecksumJson;
use airlock_protocol::keys::PublicKey;
use airlock_protocol::tuf::{Anchor, Mode, Refresh, Stored};
use serde_json::Value;

use crate::support::{Device, Repository, day};

/// The bytes with each one changed in three ways (next letter, other case, no ASCII), and cut at each place.
fn mutations(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let changed = (0..bytes.len()).flat_map(|index| {
        [0x01, 0x20, 0x80].map(|mask| {
            let mut changed = bytes.to_vec();
            changed[index] ^= mask;
            changed
        })
    });
    changed.chain((0..bytes.len()).map(|end| bytes[..end].to_vec()))
}

fn signed_part(bytes: &[u8]) -> Value {
    let document: Value = serde_json::from_slice(bytes).unwrap();
    document["signed"].clone()
}

#[test]
fn no_change_to_a_timestamp_changes_what_is_believed() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    repository.publish(&["timestamp"]);
    let honest = repository.files["timestamp.json"].clone();
    let (mut refused, mut same) = (0, 0);
    for bytes in mutations(&honest) {
        repository.files.insert("timestamp.json".into(), bytes.clone());
        let mut attacked = device.clone();
        if attacked.refresh(&repository).result.is_ok() {
            assert_eq!(signed_part(&bytes), signed_part(&honest));
            same += 1;
        } else {
            assert_eq!(attacked.stored, device.stored);
            refused += 1;
        }
    }
    // Only the case of the signature's hex digits is free.
    assert!(same > 0 && same < 128 && refused > 1000, "{same} {refused}");
}

#[test]
fn no_change_to_a_root_changes_whom_is_believed() {
    let honest = Repository::new().files["1.root.json"].clone();
    for bytes in mutations(&honest) {
        let anchor = Anchor::Root(bytes.clone());
        if Refresh::start(anchor, Stored::default(), day(0), Mode::Full, None).is_ok() {
            assert_eq!(signed_part(&bytes), signed_part(&honest));
        }
    }
}

#[test]
fn a_changed_checksum_json_is_refused_or_has_the_same_files() {
    let text = include_str!("data/checksum.json");
    let honest = ChecksumJson::parse(text.as_bytes()).unwrap();
    for bytes in mutations(text.as_bytes()) {
        if let Ok(read) = ChecksumJson::parse(&bytes) {
            assert_eq!(read.id(), honest.id());
            assert_eq!(read.files(), honest.files());
        }
    }
}

#[test]
fn a_changed_key_is_refused_or_another_key() {
    for pem in [
        include_str!("data/keys/ed25519.pem"),
        include_str!("data/keys/rsa-2048.pem"),
    ] {
        let honest = PublicKey::from_pem(pem).unwrap();
        let body = pem.find("KEY-----\n").unwrap() + 9..pem.find("\n-----END").unwrap();
        for bytes in mutations(pem.as_bytes()) {
            let Ok(changed) = std::str::from_utf8(&bytes) else {
                continue;
            };
            if let Ok(key) = PublicKey::from_pem(changed) {
                let same_body = changed.get(body.clone()).map(|text| text.replace('\n', ""))
                    == pem.get(body.clone()).map(|text| text.replace('\n', ""));
                assert_eq!(key == honest, same_body, "{changed}");
            }
        }
    }
}
