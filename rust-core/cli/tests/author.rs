//! The author's day: init, publish, verify, inspect, refresh, with the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

mod support;

use support::{Desk, NOW};

#[test]
fn a_project_is_made_published_verified_and_inspected() {
    let desk = Desk::new();
    desk.web_app("dist", "one");
    let made = desk
        .run([
            "init",
            "--app-id",
            "com.example.app",
            "--no-passphrase",
            "--now",
            NOW,
            "--json",
        ])
        .succeeds();
    let config: serde_json::Value = serde_json::from_slice(&desk.read("capacitor.airlock.json")).unwrap();
    assert_eq!(made.json()["publicKey"], config["publicKey"]);
    assert_eq!(config["appId"], "com.example.app");
    assert_eq!(config["channel"], "stable");
    assert_eq!(
        config["publicKey"],
        String::from_utf8(desk.read("keys/root.pub.pem")).unwrap()
    );

    for (version, sequence) in [("1.0.0", 1), ("1.1.0", 2)] {
        desk.web_app("dist", version);
        let published = desk
            .run(["publish", "dist", "--version", version, "--now", NOW, "--json"])
            .succeeds()
            .json();
        assert_eq!(published["sequence"], sequence);
        assert_eq!(published["channel"], "stable");
    }

    let verify = [
        "verify",
        "repository",
        "--public-key",
        "keys/root.pub.pem",
        "--now",
        NOW,
        "--json",
    ];
    let verified = desk.run(verify).succeeds().json();
    assert_eq!(verified["signature"], "verified");
    assert_eq!(verified["channels"]["stable"]["releases"], 2);
    assert_eq!(verified["files"], 4);

    let inspected = desk.run(["inspect", ".", "--json"]).succeeds().json();
    let releases = inspected["channels"][0]["releases"].as_array().unwrap();
    assert_eq!(
        releases
            .iter()
            .map(|release| &release["version"])
            .collect::<Vec<_>>(),
        ["1.0.0", "1.1.0"]
    );
}

#[test]
fn an_archive_is_packed_verified_and_inspected() {
    let desk = Desk::with_project();
    let facts = [
        "--app-id",
        "com.example.app",
        "--version",
        "1.0.0",
        "--sequence",
        "7",
        "--now",
        NOW,
    ];
    let pack = |out: &str| {
        desk.run(
            ["pack", "dist", "-o", out, "--key", "keys/release.pem", "--json"]
                .iter()
                .chain(&facts),
        )
        .succeeds()
        .json()
    };
    let packed = pack("a.zip");
    pack("b.zip");
    assert_eq!(
        desk.read("a.zip"),
        desk.read("b.zip"),
        "the same input gives the same archive"
    );

    let verified = desk
        .run([
            "verify",
            "a.zip",
            "--public-key",
            "keys/release.pub.pem",
            "--json",
        ])
        .succeeds()
        .json();
    assert_eq!(verified["signature"], "verified");
    assert_eq!(verified["bundle"]["id"], packed["bundle"]["id"]);
    let inspected = desk.run(["inspect", "a.zip", "--json"]).succeeds().json();
    assert_eq!(inspected["sequence"], 7);
    assert_eq!(inspected["files"].as_array().unwrap().len(), 2);

    desk.run(["verify", "a.zip", "--public-key", "keys/root.pub.pem"])
        .fails(116, "signature_invalid", "another key");
}

#[test]
fn a_folder_packed_in_place_is_what_it_says_until_it_is_changed() {
    let desk = Desk::with_project();
    let facts = [
        "--app-id",
        "com.example.app",
        "--version",
        "1.0.0",
        "--sequence",
        "7",
    ];
    desk.run(["pack", "dist", "--in-place"].iter().chain(&facts))
        .succeeds();
    assert_eq!(
        desk.run(["verify", "dist", "--json"]).succeeds().json()["signature"],
        "none"
    );
    desk.run(["verify", "dist", "--public-key", "keys/release.pub.pem"])
        .fails(116, "signature_missing", "not signed");

    desk.run(
        ["pack", "dist", "--in-place", "--key", "keys/release.pem"]
            .iter()
            .chain(&facts),
    )
    .succeeds();
    desk.run(["verify", "dist", "--public-key", "keys/release.pub.pem"])
        .succeeds();

    desk.write("dist/index.html", "<h1>two</h1>");
    desk.run(["verify", "dist"])
        .fails(115, "checksum_mismatch", "index.html");
    desk.web_app("dist", "one");
    desk.write("dist/extra.js", "");
    desk.run(["verify", "dist"])
        .fails(115, "checksum_mismatch", "extra.js");
    std::fs::remove_file(desk.path("dist/extra.js")).unwrap();
    desk.run(["verify", "dist"]).succeeds();
    std::fs::remove_file(desk.path("dist/assets/app.js")).unwrap();
    desk.run(["verify", "dist"])
        .fails(115, "checksum_mismatch", "app.js");
}

