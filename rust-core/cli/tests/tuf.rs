//! `airlock tuf` against a repository that `airlock publish` made: the device's client checks the author's side.
//!
//! What the client must refuse is tested in airlock-protocol and by the official tuf-conformance suite
//! (`cargo xtask tuf-conformance --suite DIR`); here it is the command itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;
use support::{Desk, NOW, Outcome};

/// A published project behind a server that stops with its test.
struct Repository {
    desk: Desk,
    server: Child,
    url: String,
}

impl Repository {
    fn start() -> Repository {
        let desk = Desk::with_project();
        desk.run(["publish", "dist", "--version", "1.0.0", "--now", NOW])
            .succeeds();
        let mut serve = desk.command(["serve", "repository", "--port", "0", "--json", "--quiet"]);
        let mut server = serve.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address: Value = serde_json::from_str(&line).unwrap();
        let url = address["url"].as_str().unwrap().trim_end_matches('/').to_owned();
        Repository { desk, server, url }
    }

    /// A client that trusts the repository's first root.
    fn trusted() -> Repository {
        let repository = Repository::start();
        repository
            .tuf(&["init", "repository/metadata/1.root.json"])
            .succeeds();
        repository
    }

    /// Options first, as the conformance suite gives them.
    fn tuf(&self, verb: &[&str]) -> Outcome {
        let metadata = format!("{}/metadata/", self.url);
        let options = ["tuf", "--metadata-dir", "trusted", "--metadata-url", &metadata];
        self.desk.run(options.iter().chain(verb))
    }

    /// Options last, as a person would.
    fn download(&self, names: &[&str]) -> Outcome {
        let targets = format!("{}/targets", self.url);
        let mut verb = vec![
            "download",
            "--target-base-url",
            &targets,
            "--target-dir",
            "downloads",
        ];
        names.iter().for_each(|name| verb.extend(["--target-name", name]));
        self.tuf(&verb)
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn init_trusts_a_root_and_asks_nobody() {
    let repository = Repository::trusted();
    let root = repository.desk.read("repository/metadata/1.root.json");
    assert_eq!(repository.desk.read("trusted/root.json"), root);
}

#[test]
fn refresh_keeps_one_plain_file_a_role_as_received() {
    let repository = Repository::trusted();
    repository.tuf(&["refresh"]).succeeds();
    let timestamp = repository.desk.read("repository/metadata/timestamp.json");
    assert_eq!(repository.desk.read("trusted/timestamp.json"), timestamp);
    for role in ["root", "snapshot", "targets"] {
        assert!(
            repository.desk.path(&format!("trusted/{role}.json")).is_file(),
            "{role}"
        );
    }
}

#[test]
fn download_finds_targets_through_the_channel() {
    let repository = Repository::trusted();
    repository
        .download(&["stable/1/checksum.json", "stable/1/bundle.zip"])
        .succeeds();
    let checksum: Value =
        serde_json::from_slice(&repository.desk.read("downloads/stable%2F1%2Fchecksum.json")).unwrap();
    assert_eq!(checksum["version"], "1.0.0");
    assert!(repository.desk.path("trusted/stable.json").is_file());
    // The second time nothing is fetched: the targets may even be gone from the server.
    fs::remove_dir_all(repository.desk.path("repository/targets")).unwrap();
    repository
        .download(&["stable/1/checksum.json", "stable/1/bundle.zip"])
        .succeeds();
}

#[test]
fn every_refusal_exits_with_one() {
    let repository = Repository::trusted();
    repository
        .download(&["stable/9/checksum.json"])
        .fails(1, "metadata_invalid", "no target");
    repository
        .download(&["../../etc/passwd"])
        .fails(1, "path_unsafe", "");
    repository.download(&[]).fails(1, "usage", "--target-name");
    repository
        .desk
        .run(["tuf", "--metadata-dir", "nowhere", "refresh"])
        .fails(1, "usage", "--metadata-url");
    repository
        .desk
        .run(["tuf", "--metadata-dir", "trusted", "init", "missing.json"])
        .fails(1, "storage_failure", "");
}

#[test]
fn a_tampered_target_is_not_kept() {
    let repository = Repository::trusted();
    let archive = repository.desk.find("repository/targets", ".bundle.zip");
    let honest = fs::read(&archive).unwrap();
    let mut tampered = honest.clone();
    *tampered.last_mut().unwrap() ^= 1;
    fs::write(&archive, &tampered).unwrap();
    repository
        .download(&["stable/1/bundle.zip"])
        .fails(1, "checksum_mismatch", "SHA-256");
    assert!(!repository.desk.path("downloads/stable%2F1%2Fbundle.zip").exists());
    fs::write(&archive, &honest).unwrap();
    repository.download(&["stable/1/bundle.zip"]).succeeds();
}

/// tough wrote through links that it found where a target belongs.
#[cfg(unix)]
#[test]
fn cve_2026_6968_a_link_in_the_way_of_a_target_is_replaced_and_not_followed() {
    let repository = Repository::trusted();
    let desk = &repository.desk;
    fs::create_dir_all(desk.path("downloads")).unwrap();
    fs::write(desk.path("precious"), "precious").unwrap();
    for name in ["stable%2F1%2Fchecksum.json", "stable"] {
        std::os::unix::fs::symlink(desk.path("precious"), desk.path("downloads").join(name)).unwrap();
    }
    repository.download(&["stable/1/checksum.json"]).succeeds();
    assert_eq!(desk.read("precious"), b"precious");
    let kept = desk.path("downloads/stable%2F1%2Fchecksum.json");
    assert!(fs::symlink_metadata(kept).unwrap().is_file());
}

#[test]
fn tampered_metadata_is_not_kept() {
    let repository = Repository::trusted();
    repository.tuf(&["refresh"]).succeeds();
    let trusted = repository.desk.tree("trusted");
    let path = repository.desk.path("repository/metadata/timestamp.json");
    let honest = fs::read_to_string(&path).unwrap();
    fs::write(&path, honest.replace("\"timestamp\"", "\"snapshot\"")).unwrap();
    repository
        .tuf(&["refresh"])
        .fails(1, "metadata_invalid", "timestamp.json");
    assert_eq!(repository.desk.tree("trusted"), trusted);
    fs::write(&path, honest).unwrap();
    repository.tuf(&["refresh"]).succeeds();
}
