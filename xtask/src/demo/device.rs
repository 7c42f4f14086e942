//! The command-line half: `airlock device` takes a web app that nobody here wrote from one version to the next.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::airlock::Airlock;
use crate::device::{self, Device, expect};
use crate::repository::{Repository, text};
use crate::{packages, ui};

const PACKAGE: &str = "swagger-ui-dist";
const EMBEDDED: &str = "5.34.1";
const UPDATE: &str = "5.35.0";
const APP: &str = "dev.airlock.swagger";

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
    let project = folder.join("project");
    device::begin(airlock, &project, APP, old, EMBEDDED)?;
    airlock.json([
        "publish",
        &text(new)?,
        "--version",
        UPDATE,
        "--project",
        &text(&project)?,
    ])?;
    let server = airlock.serve(&project.join("repository"))?;
    told("published", &format!("{UPDATE}, on {}", server.url));
    let config = folder.join("device.json");
    device::configure(&project.join("capacitor.airlock.json"), &config, &[])?;
    let state = text(&folder.join("device"))?;
    Ok(Device {
        airlock,
        state,
        embedded: text(old)?,
        config: text(&config)?,
        server,
    })
}

fn told(what: &str, detail: &str) {
    ui::line(&format!(
        "  {} {} {detail}",
        ui::paint(ui::GOOD, "●"),
        ui::paint(ui::GOOD, format!("{what:<14}"))
    ));
}
