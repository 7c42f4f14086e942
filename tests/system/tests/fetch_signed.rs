//! The signature of a remote configuration and its downgrade counter, through the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Fault, Remote};
use serde_json::{Value, json};

const SIGNED: [&str; 2] = ["--public-key", "updates.pub"];
const COUNTED: [&str; 4] = ["--public-key", "updates.pub", "--state", "counter"];

fn numbered(remote: &Remote, number: Value) -> Value {
    json!({ "manifestVersion": number, "releases": [remote.release("2.0.0")] })
}

#[test]
fn signed_manifest() {
    let remote = Remote::new();
    let done = remote.fetch(&SIGNED).ok();
    assert_eq!(done["signature"], "verified");
    assert_eq!(done["trustedComment"], "timestamp:1795478400");
    let key = remote.public_key();
    let line = key.lines().nth(1).unwrap();
    let run = remote.fetch(&["--public-key", line]);
    assert!(!run.stderr.contains("unsigned"), "{}", run.stderr);
    run.ok();
    let run = remote.fetch(&[]);
    assert!(run.stderr.contains("unsigned"), "{}", run.stderr);
}

#[test]
fn tampered_manifest() {
    let remote = Remote::new();
    let path = remote.path("site/updates.json");
    let text = fs::read_to_string(&path).unwrap();
    // Still good JSON, and still a whole configuration: only the signature tells.
    fs::write(&path, text.replace("what is new", "what is bad")).unwrap();
    remote.fetch(&SIGNED).refused(118, "metadata_invalid");
    assert_eq!(
        remote.server.requests(),
        ["/updates.json", "/updates.json.minisig"],
        "nothing was downloaded"
    );
    remote.fetch(&[]).ok();
    fs::remove_file(remote.path("out/app.zip")).unwrap();
    remote.heals(&SIGNED);
}

#[test]
fn what_is_not_verified_is_not_parsed() {
    let remote = Remote::new();
    let signature = fs::read(remote.path("site/updates.json.minisig")).unwrap();
    for body in [&b"not json"[..], b"", b"{\"releases\":[1]}"] {
        fs::write(remote.path("site/updates.json"), body).unwrap();
        // 118 and not 104: the signature is the first thing that is looked at.
        remote.fetch(&SIGNED).refused(118, "metadata_invalid");
        fs::write(remote.path("site/updates.json.minisig"), remote.sign(body)).unwrap();
        remote.fetch(&SIGNED).refused(104, "response_unusable");
        fs::write(remote.path("site/updates.json.minisig"), &signature).unwrap();
        remote.heals(&SIGNED);
    }
}

#[test]
fn a_missing_broken_or_foreign_signature_is_refused() {
    let remote = Remote::new();
    let other = Remote::new();
    let body = fs::read(remote.path("site/updates.json")).unwrap();
    let good = fs::read_to_string(remote.path("site/updates.json.minisig")).unwrap();
    for (signature, words) in [
        (other.sign(&body), "key"),
        (remote.sign(b"{}"), "does not fit"),
        (good.replace("1795478400", "1795478401"), "trusted comment"),
        (good.replace('\n', "\r\n"), "Windows"),
        (format!("{good}{good}"), "four lines"),
        (good.lines().take(2).collect::<Vec<_>>().join("\n"), "four lines"),
        (String::new(), "four lines"),
    ] {
        fs::write(remote.path("site/updates.json.minisig"), &signature).unwrap();
        let run = remote.fetch(&SIGNED).refused(118, "metadata_invalid");
        assert!(run.stderr.contains(words), "no {words:?} in {}", run.stderr);
        remote.heals(&SIGNED);
        fs::write(remote.path("site/updates.json"), &body).unwrap();
    }
    fs::remove_file(remote.path("site/updates.json.minisig")).unwrap();
    let run = remote.fetch(&SIGNED).refused(118, "metadata_invalid");
    assert!(run.stderr.contains("not signed"), "{}", run.stderr);
    remote.heals(&SIGNED);
    remote.server.fault(Some(Fault::Status(".minisig", 500)));
    remote.fetch(&SIGNED).refused(104, "response_unusable");
    remote.heals(&SIGNED);
}

