//! Archives that are not what was signed, and signed ones that are hostile (a compromised builder).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Fault, Scene, zip_of};
use serde_json::json;

#[test]
fn a_forged_but_right_archive_installs() {
    let scene = Scene::new();
    scene.forge_archive(|_| {});
    assert_eq!(scene.device().ok(&["sync"])["result"], "staged");
    assert_eq!(scene.device().confirm(), "3.0.0");
}

#[test]
fn a_tampered_zip() {
    let scene = Scene::new();
    let mut archive = scene.world.forge().target("stable/3/bundle.zip");
    let middle = archive.len() / 2;
    archive[middle] ^= 1;
    scene.world.server.fault(Some(Fault::Body("bundle.zip", archive)));
    scene.refuses(&scene.device(), 115, "checksum_mismatch");
    scene.heals();
}

#[test]
fn a_zip_with_a_file_too_many() {
    let scene = Scene::new();
    scene.forge_archive(|entries| entries.push(("stowaway.js".to_owned(), b"1".to_vec())));
    let run = scene.refuses(&scene.device(), 120, "archive_unsafe");
    assert!(run.stderr.contains("stowaway.js"), "{}", run.stderr);
    scene.heals();
}

#[test]
fn a_zip_with_a_file_too_few() {
    let scene = Scene::new();
    scene.forge_archive(|entries| drop(entries.remove(0)));
    let run = scene.refuses(&scene.device(), 120, "archive_unsafe");
    assert!(run.stderr.contains("app.js"), "{}", run.stderr);
    scene.heals();
}

#[test]
fn a_zip_with_another_file_of_the_same_size() {
    let scene = Scene::new();
    scene.forge_archive(|entries| entries[0].1 = b"THREE()".to_vec());
    scene.refuses(&scene.device(), 115, "checksum_mismatch");
    scene.heals();
}

#[test]
fn an_unsafe_path() {
    for path in [
        "../outside.js",
        "/outside.js",
        "a/../../outside.js",
        "C:\\outside.js",
        "con",
    ] {
        let scene = Scene::new();
        scene.forge_archive(|entries| entries[0].0 = path.to_owned());
        scene.refuses(&scene.device(), 120, "path_unsafe");
        assert!(!scene.world.path("outside.js").exists() && !scene.world.path("device/outside.js").exists());
        scene.heals();
    }
}

#[test]
fn what_is_not_a_zip() {
    for bytes in [&b"not a zip"[..], b"", b"PK\x05\x06aaaaaaaaaaaaaaaaaa"] {
        let scene = Scene::new();
        scene.world.forge().replace_target("stable/3/bundle.zip", bytes);
        scene.refuses(&scene.device(), 120, "archive_unsafe");
        scene.heals();
    }
}

#[test]
fn a_download_that_nobody_signed() {
    let scene = Scene::new();
    fs::write(
        scene.world.path("project/repository/own.zip"),
        zip_of(&[("index.html", b"mine")]),
    )
    .unwrap();
    let url = format!("{}/own.zip", scene.world.server.url());
    let device = scene.device();
    device
        .run(&["download", "--url", &url, "--version", "7.0.0"])
        .refused(116, "signature_missing");
    device
        .run(&["download", "--url", &url, "--version", "3.0.0"])
        .refused(115, "checksum_mismatch");
    device
        .run(&[
            "download",
            "--url",
            &url,
            "--version",
            "3.0.0",
            "--checksum",
            "abc",
        ])
        .refused(2, "usage");
    scene.heals();
}

#[test]
fn an_unsigned_download_is_held_to_its_checksum() {
    let scene = Scene::new();
    let archive = zip_of(&[("index.html", b"mine"), ("a/b.js", b"b()")]);
    fs::write(scene.world.path("project/repository/own.zip"), &archive).unwrap();
    let url = format!("{}/own.zip", scene.world.server.url());
    let unsigned = |strict: bool| {
        let config = scene.world.config(|config| {
            config.as_object_mut().unwrap().remove("publicKey");
            config["allowUnsigned"] = json!(true);
            config["strictVerification"] = json!(strict);
        });
        scene.device().with_config(config)
    };
    let wrong = "0".repeat(64);
    let right = airlock_protocol::Sha256Digest::of(&archive).to_string();
    unsigned(false)
        .run(&["download", "--url", &url, "--version", "7", "--checksum", &wrong])
        .refused(115, "checksum_mismatch");
    unsigned(true)
        .run(&["download", "--url", &url, "--version", "7"])
        .refused(115, "checksum_mismatch");
    let bundle =
        unsigned(true).ok(&["download", "--url", &url, "--version", "7", "--checksum", &right])["bundle"]
            .clone();
    assert_eq!(bundle["version"], "7");
    let id = bundle["id"].as_str().unwrap();
    assert_eq!(
        unsigned(true).ok(&["set", id])["launch"]["bundle"]["version"],
        "7"
    );
    assert_eq!(unsigned(true).run(&["verify", id]).code, Some(0));
}
