//! `cargo xtask demo`: a real web app updated over the air in a real browser, broken, and recovered; then the same
//! device over a web app that nobody here wrote.

mod device;
mod story;

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::airlock::Airlock;
use crate::repository::{Repository, text};
use crate::test::{Build, build_airlock};
use crate::{npm, provision, ui};

/// Everything the demo makes; git ignores it.
const FOLDER: &str = ".demo";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Keep the simulated phone running at the end and print its address
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    let start = Instant::now();
    ui::heading(
        "getting ready",
        "packages, a browser, airlock and the example app",
    );
    let (airlock, browser) = prepare(repository)?;
    let folder = fresh_folder(repository)?;

    ui::heading(
        "an update, a broken update, a recovery",
        "the example app in Chromium, on a simulated phone",
    );
    story::play(repository, &airlock, &browser, &folder)?;

    ui::heading(
        "a web app nobody here wrote",
        "swagger-ui-dist from npm, on the device's command line",
    );
    device::play(repository, &airlock, &folder.join("swagger"))?;

    ui::line(&format!(
        "\n{} in {}; screenshots are in {}",
        ui::paint(ui::GOOD.bold(), "All as promised"),
        ui::duration(start.elapsed()),
        ui::paint(ui::ACCENT, folder.join("screenshots").display())
    ));
    if args.open {
        keep_open(repository, &airlock, &folder.join("example"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn prepare(repository: &Repository) -> Result<(Airlock, String)> {
    if let Some(missing) = npm::missing() {
        bail!(missing);
    }
    npm::install(repository)?;
    let Some(browser) = provision::browser()? else {
        bail!(provision::NO_BROWSER)
    };
    let airlock = build_airlock(repository, Build::Dev)?;
    npm::build_example(repository)?;
    ui::line(&format!(
        "  airlock   {}",
        ui::paint(ui::FAINT, airlock.display())
    ));
    ui::line(&format!("  browser   {}", ui::paint(ui::FAINT, &browser)));
    Ok((Airlock::new(airlock), browser))
}

fn fresh_folder(repository: &Repository) -> Result<PathBuf> {
    let folder = repository.path(FOLDER);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("remove the last demo's {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}

/// The phone of the story, as it was left, for a person to play with.
fn keep_open(repository: &Repository, airlock: &Airlock, project: &Path) -> Result<()> {
    ui::heading("the phone is yours", "stop it with Ctrl-C");
    let server = airlock.serve(&project.join("repository"))?;
    let bridge =
        repository.path("node_modules/@capacitor/android/capacitor/src/main/assets/native-bridge.js");
    let phone = airlock
        .command(["simulate"])
        .args([
            "--state",
            &text(&project.join("device"))?,
            "--embedded",
            &text(&project.join("embedded"))?,
        ])
        .args([
            "--config",
            &text(&project.join("device.json"))?,
            "--bridge",
            &text(&bridge)?,
        ])
        .args(["--url", &server.url]);
    invite(repository, airlock, project);
    let mut child = phone.start(Stdio::inherit(), Stdio::inherit())?;
    child.wait().context("wait for the simulator")?;
    Ok(())
}

/// What to try next: the first version again, as a release of its own, which no phone has to download.
fn invite(repository: &Repository, airlock: &Airlock, project: &Path) {
    let (airlock, project) = (airlock.path(), project.display());
    let bundle = npm::example_bundle(repository, "v1");
    let command = format!(
        "{airlock} publish {} --version 4.0.0 --project {project}",
        bundle.display()
    );
    ui::line(&format!("  publish more: {}", ui::paint(ui::ACCENT, command)));
}
