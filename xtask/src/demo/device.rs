//! The command-line half: `airlock device` takes a web app that nobody here wrote from one version to the next.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{packages, text};
use crate::airlock::{Airlock, Server};
use crate::repository::Repository;
use crate::ui;

const PACKAGE: &str = "swagger-ui-dist";
const EMBEDDED: &str = "5.34.1";
const UPDATE: &str = "5.35.0";
const APP: &str = "dev.airlock.swagger";

/// One simulated device, driven verb by verb.
struct Device<'a> {
    airlock: &'a Airlock,
    state: String,
    embedded: String,
    config: String,
    server: Server,
}

pub(super) fn play(repository: &Repository, airlock: &Airlock, folder: &Path) -> Result<()> {
    let old = packages::fetch(repository, PACKAGE, EMBEDDED, folder)?;
    let new = packages::fetch(repository, PACKAGE, UPDATE, folder)?;
    told(
        "fetched",
        &format!("{PACKAGE} {EMBEDDED} and {UPDATE}, as npm delivers them"),
    );
    let device = prepare(airlock, folder, &old, &new)?;

    let first = device.verb(&["launch"])?;
    expect(&first, "/bundle/origin", &json!("embedded"))?;
    expect(&first, "/bundle/version", &json!(EMBEDDED))?;
    device.ready(&first)?;
    told("launch, ready", &format!("{EMBEDDED}, embedded"));

    let start = Instant::now();
    let sync = device.verb(&["sync"])?;
    expect(&sync, "/result", &json!("staged"))?;
    let bytes = sync
        .get("bytesDownloaded")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    told(
        "sync",
        &format!(
            "{UPDATE} staged, {} downloaded in {}",
            ui::size(bytes),
            ui::duration(start.elapsed())
        ),
    );

    let second = device.verb(&["launch"])?;
    expect(&second, "/bundle/origin", &json!("ota"))?;
    expect(&second, "/bundle/version", &json!(UPDATE))?;
    device.ready(&second)?;
    told("launch, ready", &format!("{UPDATE}, over the air, confirmed"));

    device.verb(&["verify"])?;
    let root = second
        .get("root")
        .and_then(Value::as_str)
        .map(PathBuf::from)
        .context("launch told no root")?;
    let same = packages::compare(&new, &root)?;
    told(
        "verify",
        &format!(
            "{} files, {}: every byte is npm's",
            same.files,
            ui::size(same.bytes)
        ),
    );

    let again = device.verb(&["sync"])?;
    expect(&again, "/result", &json!("up-to-date"))?;
    told("sync", "up to date");
    Ok(())
}

/// The author's side: keys, both versions published, the first one embedded, the repository served.
fn prepare<'a>(airlock: &'a Airlock, folder: &Path, old: &Path, new: &Path) -> Result<Device<'a>> {
    let project = text(&folder.join("project"))?;
    let key = text(&folder.join("project/keys/release.pem"))?;
    let embedded = text(old)?;
    airlock.json(["init", &project, "--app-id", APP, "--no-passphrase"])?;
    let first = airlock.json(["publish", &embedded, "--version", EMBEDDED, "--project", &project])?;
    expect(&first, "/sequence", &json!(1))?;
    let about = [
        "--app-id",
        APP,
        "--version",
        EMBEDDED,
        "--sequence",
        "1",
        "--key",
        &key,
    ];
    airlock
        .command(["pack", &embedded, "--in-place"])
        .args(about)
        .output()?;
    airlock.json(["publish", &text(new)?, "--version", UPDATE, "--project", &project])?;
    let server = airlock.serve(&folder.join("project/repository"))?;
    told("published", &format!("{UPDATE}, on {}", server.url));
    let config = folder.join("device.json");
    configure(&folder.join("project/capacitor.airlock.json"), &config)?;
    let state = text(&folder.join("device"))?;
    Ok(Device {
        airlock,
        state,
        embedded,
        config: text(&config)?,
        server,
    })
}

/// What `airlock init` wrote, and leave to use plain HTTP on this machine.
fn configure(made: &Path, config: &Path) -> Result<()> {
    let made = std::fs::read(made).with_context(|| format!("read {}", made.display()))?;
    let mut value: Value = serde_json::from_slice(&made).context("read capacitor.airlock.json")?;
    let fields = value
        .as_object_mut()
        .context("capacitor.airlock.json is no object")?;
    fields.insert("allowInsecureLoopback".to_owned(), json!(true));
    std::fs::write(config, value.to_string()).with_context(|| format!("write {}", config.display()))
}

impl Device<'_> {
    fn verb(&self, verb: &[&str]) -> Result<Value> {
        let device = [
            "--state",
            &self.state,
            "--embedded",
            &self.embedded,
            "--config",
            &self.config,
            "--url",
            &self.server.url,
        ];
        let printed = self
            .airlock
            .command(["device"])
            .args(device)
            .args(verb.iter().copied())
            .output()?;
        let last = printed.lines().last().unwrap_or("null");
        serde_json::from_str(last).with_context(|| format!("airlock device {verb:?} printed no JSON: {last}"))
    }

    /// Reports ready with the launch's own token, as the page would.
    fn ready(&self, launch: &Value) -> Result<()> {
        let token = launch
            .get("token")
            .and_then(Value::as_str)
            .context("launch told no token")?;
        expect(
            &self.verb(&["ready", "--token", token])?,
            "/accepted",
            &json!(true),
        )
    }
}

fn expect(printed: &Value, pointer: &str, wanted: &Value) -> Result<()> {
    ensure!(
        printed.pointer(pointer) == Some(wanted),
        "{pointer} should be {wanted}, but airlock printed {printed}"
    );
    Ok(())
}

fn told(what: &str, detail: &str) {
    ui::line(&format!(
        "  {} {} {detail}",
        ui::paint(ui::GOOD, "●"),
        ui::paint(ui::GOOD, format!("{what:<14}"))
    ));
}
