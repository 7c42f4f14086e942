//! `airlock fetch` against a real server: the scenarios of Vicius' own end-to-end suite, and those that it lacks.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::path::PathBuf;

use airlock_system_tests::{Fault, Identity, Remote, Run, Server};
use serde_json::json;

const SIGNED: [&str; 2] = ["--public-key", "updates.pub"];

/// The paths asked for, without those of the configuration.
fn downloads(remote: &Remote) -> Vec<String> {
    let mut requests = remote.server.requests();
    requests.retain(|path| path.contains("app.zip"));
    requests
}

#[test]
fn happy_zip() {
    let remote = Remote::new();
    let done = remote.fetch(&["--local-version", "1.0.0"]).ok();
    assert_eq!(done["result"], "fetched");
    assert_eq!(done["version"], "2.0.0");
    assert_eq!(done["bytes"], Remote::artifact().len());
    assert_eq!(done["checksumVerified"], true);
    assert_eq!(done["signature"], "unchecked");
    assert_eq!(done["checksum"], Remote::checksum("SHA256", &Remote::artifact()));
    assert_eq!(fs::read(remote.path("out/app.zip")).unwrap(), Remote::artifact());
    assert_eq!(remote.fetched(), ["app.zip"]);
}

#[test]
fn a_file_that_was_there_is_replaced_whole_or_kept() {
    let remote = Remote::new();
    fs::write(remote.path("out/app.zip"), "old").unwrap();
    remote.publish_changed(|release| {
        release["checksum"]["checksum"] = json!("0".repeat(64));
    });
    remote.fetch(&[]).refused(115, "checksum_mismatch");
    assert_eq!(fs::read(remote.path("out/app.zip")).unwrap(), b"old");
    remote.publish_changed(|_| {});
    remote.fetch(&[]).ok();
    assert_eq!(fs::read(remote.path("out/app.zip")).unwrap(), Remote::artifact());
    assert_eq!(remote.fetched(), ["app.zip"]);
}

/// (scenario, offered, installed, whether it is fetched)
#[test]
fn the_scenarios_about_versions() {
    let remote = Remote::new();
    for (scenario, offered, installed, fetched) in [
        ("UpToDate", "2.0.0", "2.0.0", false),
        ("FourSegment", "2.0.0.1", "2.0.0", true),
        ("LocalRevisionUpToDate", "2.0.0", "2.0.0.5", false),
        ("LocalRevisionEqual", "2.0.0", "2.0.0.0", false),
        ("ServerRevisionOutdated", "2.0.0.6", "2.0.0.5", true),
        ("CorruptLocalVersion", "2.0.0", "not-a-version", true),
    ] {
        remote.publish(&json!({ "releases": [remote.release(offered)] }));
        let run = remote.fetch(&["--local-version", installed]);
        let warned = run.stderr.contains("is not a version");
        assert_eq!(warned, scenario == "CorruptLocalVersion", "{}", run.stderr);
        let expected = if fetched { "fetched" } else { "up-to-date" };
        assert_eq!(run.ok()["result"], expected, "{scenario}");
        let came = remote.fetched();
        assert_eq!(came.is_empty(), !fetched, "{scenario}: {came:?}");
        assert_eq!(downloads(&remote).len(), usize::from(fetched), "{scenario}");
        let _ = fs::remove_file(remote.path("out/app.zip"));
    }
}

#[test]
fn updates_that_the_publisher_stopped_are_no_error() {
    let remote = Remote::new();
    let config = |stopped: bool| {
        json!({
            "instance": { "updatesDisabled": stopped, "emergencyUrl": "https://example.com/read-me" },
            "releases": [remote.release("2.0.0")],
        })
    };
    remote.publish(&config(true));
    let run = remote.fetch(&[]);
    assert!(
        run.stderr.contains("https://example.com/read-me"),
        "{}",
        run.stderr
    );
    assert_eq!(run.ok()["result"], "disabled");
    assert_eq!((remote.fetched().len(), downloads(&remote).len()), (0, 0));
    remote.publish(&config(false));
    assert_eq!(remote.fetch(&[]).ok()["result"], "fetched");
}

#[test]
fn a_disabled_release_is_passed_over_and_none_left_is_a_refusal() {
    let remote = Remote::new();
    let disabled = || {
        let mut release = remote.release("3.0.0");
        release["disabled"] = json!(true);
        release
    };
    remote.publish(&json!({ "releases": [disabled(), remote.release("2.0.0")] }));
    assert_eq!(remote.fetch(&[]).ok()["version"], "2.0.0");
    fs::remove_file(remote.path("out/app.zip")).unwrap();
    for config in [
        json!({}),
        json!({ "releases": [] }),
        json!({ "releases": [disabled()] }),
    ] {
        remote.publish(&config);
        let run = remote.fetch(&[]).refused(104, "response_unusable");
        assert!(run.stderr.contains("no release"), "{}", run.stderr);
    }
    remote.heals(&[]);
}

