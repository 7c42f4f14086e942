//! A project with two web apps, its repository behind a server, and a device.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::airlock::{Run, airlock};
use crate::forge::Forge;
use crate::server::Server;

/// The app that everything here belongs to.
const APP_ID: &str = "com.example.app";

/// One project, one server, one device; all in one temporary directory.
pub struct World {
    directory: TempDir,
    /// The repository's server.
    pub server: Server,
}

/// A device of the world.
pub struct Device<'w> {
    world: &'w World,
    state: PathBuf,
    config: PathBuf,
    options: Vec<String>,
    certificates: Option<PathBuf>,
}

impl World {
    /// A project with keys and an empty repository, and an embedded bundle of version 1.0.0.
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// The same in memory where there is such a place: for thousands of syncs, whose every write waits for a
    /// disk otherwise. Not for tests of what a disk keeps.
    pub fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        match memory.is_dir() {
            true => Self::below(memory),
            false => Self::new(),
        }
    }

    fn below(parent: &Path) -> Self {
        let directory = tempfile::tempdir_in(parent).expect("a temporary directory");
        let server = Server::start(&directory.path().join("project/repository"));
        let world = Self { directory, server };
        Run::of(airlock().arg("init").arg(world.path("project")).args([
            "--app-id",
            APP_ID,
            "--update-url",
            world.server.url(),
            "--no-passphrase",
            "--json",
        ]))
        .ok();
        world.web("v1", &[("index.html", "<h1>one</h1>"), ("app.js", "one()")]);
        let fields = ["--app-id", APP_ID, "--version", "1.0.0", "--sequence", "1"];
        Run::of(
            airlock()
                .arg("pack")
                .arg(world.path("v1"))
                .args(fields)
                .args(["--in-place", "--json"]),
        )
        .ok();
        world.web(
            "v2",
            &[
                ("index.html", "<h1>two</h1>"),
                ("app.js", "two()"),
                ("assets/logo.svg", "<svg/>"),
            ],
        );
        world
    }

    /// The same, with `v2` published as 2.0.0, sequence 2.
    pub fn with_v2() -> Self {
        Self::new().and_v2()
    }

    pub(crate) fn and_v2(self) -> Self {
        self.publish("v2", "2.0.0", &["--sequence", "2"]).ok();
        self
    }

    /// A path in the world's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a web directory.
    pub fn web(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = self.path(name);
        for (path, content) in files {
            let file = root.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        root
    }

    /// Publishes a web directory.
    pub fn publish(&self, name: &str, version: &str, options: &[&str]) -> Run {
        let mut command = airlock();
        command
            .arg("publish")
            .arg(self.path(name))
            .args(["--version", version, "--json", "--project"]);
        Run::of(command.arg(self.path("project")).args(options))
    }

    /// The same, with an archive as the only way to the bundle.
    pub fn publish_whole(&self, name: &str, version: &str, options: &[&str]) -> Run {
        let whole = ["--no-single-files", "--patches", "0"];
        self.publish(name, version, &[options, &whole].concat())
    }

    /// The hand that signs what an honest publisher never would.
    pub fn forge(&self) -> Forge {
        Forge::new(&self.path("project"))
    }

    /// The device, configured by `airlock init`.
    pub fn device(&self) -> Device<'_> {
        self.device_in(self.path("device"))
    }

    /// A device whose store is `state`.
    pub fn device_in(&self, state: PathBuf) -> Device<'_> {
        Device {
            world: self,
            state,
            config: self.path("project/capacitor.airlock.json"),
            options: Vec::new(),
            certificates: None,
        }
    }

    /// The configuration of `airlock init`, changed.
    pub fn config(&self, change: impl FnOnce(&mut Value)) -> PathBuf {
        let bytes = fs::read(self.path("project/capacitor.airlock.json")).unwrap();
        let mut config = serde_json::from_slice(&bytes).unwrap();
        change(&mut config);
        let path = self.path("changed.json");
        fs::write(&path, config.to_string()).unwrap();
        path
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Device<'_> {
    /// The same device under another configuration.
    #[must_use]
    pub fn with_config(mut self, config: PathBuf) -> Self {
        self.config = config;
        self
    }

    /// The same device with more options before the verb.
    #[must_use]
    pub fn with(mut self, options: &[&str]) -> Self {
        self.options
            .extend(options.iter().map(|option| (*option).to_owned()));
        self
    }

    /// The same device in a system that trusts these certificates alone.
    #[must_use]
    pub fn trusting(mut self, certificates: &Path) -> Self {
        self.certificates = Some(certificates.to_owned());
        self
    }

    /// Its store.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The command that runs a verb, for tests that want the process itself.
    pub fn command(&self, verb: &[&str]) -> Command {
        let mut command = airlock();
        command
            .arg("device")
            .arg("--state")
            .arg(&self.state)
            .arg("--embedded")
            .arg(self.world.path("v1"));
        command
            .arg("--config")
            .arg(&self.config)
            .args(&self.options)
            .args(verb);
        if let Some(certificates) = &self.certificates {
            command.env("SSL_CERT_FILE", certificates);
        }
        command
    }

    /// Runs a verb.
    pub fn run(&self, verb: &[&str]) -> Run {
        Run::of(&mut self.command(verb))
    }

    /// Runs a verb that must exit 0 and print one object.
    pub fn ok(&self, verb: &[&str]) -> Value {
        self.run(verb).ok()
    }

    /// Starts a verb and does not wait.
    pub fn spawn(&self, verb: &[&str]) -> Child {
        self.command(verb)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts")
    }

    /// The version that a cold start serves, after checking every byte of it against the web
    /// directories of the world.
    pub fn launched(&self) -> String {
        let launch = self.ok(&["launch"]);
        let root = PathBuf::from(launch["root"].as_str().expect("a launch has a root"));
        assert!(root.join("index.html").is_file(), "{launch}");
        launch["bundle"]["version"]
            .as_str()
            .expect("a bundle has a version")
            .to_owned()
    }

    /// Launches and reports ready; the version that was confirmed.
    pub fn confirm(&self) -> String {
        let launch = self.ok(&["launch"]);
        let token = launch["token"].as_str().expect("a launch has a token");
        assert_eq!(self.ok(&["ready", "--token", token]), json!({"accepted": true}));
        launch["bundle"]["version"].as_str().unwrap().to_owned()
    }

    /// Everything of the state that must not change when something is refused.
    pub fn essence(&self) -> Value {
        let status = self.ok(&["status"]);
        json!([
            status["current"],
            status["fallback"],
            status["next"],
            status["trial"],
            status["failed"],
            status["floor"]
        ])
    }
}
