//! `airlock keys`, with the real binary: what it makes, what it says, what it refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

mod support;

use support::{Desk, NOW, Outcome};

#[test]
fn a_key_is_protected_unless_said_otherwise_and_never_overwritten() {
    let desk = Desk::new();
    desk.run(["keys", "generate", "a.pem"])
        .fails(2, "usage", "AIRLOCK_PASSPHRASE");
    assert!(!desk.path("a.pem").exists());
    desk.write("words", "correct horse\n");
    let generate = [
        "keys",
        "generate",
        "a.pem",
        "--passphrase-file",
        "words",
        "--json",
    ];
    let made = desk.run(generate).succeeds().json();
    let pem = String::from_utf8(desk.read("a.pem")).unwrap();
    assert!(pem.contains("ENCRYPTED PRIVATE KEY"));
    assert_eq!(
        made["publicKey"],
        String::from_utf8(desk.read("a.pub.pem")).unwrap()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.path("a.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let by_environment = |file: &str| {
        let mut command = desk.command(["keys", "generate", file, "--key-type", "ecdsa-p256"]);
        Outcome::of(command.env("AIRLOCK_PASSPHRASE", "correct horse"))
    };
    by_environment("b.pem").succeeds();
    let before = desk.tree(".");
    by_environment("a.pem").fails(2, "config_invalid", "exists already");
    std::fs::rename(desk.path("a.pem"), desk.path("moved.pem")).unwrap();
    by_environment("a.pem").fails(2, "config_invalid", "a.pub.pem exists already");
    std::fs::rename(desk.path("moved.pem"), desk.path("a.pem")).unwrap();
    assert_eq!(desk.tree("."), before);
    desk.run(["keys", "generate", "c.pub.pem", "--no-passphrase"])
        .fails(2, "usage", "written beside it");
}

#[test]
fn the_list_names_every_key_role_and_expiry() {
    let desk = Desk::with_project();
    std::fs::rename(desk.path("keys/root.pem"), desk.path("offline.pem")).unwrap();
    let list = desk.run(["keys", "list", "--json"]).succeeds().json();
    let keys = list["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(
        (&keys[0]["roles"], &keys[0]["atHand"]),
        (&serde_json::json!(["root"]), &false.into())
    );
    assert_eq!(
        keys[1]["roles"],
        serde_json::json!(["targets", "snapshot", "timestamp", "stable"])
    );
    assert_eq!(keys[1]["privateHalf"], "keys/release.pem");
    let root = &list["roles"][0];
    assert_eq!((&root["role"], &root["threshold"]), (&"root".into(), &1.into()));
    assert_eq!(root["expires"], "2028-01-15T08:00:00Z");
    let shown = desk.run(["keys", "list"]).succeeds().stderr;
    assert!(shown.contains("not here") && shown.contains("1 of 1"), "{shown}");
}

#[test]
fn rotation_says_what_is_missing_and_changes_nothing_then() {
    let desk = Desk::with_project();
    desk.run(["keys", "generate", "other.pem", "--no-passphrase"])
        .succeeds();
    std::fs::remove_file(desk.path("other.pem")).unwrap();
    let before = desk.tree(".");
    let rotate = |words: &[&str]| desk.run(["keys", "rotate", "--now", NOW].iter().chain(words));
    rotate(&["--role", "nowhere", "--no-passphrase"]).fails(2, "usage", "keys list");
    rotate(&["--role", "release", "--old", "ffff", "--no-passphrase"]).fails(2, "usage", "--old");
    rotate(&["--role", "release"]).fails(2, "usage", "AIRLOCK_PASSPHRASE");
    rotate(&["--role", "release", "--new", "keys/release.pem"]).fails(2, "usage", "already");
    rotate(&["--role", "root", "--role", "release", "--new", "x.pem"]).fails(
        2,
        "usage",
        "one after the other",
    );
    rotate(&["--role", "release", "--new", "keys/root.pem"]).fails(2, "usage", "would share a key");
    rotate(&["--role", "root", "--new", "keys/release.pem"]).fails(2, "usage", "would share a key");
    rotate(&["--role", "release", "--new-signer", "./nothing"]).fails(
        2,
        "config_invalid",
        "cannot be started",
    );
    let split = [
        "keys",
        "split",
        "--role",
        "root",
        "--threshold",
        "2",
        "--key",
        "keys/root.pem",
    ];
    desk.run(split).fails(2, "public_key_invalid", "threshold");
    let with_public = split.iter().chain(&["--key", "other.pub.pem"]);
    desk.run(with_public).fails(2, "config_invalid", "must sign");
    assert_eq!(desk.tree("."), before);
}

#[test]
fn rotation_needs_the_root_key_and_the_new_key_signs_from_then_on() {
    let desk = Desk::with_project();
    let rotate = |words: &[&str]| desk.run(["keys", "rotate", "--now", NOW].iter().chain(words));
    std::fs::rename(desk.path("keys/root.pem"), desk.path("offline.pem")).unwrap();
    rotate(&["--role", "release", "--no-passphrase"]).fails(
        2,
        "config_invalid",
        "root.json must be signed by 1",
    );
    let key = ["--role", "release", "--no-passphrase", "--key", "offline.pem"];
    rotate(&key).succeeds();
    desk.run(["publish", "dist", "--version", "1.0.0", "--now", NOW])
        .succeeds();
    let verified = desk
        .run([
            "verify",
            ".",
            "--public-key",
            "keys/root.pub.pem",
            "--now",
            NOW,
            "--json",
        ])
        .succeeds()
        .json();
    let signed_by = &verified["roles"][4]["signedBy"];
    assert_eq!(verified["roles"][4]["role"], "stable");
    assert_eq!(signed_by.as_array().unwrap().len(), 1);
    assert_eq!(verified["archives"], 1);
    let archive = desk.find("repository/targets", "bundle.zip");
    let archive = archive.to_str().unwrap();
    let both = [
        "--public-key",
        "keys/release.pub.pem",
        "--public-key",
        "keys/release-2.pub.pem",
    ];
    let verify = |more: &[&str]| {
        let words = ["verify", archive, "--json"];
        desk.run(words.iter().chain(&both).chain(more))
    };
    let bundle = verify(&[]).succeeds().json();
    assert_eq!(&bundle["signedBy"], signed_by, "the new key signs bundles too");
    verify(&["--threshold", "2"]).fails(116, "signature_invalid", "");
}

#[test]
fn keys_with_a_passphrase_are_opened_only_when_they_sign() {
    let desk = Desk::new();
    desk.web_app("dist", "one");
    desk.write("words", "correct horse\n");
    let init = [
        "init",
        "--app-id",
        "a.b",
        "--passphrase-file",
        "words",
        "--now",
        NOW,
    ];
    desk.run(init).succeeds();
    let with = |args: &[&str]| desk.run(args.iter().chain(&["--passphrase-file", "words", "--now", NOW]));
    with(&["keys", "rotate", "--role", "online"]).succeeds();
    // The root key has another passphrase by now; daily work must not notice.
    desk.write("keys/root.pem", "not a key any more");
    with(&["publish", "dist", "--version", "1.0.0"]).succeeds();
    with(&["rollback", "--to", "1.0.0"]).fails(2, "usage", "newest");
    with(&["refresh", "--root"]).fails(2, "config_invalid", "keys/root.pem");
    desk.run(["keys", "list"]).succeeds();
    desk.run(["prune", "--keep", "1", "--dry-run"]).succeeds();
}
