//! A publisher of remote configurations (Vicius): a folder behind a server, and a minisign key of another
//! implementation than ours.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use airlock_protocol::{Checksum, ChecksumAlgorithm};
use minisign::KeyPair;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::airlock::{Run, airlock, binary};
use crate::server::Server;

/// One publisher with one artifact, and a folder to fetch into.
pub struct Remote {
    directory: TempDir,
    key: KeyPair,
    /// Delivers the folder `site`.
    pub server: Server,
}

impl Remote {
    /// Publishes a signed configuration with the release 2.0.0.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for folder in ["site", "out"] {
            fs::create_dir(directory.path().join(folder)).unwrap();
        }
        let server = Server::start(&directory.path().join("site"));
        let key = KeyPair::generate_unencrypted_keypair().unwrap();
        let remote = Self {
            directory,
            key,
            server,
        };
        fs::write(remote.path("updates.pub"), remote.public_key()).unwrap();
        fs::write(remote.path("site/app.zip"), Self::artifact()).unwrap();
        remote.publish(&json!({ "releases": [remote.release("2.0.0")] }));
        remote
    }

    /// A file or folder of this publisher.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The `.pub` file of its key.
    pub fn public_key(&self) -> String {
        self.key.pk.to_box().unwrap().to_string()
    }

    /// The bytes of `app.zip`, in several pieces on the wire.
    pub fn artifact() -> Vec<u8> {
        (0..200_000_u32).map(|number| (number % 251) as u8).collect()
    }

    /// `{checksum, checksumAlg}` of some bytes; `algorithm` as Vicius writes it.
    pub fn checksum(algorithm: &str, bytes: &[u8]) -> Value {
        let known: ChecksumAlgorithm = algorithm.parse().unwrap();
        json!({ "checksum": Checksum::of(known, bytes).to_hex(), "checksumAlg": algorithm })
    }

    /// A release of this version, whose file is `app.zip`.
    pub fn release(&self, version: &str) -> Value {
        let artifact = Self::artifact();
        json!({
            "name": format!("Example {version}"),
            "version": version,
            "summary": "what is new",
            "publishedAt": "2026-11-24T00:00:00Z",
            "downloadUrl": format!("{}/app.zip", self.server.url()),
            "downloadSize": artifact.len(),
            "checksum": Self::checksum("SHA256", &artifact),
        })
    }

    /// Writes `updates.json` and signs it.
    pub fn publish(&self, config: &Value) {
        let bytes = serde_json::to_vec_pretty(config).unwrap();
        fs::write(self.path("site/updates.json"), &bytes).unwrap();
        fs::write(self.path("site/updates.json.minisig"), self.sign(&bytes)).unwrap();
    }

    /// Publishes one release of 2.0.0 that differs from the good one.
    pub fn publish_changed(&self, change: impl FnOnce(&mut Value)) {
        let mut release = self.release("2.0.0");
        change(&mut release);
        self.publish(&json!({ "releases": [release] }));
    }

    /// The `.minisig` of some bytes.
    pub fn sign(&self, bytes: &[u8]) -> String {
        let (public, secret) = (Some(&self.key.pk), &self.key.sk);
        let comment = Some("timestamp:1795478400");
        minisign::sign(public, secret, Cursor::new(bytes), comment, None)
            .unwrap()
            .to_string()
    }

    /// The address of the configuration.
    pub fn url(&self) -> String {
        format!("{}/updates.json", self.server.url())
    }

    /// `airlock fetch` of the published configuration into `out/app.zip`.
    pub fn fetch(&self, options: &[&str]) -> Run {
        self.fetch_from(&self.url(), options)
    }

    /// The same of another configuration.
    pub fn fetch_from(&self, config: &str, options: &[&str]) -> Run {
        Run::of(&mut self.fetch_command(config, options))
    }

    /// The same, not started yet.
    pub fn fetch_command(&self, config: &str, options: &[&str]) -> Command {
        let mut command = airlock();
        command.current_dir(self.directory.path());
        command.args(["fetch", "--config", config, "-o", "out/app.zip", "--json"]);
        command.arg("--allow-insecure-loopback").args(options);
        command
    }

    /// The names in `out`.
    pub fn fetched(&self) -> Vec<String> {
        names(&self.path("out"))
    }

    /// Nothing came of the last run, not even half; a good configuration then gives the whole file.
    pub fn heals(&self, options: &[&str]) {
        assert_eq!(self.fetched(), [""; 0], "nothing is left of a refusal");
        self.server.fault(None);
        self.publish(&json!({ "manifestVersion": 1_000, "releases": [self.release("2.0.0")] }));
        assert_eq!(self.fetch(options).ok()["result"], "fetched");
        assert_eq!(fs::read(self.path("out/app.zip")).unwrap(), Self::artifact());
        assert_eq!(self.fetched(), ["app.zip"]);
        fs::remove_file(self.path("out/app.zip")).unwrap();
    }

    /// Publishes a binary as the newest airlock.
    pub fn publish_airlock(&self, version: &str, binary: &[u8], change: impl FnOnce(&mut Value)) {
        fs::write(self.path("site/airlock.bin"), binary).unwrap();
        let mut config = json!({ "instance": {
            "latestVersion": version,
            "latestUrl": format!("{}/airlock.bin", self.server.url()),
            "latestChecksum": Self::checksum("SHA256", binary),
        } });
        change(&mut config);
        self.publish(&config);
    }

    /// An installed airlock of its own: the real binary in a new folder.
    pub fn install(&self, folder: &str) -> Copy {
        let path = self.path(folder).join("airlock");
        fs::create_dir(self.path(folder)).unwrap();
        // Not written by this process: a test that forks meanwhile would keep it open, and it could not start.
        if fs::hard_link(binary(), &path).is_err() {
            let copied = Command::new("cp").arg(binary()).arg(&path).status();
            assert!(copied.expect("cp starts").success());
        }
        Copy {
            path,
            url: self.url(),
        }
    }
}

impl Default for Remote {
    fn default() -> Self {
        Self::new()
    }
}

/// A copy of airlock that may update itself.
pub struct Copy {
    path: PathBuf,
    url: String,
}

impl Copy {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `airlock self-update` by this copy, not started yet.
    pub fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(["self-update", "--json", "--allow-insecure-loopback", "--config"]);
        command.arg(&self.url).args(options);
        command
    }

    /// The same, to its end.
    pub fn update(&self, options: &[&str]) -> Run {
        Run::of(&mut self.command(options))
    }

    /// What it says to `--version`: it works.
    pub fn version(&self) -> String {
        let output = Command::new(&self.path).arg("--version").output().unwrap();
        assert!(output.status.success(), "there is no working airlock: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The names in its folder.
    pub fn neighbours(&self) -> Vec<String> {
        names(self.path.parent().unwrap())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