#[test]
fn a_key_that_cannot_be_read_is_never_no_key() {
    let remote = Remote::new();
    fs::write(remote.path("empty.pub"), "").unwrap();
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n";
    fs::write(remote.path("pem.pub"), pem).unwrap();
    fs::write(remote.path("long.pub"), "x".repeat(100_000)).unwrap();
    for file in [
        "empty.pub",
        "pem.pub",
        "long.pub",
        "site/updates.json.minisig",
        "RWnonsense",
    ] {
        remote
            .fetch(&["--public-key", file])
            .refused(2, "public_key_invalid");
    }
    for file in ["nowhere.pub", "out"] {
        remote.fetch(&["--public-key", file]).refused(2, "usage");
    }
    assert_eq!(remote.server.requests(), [""; 0], "nobody was asked anything");
    remote.heals(&SIGNED);
}

#[test]
fn a_manifest_downgrade_is_refused() {
    let remote = Remote::new();
    for (number, outcome) in [
        (json!(5), None),
        (json!(5), None),
        (json!(4), Some("went back from manifestVersion 5 to 4")),
        (json!(0), Some("went back")),
        (json!(null), Some("no manifestVersion")),
        (json!(7), None),
        (json!(5), Some("went back from manifestVersion 7 to 5")),
        (json!(7), None),
    ] {
        remote.publish(&numbered(&remote, number));
        let run = remote.fetch(&COUNTED);
        match outcome {
            None => drop(run.ok()),
            Some(words) => {
                let run = run.refused(119, "downgrade_refused");
                assert!(run.stderr.contains(words), "{}", run.stderr);
                assert_eq!(remote.fetched(), [""; 0]);
            }
        }
        let _ = fs::remove_file(remote.path("out/app.zip"));
    }
    let stored = fs::read_to_string(remote.path("counter")).unwrap();
    assert_eq!(stored, "{\"manifestVersion\":7}\n");
    remote.heals(&COUNTED);
}

#[test]
fn without_a_counter_in_the_document_none_is_needed_and_one_that_nothing_remembers_is_said() {
    let remote = Remote::new();
    remote.fetch(&COUNTED).ok();
    assert!(!remote.path("counter").exists(), "no number, no record");
    remote.publish(&numbered(&remote, json!(5)));
    let run = remote.fetch(&SIGNED);
    assert!(run.stderr.contains("--state"), "{}", run.stderr);
    run.ok();
    for bad in [json!("5"), json!(-1), json!([5])] {
        remote.publish(&numbered(&remote, bad));
        remote.fetch(&SIGNED).refused(104, "response_unusable");
    }
}

#[test]
fn a_document_that_is_refused_does_not_move_the_counter() {
    let remote = Remote::new();
    remote.publish(&numbered(&remote, json!(5)));
    remote.fetch(&COUNTED).ok();
    let mut higher = numbered(&remote, json!(9));
    higher["releases"][0]["downloadUrl"] = json!("http://example.com/app.zip");
    remote.publish(&higher);
    remote.fetch(&COUNTED).refused(104, "response_unusable");
    remote.publish(&numbered(&remote, json!(9)));
    fs::write(remote.path("site/updates.json.minisig"), remote.sign(b"other")).unwrap();
    remote.fetch(&COUNTED).refused(118, "metadata_invalid");
    remote.publish(&numbered(&remote, json!(6)));
    remote.fetch(&COUNTED).ok();
}

#[test]
fn a_counter_that_cannot_be_read_fails_closed() {
    let remote = Remote::new();
    let counter = remote.path("counter");
    for damage in ["", "7", "{}", "{\"manifestVersion\":", "\0\0\0\0\0\0\0\0"] {
        fs::write(&counter, damage).unwrap();
        let run = remote.fetch(&COUNTED).refused(123, "storage_failure");
        assert!(run.stderr.contains("counter"), "{}", run.stderr);
        assert_eq!(
            fs::read_to_string(&counter).unwrap(),
            damage,
            "the evidence is kept"
        );
        assert_eq!(remote.fetched(), [""; 0]);
    }
    fs::remove_file(&counter).unwrap();
    fs::create_dir(&counter).unwrap();
    remote.fetch(&COUNTED).refused(123, "storage_failure");
    fs::remove_dir(&counter).unwrap();
    let nowhere = ["--state", "nowhere/counter"];
    remote.publish(&numbered(&remote, json!(5)));
    remote.fetch(&nowhere).refused(123, "storage_failure");
    remote.heals(&COUNTED);
}

#[test]
fn two_runs_at_once_share_no_counter() {
    let remote = Remote::new();
    remote.publish(&numbered(&remote, json!(5)));
    let held = fs::File::create(remote.path("counter.lock")).unwrap();
    held.try_lock().unwrap();
    remote.fetch(&COUNTED).refused(124, "locked");
    held.unlock().unwrap();
    remote.heals(&COUNTED);
}
