//! The launch decision: what an app waits for before its web view loads. A store with three bundles of a real web app, and
//! the embedded one; the process is `airlock device launch`, from exec to exit.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::sample::Samples;
use crate::airlock::Airlock;
use crate::device::{self, Device, expect};
use crate::process::Command;
use crate::repository::{Repository, text};
use crate::test::{Build, build_airlock};
use crate::{packages, ui};

const PACKAGE: &str = "jupyterlab";
const STATIC: &str = "jupyterlab/static";
const EMBEDDED: &str = "4.5.11";
const UPDATES: [&str; 3] = ["4.6.4", "4.6.5", "4.6.6"];
const APP: &str = "dev.airlock.bench";
const FOLDER: &str = "target/bench/launch";

#[derive(clap::Args)]
pub(super) struct Args {
    /// Launches of each kind
    #[arg(long, default_value_t = 200)]
    launches: usize,
    /// Put the numbers into docs/benchmarks.md
    #[arg(long)]
    pub(super) write: bool,
}

/// One kind of process, and what the table calls it.
struct Kind {
    title: &'static str,
    command: Command,
}

pub(super) fn measure(repository: &Repository, args: &Args) -> Result<String> {
    let airlock = Airlock::new(build_airlock(repository, Build::Release)?);
    let folder = repository.path(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let mut device = prepare(repository, &airlock, &folder)?;
    three_bundles(&device, &folder.join("project"))?;
    let mut launch = |verify: &str| {
        device.config = configured(&folder, verify)?;
        anyhow::Ok(device.command(&["launch"]))
    };
    let kinds = [
        Kind {
            title: "`airlock device launch`, `verifyOnLaunch: quick`",
            command: launch("quick")?,
        },
        Kind {
            title: "the same, `verifyOnLaunch: full` (the default)",
            command: launch("full")?,
        },
        Kind {
            title: "`airlock --version`: the process alone",
            command: airlock.command(["--version"]),
        },
        Kind {
            title: "`true`: a process at all",
            command: Command::new("true"),
        },
    ];
    ui::line(&format!("  measuring {} of each kind, in turn", args.launches));
    let samples = Samples::take(args.launches, &kinds.each_ref().map(|kind| kind.command.clone()))?;
    Ok(table(args.launches, &kinds, &samples))
}

/// Keys, a repository with the first version embedded, and a server.
fn prepare<'a>(repository: &Repository, airlock: &'a Airlock, folder: &Path) -> Result<Device<'a>> {
    let embedded = packages::wheel(repository, PACKAGE, EMBEDDED, folder)?.join(STATIC);
    device::begin(airlock, &folder.join("project"), APP, &embedded, EMBEDDED)?;
    for version in UPDATES {
        packages::wheel(repository, PACKAGE, version, folder)?;
    }
    Ok(Device {
        airlock,
        state: text(&folder.join("device"))?,
        embedded: text(&embedded)?,
        config: configured(folder, "quick")?,
        server: airlock.serve(&folder.join("project/repository"))?,
    })
}

/// The first update before, the second confirmed and running, the third waiting for its time.
fn three_bundles(device: &Device<'_>, project: &Path) -> Result<()> {
    let folder = project.parent().context("a project stands in a folder")?;
    let project = text(project)?;
    for version in UPDATES {
        let bundle = text(&folder.join(version).join(STATIC))?;
        device
            .airlock
            .json(["publish", &bundle, "--version", version, "--project", &project])?;
        let waits = Some(&version) == UPDATES.last();
        if waits {
            device.verb(&[
                "delay",
                "--conditions",
                r#"[{"kind":"date","value":"2100-01-01T00:00:00Z"}]"#,
            ])?;
        }
        expect(&device.verb(&["sync"])?, "/result", &json!("staged"))?;
        let launch = device.verb(&["launch"])?;
        if !waits {
            expect(&launch, "/bundle/version", &json!(version))?;
            device.ready(&launch)?;
        }
    }
    let listed = device.command(&["list"]).output()?;
    ensure!(
        listed.matches(r#""origin":"ota""#).count() == UPDATES.len(),
        "three bundles should be on the device, but it lists {listed}"
    );
    Ok(())
}

fn configured(folder: &Path, verify: &str) -> Result<String> {
    let config = folder.join(format!("{verify}.json"));
    let made = folder.join("project/capacitor.airlock.json");
    let more = [
        ("verifyOnLaunch", json!(verify)),
        ("autoDeletePrevious", json!(false)),
    ];
    device::configure(&made, &config, &more)?;
    text(&config)
}

fn table(launches: usize, kinds: &[Kind], samples: &[Samples]) -> String {
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let mut lines = vec![
        format!(
            "{launches} runs of each kind, in turn; {PACKAGE} {} before, {} running, {} waiting, {EMBEDDED} embedded.",
            UPDATES[0], UPDATES[1], UPDATES[2],
        ),
        String::new(),
        "| process, exec to exit | CPU, median | CPU, p95 | wall, median | wall, p95 | memory, largest |"
            .to_owned(),
        "| --- | --- | --- | --- | --- | --- |".to_owned(),
    ];
    lines.extend(kinds.iter().zip(samples).map(|(kind, samples)| {
        format!(
            "| {} | {} | {} | {} | {} | {} |",
            kind.title,
            milliseconds(samples.cpu(50)),
            milliseconds(samples.cpu(95)),
            milliseconds(samples.wall(50)),
            milliseconds(samples.wall(95)),
            ui::size(samples.memory()),
        )
    }));
    lines.join("\n")
}
