//! `updateProtocol: vicius`.

use std::io::Cursor;

use airlock_system_tests::{Asked, Said};
use minisign::KeyPair;
use serde_json::{Value, json};

use crate::phone::{Phone, archive, ok, sha256};

/// A document that offers the bundle `version` from `server`.
fn document(server: &str, version: &str, number: u64) -> Value {
    let zip = archive(version);
    json!({"manifestVersion": number, "releases": [{
        "name": version, "version": version, "summary": "better", "downloadUrl": format!("{server}/{version}.zip"),
        "downloadSize": zip.len(), "checksum": {"checksum": sha256(&zip), "checksumAlg": "SHA256"},
    }]})
}

fn serves(phone: &Phone, document: Vec<u8>, signature: Option<String>, version: &str) {
    let zip = archive(version);
    phone.server.says(move |asked: &Asked| match asked.path.as_str() {
        "/updates.json" => Said::new(200, document.clone()),
        "/updates.json.minisig" => match &signature {
            Some(signature) => Said::new(200, signature.clone()),
            None => Said::new(404, ""),
        },
        _ => Said::new(200, zip.clone()),
    });
}

fn offers(phone: &Phone, version: &str, number: u64) {
    let document = document(&phone.server.url(), version, number).to_string();
    serves(phone, document.into_bytes(), None, version);
}

fn signed(keys: &KeyPair, document: &[u8]) -> String {
    let signature = minisign::sign(None, &keys.sk, Cursor::new(document), Some("a"), Some("b"));
    signature.unwrap().into_string()
}

#[test]
fn a_newer_release_runs_and_an_older_one_does_not() {
    let phone = Phone::of("vicius", "/updates.json", json!({}));
    offers(&phone, "2.0.0", 1);
    let checked = phone.device().ok(&["check"]);
    assert_eq!(
        (&checked["result"], &checked["bundle"]["notes"]),
        (&json!("available"), &json!("better"))
    );
    assert_eq!(checked["bundle"]["downloadBytes"], archive("2.0.0").len());
    phone.runs("2.0.0", "archive");
    assert_eq!(phone.device().ok(&["sync"])["result"], "up-to-date");
    offers(&phone, "1.9.0", 2);
    assert_eq!(phone.device().ok(&["sync"])["result"], "up-to-date");
    offers(&phone, "2.0.1", 3);
    phone.runs("2.0.1", "archive");
    for stopped in [
        json!({"manifestVersion": 4}),
        json!({"manifestVersion": 4, "instance": {"updatesDisabled": true}}),
    ] {
        phone.server.says(move |_| ok(&stopped));
        assert_eq!(phone.device().ok(&["sync"])["result"], "up-to-date");
    }
}

#[test]
fn an_older_document_is_refused_and_stays_refused() {
    let phone = Phone::of("vicius", "/updates.json", json!({}));
    offers(&phone, "2.0.0", 7);
    phone.runs("2.0.0", "archive");
    offers(&phone, "3.0.0", 6);
    phone.refuses(119, "downgrade_refused");
    phone.refuses(119, "downgrade_refused");
    offers(&phone, "3.0.0", 7);
    phone.runs("3.0.0", "archive");
}

#[test]
fn with_a_key_only_what_it_signed_counts() {
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let other = KeyPair::generate_unencrypted_keypair().unwrap();
    let public = keys.pk.to_box().unwrap().to_string();
    let phone = Phone::of("vicius", "/updates.json", json!({"publicKey": public}));
    let good = document(&phone.server.url(), "2.0.0", 1).to_string().into_bytes();
    serves(&phone, good.clone(), None, "2.0.0");
    phone.refuses(118, "metadata_invalid");
    serves(&phone, good.clone(), Some(signed(&other, &good)), "2.0.0");
    phone.refuses(118, "metadata_invalid");
    let mut changed = good.clone();
    changed.push(b'\n');
    serves(&phone, changed, Some(signed(&keys, &good)), "2.0.0");
    phone.refuses(118, "metadata_invalid");
    let mut bare = document(&phone.server.url(), "2.0.0", 1);
    bare["releases"][0].as_object_mut().unwrap().remove("checksum");
    let bare = bare.to_string().into_bytes();
    serves(&phone, bare.clone(), Some(signed(&keys, &bare)), "2.0.0");
    phone.refuses(116, "signature_missing");
    // Signed, and the archive is another one.
    serves(&phone, good.clone(), Some(signed(&keys, &good)), "2.0.1");
    phone.refuses(115, "checksum_mismatch");
    serves(&phone, good.clone(), Some(signed(&keys, &good)), "2.0.0");
    phone.runs("2.0.0", "archive");
}

#[test]
fn bad_documents_change_nothing_and_the_next_try_works() {
    let phone = Phone::of("vicius", "/updates.json", json!({}));
    let url = phone.server.url();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = document(&url, "2.0.0", 1);
        change(&mut document["releases"][0]);
        document.to_string().into_bytes()
    };
    for bad in [
        b"".to_vec(),
        b"not json".to_vec(),
        b"<html>".to_vec(),
        br#"{"releases": {}}"#.to_vec(),
        vec![b' '; 8 * 1024 * 1024],
        with(&|release| release["version"] = json!(2)),
        with(&|release| release["downloadUrl"] = json!("http://a.example/b.zip")),
        with(&|release| release["checksum"] = json!({"checksum": "00"})),
    ] {
        serves(&phone, bad, None, "2.0.0");
        phone.refuses(104, "response_unusable");
    }
    for status in [404, 500] {
        phone.server.says(move |_| Said::new(status, ""));
        phone.refuses(104, "response_unusable");
    }
    serves(
        &phone,
        with(&|release| release["downloadSize"] = json!(7)),
        None,
        "2.0.0",
    );
    phone.refuses(104, "response_unusable");
    let other = sha256(b"other");
    serves(
        &phone,
        with(&|release| release["checksum"]["checksum"] = json!(other)),
        None,
        "2.0.0",
    );
    phone.refuses(115, "checksum_mismatch");
    phone.server.says(|_| Said::new(429, "").with("Retry-After", "1"));
    phone.refuses(104, "response_unusable");
    offers(&phone, "2.0.0", 1);
    let later = phone.at("1790000002000");
    assert_eq!(later.ok(&["sync"])["result"], "staged");
}
