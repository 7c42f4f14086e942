//! A project, its repository, and the processes that are started for it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::phone::Phone;

/// A project with an embedded bundle 1.0.0, and its repository.
pub(crate) struct World {
    folder: TempDir,
}

/// A child that ends with the test.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn airlock() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airlock"));
    command
        .env_remove("AIRLOCK_PASSPHRASE")
        .arg("--json")
        .stderr(Stdio::null());
    command
}

impl World {
    pub(crate) fn new() -> World {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
        };
        world.run(airlock().args([
            "init",
            "project",
            "--app-id",
            "dev.airlock.test",
            "--no-passphrase",
        ]));
        world.web("embedded", "1.0.0");
        let pack = [
            "pack",
            "embedded",
            "--in-place",
            "--app-id",
            "dev.airlock.test",
            "--version",
            "1.0.0",
            "--sequence",
            "1",
        ];
        world.run(airlock().args(pack));
        std::fs::write(world.path().join("native-bridge.js"), "/* androidBridge */").unwrap();
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A small web app that names its version.
    fn web(&self, name: &str, version: &str) {
        let folder = self.path().join(name);
        std::fs::create_dir_all(folder.join("assets")).unwrap();
        let html = format!("<!doctype html><html><head><title>{version}</title></head><body></body></html>");
        std::fs::write(folder.join("index.html"), html).unwrap();
        std::fs::write(folder.join("assets/app.js"), format!("console.log('{version}')")).unwrap();
    }

    pub(crate) fn publish(&self, version: &str, sequence: &str) {
        self.web(version, version);
        self.run(airlock().args([
            "publish",
            version,
            "--version",
            version,
            "--sequence",
            sequence,
            "--project",
            "project",
        ]));
    }

    /// Serves the repository and writes the app's configuration for it.
    pub(crate) fn serve(&self, config: Value) -> Server {
        let mut command = airlock();
        command
            .args(["serve", "project/repository", "--port", "0"])
            .current_dir(self.path())
            .stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let first = first_line(&mut process);
        self.configure(config, first["url"].as_str().unwrap());
        Server(process)
    }

    /// Writes the app's configuration: that of the project, this update URL, and `config` on top.
    pub(crate) fn configure(&self, config: Value, update_url: &str) {
        let path = self.path().join("project/capacitor.airlock.json");
        let mut merged: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let fields = merged.as_object_mut().unwrap();
        fields.insert("updateUrl".into(), update_url.into());
        fields.insert("allowInsecureLoopback".into(), true.into());
        fields.extend(config.as_object().unwrap().clone());
        std::fs::write(self.path().join("config.json"), merged.to_string()).unwrap();
    }

    pub(crate) fn simulate(&self, options: &[&str]) -> Command {
        let mut command = airlock();
        command
            .args([
                "simulate",
                "--state",
                "state",
                "--embedded",
                "embedded",
                "--config",
                "config.json",
            ])
            .args(["--bridge", "native-bridge.js"])
            .args(options)
            .current_dir(self.path())
            .stdout(Stdio::piped());
        command
    }

    pub(crate) fn phone(&self, options: &[&str]) -> Phone {
        let mut process = self.simulate(options).spawn().unwrap();
        let first = first_line(&mut process);
        let url = first["url"].as_str().unwrap();
        let port = url
            .strip_prefix("http://localhost:")
            .unwrap()
            .trim_end_matches('/')
            .parse()
            .unwrap();
        assert_eq!(first["control"], format!("http://127.0.0.1:{port}/__airlock/"));
        Phone { process, port }
    }

    /// A phone that fetches nothing by itself and has nobody to ask.
    pub(crate) fn quiet_phone() -> (World, Phone) {
        let world = World::new();
        world.configure(json!({ "autoUpdate": "off" }), "http://127.0.0.1:9/");
        let phone = world.phone(&[]);
        (world, phone)
    }

    fn run(&self, command: &mut Command) {
        let output = command.current_dir(self.path()).output().unwrap();
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

fn first_line(process: &mut Child) -> Value {
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