#[test]
fn checksum_mismatch_ends_in_115() {
    let remote = Remote::new();
    for (algorithm, digits) in [("SHA256", 64), ("SHA1", 40), ("MD5", 32)] {
        remote.publish_changed(|release| {
            release["checksum"] = json!({ "checksum": "0".repeat(digits), "checksumAlg": algorithm });
        });
        let run = remote.fetch(&[]).refused(115, "checksum_mismatch");
        assert!(run.stderr.contains(algorithm), "{}", run.stderr);
        remote.heals(&[]);
        // The right one of the same kind, in capitals.
        remote.publish_changed(|release| {
            release["checksum"] = Remote::checksum(algorithm, &Remote::artifact());
            let upper = release["checksum"]["checksum"].as_str().unwrap().to_uppercase();
            release["checksum"]["checksum"] = json!(upper);
        });
        let run = remote.fetch(&[]);
        assert_eq!(
            run.stderr.contains("finds accidents"),
            algorithm != "SHA256",
            "{}",
            run.stderr
        );
        run.ok();
        fs::remove_file(remote.path("out/app.zip")).unwrap();
    }
}

#[test]
fn strict_verification_refuses_before_the_download_begins() {
    let remote = Remote::new();
    let strict = ["--strict-verification"];
    for checksum in [
        json!(null),
        Remote::checksum("MD5", &Remote::artifact()),
        Remote::checksum("SHA1", &Remote::artifact()),
    ] {
        remote.publish_changed(|release| release["checksum"] = checksum.clone());
        remote.server.requests();
        remote.fetch(&strict).refused(115, "checksum_mismatch");
        assert_eq!(downloads(&remote), [""; 0], "not a byte was asked for");
        let run = remote.fetch(&[]);
        assert!(run.stderr.contains("use strict verification"), "{}", run.stderr);
        let done = run.ok();
        assert_eq!(done["checksumVerified"], !checksum.is_null());
        fs::remove_file(remote.path("out/app.zip")).unwrap();
        remote.heals(&strict);
    }
}

#[test]
fn another_size_than_declared_is_refused() {
    let remote = Remote::new();
    let length = Remote::artifact().len();
    for (size, words) in [(length - 1, "more"), (length + 1, "fewer"), (0, "more")] {
        remote.publish_changed(|release| {
            release["downloadSize"] = json!(size);
            release["checksum"] = json!(null);
        });
        let run = remote.fetch(&[]).refused(115, "checksum_mismatch");
        assert!(run.stderr.contains(words), "{}", run.stderr);
        remote.heals(&[]);
    }
    remote.publish_changed(|release| release["downloadSize"] = json!(u64::MAX));
    remote.fetch(&[]).refused(104, "response_unusable");
    remote.heals(&[]);
    remote.publish_changed(|release| release["downloadSize"] = json!(null));
    remote.fetch(&[]).ok();
}

#[test]
fn a_server_that_fails_is_told_apart_from_a_network_that_does() {
    let remote = Remote::new();
    for fault in [
        Fault::Status("updates.json", 500),
        Fault::Status("updates.json", 404),
        Fault::Body("updates.json", b"<html>log in</html>".to_vec()),
        Fault::Body("updates.json", b"{\"releases\":".to_vec()),
        Fault::Body("updates.json", vec![b' '; 4 * 1024 * 1024 + 1]),
        Fault::Redirect("updates.json", "http://example.invalid".to_owned()),
        Fault::Status("app.zip", 500),
        Fault::Status("app.zip", 404),
        Fault::Redirect("app.zip", "http://example.invalid".to_owned()),
    ] {
        let told = format!("{fault:?}").chars().take(60).collect::<String>();
        remote.server.fault(Some(fault));
        let run = remote.fetch(&[]);
        assert_eq!(run.code, Some(104), "{told}: {}", run.stderr);
        run.refused(104, "response_unusable");
        remote.heals(&[]);
    }
    for part in ["updates.json", "app.zip"] {
        remote.server.fault(Some(Fault::CloseAfter(part, 100)));
        remote.fetch(&[]).refused(107, "download_failed");
        remote.heals(&[]);
    }
    let gone = {
        let closed = Server::start(&remote.path("site"));
        closed.url().to_owned()
    };
    remote
        .fetch_from(&format!("{gone}/updates.json"), &[])
        .refused(107, "download_failed");
    remote.heals(&[]);
}

