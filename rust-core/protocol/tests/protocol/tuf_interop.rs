//! Roots that python-tuf signed.

use airlock_protocol::keys::PublicKey;
use airlock_protocol::tuf::{Anchor, Mode, Refresh, Step, Stored};
use airlock_protocol::{Code, Error};
use serde_json::Value;

use crate::support::day;

const EVERY_KEY_TYPE: &str = include_str!("data/tuf/every-key-type.root.json");
const HEX_POINTS: &str = include_str!("data/tuf/hex-points.root.json");

fn trust(root: &str) -> Result<Step, Error> {
    let anchor = Anchor::Root(root.as_bytes().to_vec());
    Refresh::start(anchor, Stored::default(), day(0), Mode::Full, None).map(|refresh| refresh.step())
}

#[test]
fn roots_signed_by_keys_of_every_type_and_encoding_verify() {
    for root in [EVERY_KEY_TYPE, HEX_POINTS] {
        assert!(matches!(trust(root), Ok(Step::Fetch(_))));
    }
}

/// The thresholds are those of all keys, so one damaged signature must be enough to refuse the root.
#[test]
fn every_single_signature_matters() {
    for root in [EVERY_KEY_TYPE, HEX_POINTS] {
        let document: Value = serde_json::from_str(root).unwrap();
        for index in 0..document["signatures"].as_array().unwrap().len() {
            let signature = document["signatures"][index]["sig"].as_str().unwrap();
            let other = if signature.ends_with('0') { "1" } else { "0" };
            let damaged = format!("{}{other}", &signature[..signature.len() - 1]);
            let refused = trust(&root.replace(signature, &damaged)).unwrap_err();
            assert_eq!(refused.code(), Code::MetadataInvalid);
        }
    }
}

#[test]
fn key_ids_are_those_of_python_tuf() {
    let document: Value = serde_json::from_str(EVERY_KEY_TYPE).unwrap();
    let keys = document["signed"]["keys"].as_object().unwrap();
    assert_eq!(keys.len(), 3);
    for (id, key) in keys {
        let public = key["keyval"]["public"].as_str().unwrap();
        let read = if key["keytype"] == "ed25519" {
            PublicKey::from_ed25519(unhex(public).try_into().unwrap()).unwrap()
        } else {
            PublicKey::from_pem(public).unwrap()
        };
        assert_eq!(read.to_tuf(), *key);
        assert_eq!(read.key_id(), *id);
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
