//! Counting signatures: distinct keys, by their material.

use airlock_protocol::{Code, json};
use serde_json::{Value, json as value};

use crate::support::{Device, Repository, Signer};

/// Replaces the published timestamp's signatures.
fn with_signatures(repository: &mut Repository, change: impl FnOnce(&mut Vec<Value>, &[u8])) {
    let bytes = repository.files.get_mut("timestamp.json").unwrap();
    let mut document: Value = serde_json::from_slice(bytes).unwrap();
    let message = json::canonical(&document["signed"]);
    change(document["signatures"].as_array_mut().unwrap(), &message);
    *bytes = serde_json::to_vec(&document).unwrap();
}

fn accepts(repository: &Repository) -> bool {
    match Device::new().refresh(repository).result {
        Ok(_) => true,
        Err(refusal) => {
            assert_eq!(refusal.code(), Code::MetadataInvalid);
            false
        }
    }
}

#[test]
fn a_threshold_of_two_needs_two_keys() {
    for (signers, accepted) in [
        (&[2, 7][..], true),
        (&[7, 8], true),
        (&[2, 7, 8, 9], true),
        (&[2], false),
        (&[2, 9], false),
        (&[], false),
    ] {
        let mut repository = Repository::new();
        repository.set_keys("timestamp", &[2, 7, 8], 2);
        repository.signers("timestamp", signers);
        repository.publish(&["root", "timestamp"]);
        assert_eq!(accepts(&repository), accepted, "{signers:?}");
    }
}

#[test]
fn more_keys_than_there_are_cannot_sign() {
    let mut repository = Repository::new();
    repository.set_keys("timestamp", &[2, 7], 3);
    repository.publish(&["root", "timestamp"]);
    assert!(!accepts(&repository));
}

/// CVE-2026-6966 of another client: one signature, repeated, met any threshold.
#[test]
fn the_same_signature_twice_is_refused() {
    let mut repository = Repository::new();
    assert!(accepts(&repository));
    with_signatures(&mut repository, |signatures, _| {
        signatures.push(signatures[0].clone())
    });
    assert!(!accepts(&repository));
}

#[test]
fn one_key_under_two_ids_counts_once() {
    for (second, accepted) in [(2, false), (7, true)] {
        let mut repository = Repository::new();
        repository.set_keys("timestamp", &[2], 2);
        let root = repository.signed("root");
        root["keys"]["another-id"] = Signer::new(second).public().to_tuf();
        root["roles"]["timestamp"]["keyids"]
            .as_array_mut()
            .unwrap()
            .push("another-id".into());
        repository.publish(&["root", "timestamp"]);
        with_signatures(&mut repository, |signatures, message| {
            let mut signature = Signer::new(second).tuf_signature(message);
            signature["keyid"] = "another-id".into();
            signatures.push(signature);
        });
        assert_eq!(accepts(&repository), accepted);
    }
}

#[test]
fn a_key_id_listed_twice_in_a_role_is_refused() {
    let mut repository = Repository::new();
    repository.set_keys("timestamp", &[2, 2], 2);
    repository.publish(&["root", "timestamp"]);
    assert!(!accepts(&repository));
}

#[test]
fn useless_signatures_do_no_harm_beside_a_good_one() {
    let mut repository = Repository::new();
    repository.set_keys("timestamp", &[2, 7, 8], 1);
    repository.signers("timestamp", &[2]);
    repository.publish(&["root", "timestamp"]);
    with_signatures(&mut repository, |signatures, message| {
        signatures.push(value!({"keyid": Signer::new(7).key_id(), "sig": ""}));
        signatures.push(value!({"keyid": Signer::new(8).key_id(), "sig": "not hex"}));
        signatures.push(Signer::new(9).tuf_signature(message));
        signatures.push(value!({"keyid": "unknown", "sig": "00"}));
    });
    assert!(accepts(&repository));
    with_signatures(&mut repository, |signatures, _| drop(signatures.remove(0)));
    assert!(!accepts(&repository));
}

#[test]
fn a_signature_under_another_keys_id_does_not_count() {
    let mut repository = Repository::new();
    with_signatures(&mut repository, |signatures, message| {
        signatures[0]["sig"] = Signer::new(9).tuf_signature(message)["sig"].clone();
    });
    assert!(!accepts(&repository));
}

#[test]
fn a_key_whose_type_and_bytes_disagree_can_sign_nothing() {
    for (field, text) in [
        ("keytype", "rsa"),
        ("keytype", "ecdsa"),
        ("scheme", "rsassa-pss-sha256"),
        ("scheme", "none"),
    ] {
        let mut repository = Repository::new();
        let id = Signer::new(2).key_id();
        repository.signed("root")["keys"][&id][field] = text.into();
        repository.publish(&["root", "timestamp"]);
        assert!(!accepts(&repository), "{field} {text}");
    }
}

#[test]
fn keys_of_unknown_types_may_be_listed() {
    let mut repository = Repository::new();
    repository.signed("root")["keys"]["future"] =
        value!({"keytype": "ml-dsa", "scheme": "ml-dsa-65", "keyval": {"public": "????"}});
    repository.publish(&["root", "timestamp"]);
    assert!(accepts(&repository));
}

#[test]
fn signatures_cover_the_received_content_whatever_its_spelling() {
    let mut repository = Repository::new();
    let document: Value = serde_json::from_slice(&repository.files["timestamp.json"]).unwrap();
    repository.files.insert(
        "timestamp.json".into(),
        serde_json::to_vec_pretty(&document).unwrap(),
    );
    assert!(accepts(&repository));
}

#[test]
fn a_duplicate_key_anywhere_is_refused_although_the_signature_fits() {
    let mut repository = Repository::new();
    let text = String::from_utf8(repository.files["timestamp.json"].clone()).unwrap();
    let twice = text.replacen("\"version\":1", "\"version\":1,\"version\":1", 1);
    assert_ne!(text, twice);
    repository
        .files
        .insert("timestamp.json".into(), twice.into_bytes());
    assert!(!accepts(&repository));
}