#[test]
fn a_repository_that_was_tampered_with_does_not_verify() {
    let desk = Desk::with_project();
    desk.run(["publish", "dist", "--version", "1.0.0", "--now", NOW])
        .succeeds();
    let verify = [
        "verify",
        "repository",
        "--public-key",
        "keys/root.pub.pem",
        "--now",
        NOW,
    ];
    desk.run(verify).succeeds();

    let archive = desk.find("repository/targets", "bundle.zip");
    let good = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, [&good[..], b"x"].concat()).unwrap();
    desk.run(verify).fails(115, "checksum_mismatch", "bundle.zip");
    std::fs::remove_file(&archive).unwrap();
    desk.run(verify).fails(115, "checksum_mismatch", "is missing");
    std::fs::write(&archive, &good).unwrap();
    desk.run(verify).succeeds();

    let timestamp = String::from_utf8(desk.read("repository/metadata/timestamp.json")).unwrap();
    desk.write(
        "repository/metadata/timestamp.json",
        timestamp.replace("\"version\": 2", "\"version\": 3"),
    );
    desk.run(verify).fails(118, "metadata_invalid", "timestamp.json");
    // Nor is it signed on, where the forgery would become good.
    desk.run(["publish", "dist", "--version", "1.0.1"])
        .fails(118, "metadata_invalid", "timestamp.json");
    desk.write("repository/metadata/timestamp.json", timestamp);
    desk.run(verify).succeeds();
}

#[test]
fn a_repository_expires_and_is_refreshed() {
    let desk = Desk::with_project();
    desk.run(["publish", "dist", "--version", "1.0.0", "--now", NOW])
        .succeeds();
    let fifteen_days_later = (NOW.parse::<u64>().unwrap() + 15 * 24 * 60 * 60 * 1000).to_string();
    let verify = |now: &str| {
        desk.run([
            "verify",
            "repository",
            "--public-key",
            "keys/root.pub.pem",
            "--now",
            now,
        ])
    };
    verify(NOW).succeeds();
    verify(&fifteen_days_later).fails(118, "metadata_expired", "timestamp.json");
    desk.run(["refresh", "--now", &fifteen_days_later]).succeeds();
    verify(&fifteen_days_later).succeeds();

    let a_year_later = (NOW.parse::<u64>().unwrap() + 366 * 24 * 60 * 60 * 1000).to_string();
    verify(&a_year_later).fails(118, "metadata_expired", "root.json");
    desk.run(["refresh", "--root", "--now", &a_year_later]).succeeds();
    verify(&a_year_later).succeeds();
}

#[test]
fn protected_keys_open_with_their_passphrase_only() {
    let desk = Desk::new();
    desk.web_app("dist", "one");
    desk.write("words", "correct horse\n");
    desk.run([
        "init",
        "--app-id",
        "a.b",
        "--passphrase-file",
        "words",
        "--key-type",
        "ecdsa-p256",
    ])
    .succeeds();
    assert!(
        String::from_utf8(desk.read("keys/release.pem"))
            .unwrap()
            .contains("ENCRYPTED PRIVATE KEY")
    );

    let publish = ["publish", "dist", "--version", "1.0.0"];
    desk.run(publish).fails(2, "usage", "AIRLOCK_PASSPHRASE");
    let with = |words: &str| support::Outcome::of(desk.command(publish).env("AIRLOCK_PASSPHRASE", words));
    with("wrong horse").fails(
        2,
        "config_invalid",
        "keys/release.pem: the passphrase does not open",
    );
    with("correct horse").succeeds();
    desk.run(publish.iter().chain(&["--passphrase-file", "words"]))
        .succeeds();
    desk.run(["verify", ".", "--public-key", "keys/root.pub.pem"])
        .succeeds();
}