#[test]
fn http_rejected() {
    let remote = Remote::new();
    let strict = |config: &str| {
        let mut command = airlock_system_tests::airlock();
        command.args(["fetch", "--json", "--config", config, "-o"]);
        Run::of(command.arg(remote.path("out/app.zip")))
    };
    strict(&remote.url()).refused(2, "usage");
    for url in [
        "http://example.com/updates.json",
        "http://localhost.example.com/updates.json",
        "ftp://localhost/updates.json",
        "https://me:secret@localhost/updates.json",
    ] {
        let run = remote.fetch_from(url, &[]).refused(2, "usage");
        assert!(!run.stderr.contains("secret"), "{}", run.stderr);
    }
    assert_eq!(remote.server.requests(), [""; 0], "nobody was asked");
    // A file may be read, and what it names is held to the same rule: one bad address spoils the document.
    let run = strict(remote.path("site/updates.json").to_str().unwrap());
    run.refused(104, "response_unusable");
    let mut second = remote.release("1.0.0");
    second["downloadUrl"] = json!("http://example.com/app.zip");
    remote.publish(&json!({ "releases": [remote.release("2.0.0"), second] }));
    remote.fetch(&[]).refused(104, "response_unusable");
    assert_eq!(downloads(&remote), [""; 0]);
    remote.heals(&[]);
}

#[test]
fn over_tls_from_a_server_that_the_system_trusts() {
    let remote = Remote::new();
    let identity = Identity::of("localhost");
    let server = Server::start_tls(&remote.path("site"), &identity);
    let trusted = identity.write(&remote.path("trusted.pem"));
    let other = Identity::of("localhost").write(&remote.path("other.pem"));
    remote.publish_changed(|release| release["downloadUrl"] = json!(format!("{}/app.zip", server.url())));
    let fetch = |certificate: &PathBuf| {
        let mut command = airlock_system_tests::airlock();
        command.args(["fetch", "--json", "--strict-verification", "--config"]);
        command.arg(format!("{}/updates.json", server.url())).arg("-o");
        command.arg(remote.path("out/app.zip")).arg("--public-key");
        command.arg(remote.path("updates.pub"));
        Run::of(command.env("SSL_CERT_FILE", certificate))
    };
    fetch(&other).refused(107, "download_failed");
    server.fault(Some(Fault::Redirect("app.zip", remote.server.url().to_owned())));
    fetch(&trusted).refused(104, "response_unusable");
    assert_eq!((downloads(&remote).len(), remote.fetched().len()), (0, 0));
    server.fault(None);
    let run = fetch(&trusted);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    assert_eq!(run.ok()["signature"], "verified");
}

#[test]
fn a_configuration_from_a_file_needs_no_network_to_say_no() {
    let remote = Remote::new();
    fs::copy(remote.path("site/updates.json"), remote.path("updates.json")).unwrap();
    let signature = remote.path("site/updates.json.minisig");
    fs::copy(signature, remote.path("updates.json.minisig")).unwrap();
    let run = remote.fetch_from(
        "updates.json",
        &["--local-version", "2.0.0", SIGNED[0], SIGNED[1]],
    );
    assert_eq!(run.ok()["result"], "up-to-date");
    assert_eq!(remote.server.requests(), [""; 0]);
    let done = remote.fetch_from("updates.json", &SIGNED).ok();
    assert_eq!(
        (&done["result"], &done["signature"]),
        (&json!("fetched"), &json!("verified"))
    );
    assert_eq!(remote.server.requests(), ["/app.zip"]);
    fs::remove_file(remote.path("updates.json.minisig")).unwrap();
    remote
        .fetch_from("updates.json", &SIGNED)
        .refused(118, "metadata_invalid");
    remote.fetch_from("nowhere.json", &[]).refused(2, "usage");
    remote.fetch_from("out", &[]).refused(2, "usage");
}

#[test]
fn what_is_not_supported_is_said_and_not_done() {
    let remote = Remote::new();
    remote.publish_changed(|release| {
        release["launchArguments"] = json!("/S");
        release["signature"] = json!({ "subjectName": "Example" });
    });
    let run = remote.fetch(&[]);
    assert!(
        run.stderr.contains("releases[].launchArguments"),
        "{}",
        run.stderr
    );
    assert_eq!(
        run.ok()["ignored"],
        json!(["releases[].launchArguments", "releases[].signature"])
    );
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_anything_is_downloaded() {
    let remote = Remote::new();
    let to = |place: &str| {
        let mut command = airlock_system_tests::airlock();
        command.current_dir(remote.path("."));
        command.args(["fetch", "--json", "--allow-insecure-loopback", "--config"]);
        Run::of(command.arg(remote.url()).args(["-o", place]))
    };
    for place in ["nowhere/app.zip", "out", "out/"] {
        to(place).refused(2, "usage");
    }
    assert_eq!(downloads(&remote), [""; 0]);
    to("app.zip").ok();
    assert_eq!(fs::read(remote.path("app.zip")).unwrap(), Remote::artifact());
}

#[test]
fn a_killed_download_leaves_nothing_that_outlives_the_next_one() {
    let remote = Remote::new();
    remote.server.fault(Some(Fault::HoldAfter("app.zip", 100_000)));
    let mut child = remote.fetch_command(&remote.url(), &[]).spawn().unwrap();
    while remote.fetched().is_empty() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!remote.path("out/app.zip").exists());
    assert_eq!(remote.fetched().len(), 1, "the part that came");
    remote.server.release();
    remote.server.fault(None);
    remote.fetch(&[]).ok();
    assert_eq!(remote.fetched(), ["app.zip"]);
}
