//! Node's side: packages installed from the lock file, and the example app built.

use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

/// The example app's bundles; the third never becomes ready.
pub(crate) const EXAMPLE_VERSIONS: [&str; 3] = ["v1", "v2", "v3"];

/// Written after `npm ci`; holds the digest of the lock file that was installed.
const INSTALLED: &str = "node_modules/.airlock-lock-digest";

/// What to do when node or npm is not there.
pub(crate) fn missing() -> Option<String> {
    let absent = ["node", "npm"]
        .into_iter()
        .find(|tool| Command::new(*tool).args(["--version"]).output().is_err())?;
    Some(format!(
        "{absent} is missing; install Node.js 20.19 or newer, with npm"
    ))
}

/// Installs exactly what package-lock.json names, unless that was done before.
pub(crate) fn install(repository: &Repository) -> Result<()> {
    let lock = repository.read("package-lock.json")?;
    let digest: String = Sha256::digest(lock.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let marker = repository.path(INSTALLED);
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == digest) {
        return Ok(());
    }
    ui::line(&ui::paint(
        ui::FAINT,
        "     installing the npm packages of package-lock.json",
    ));
    repository
        .command("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .must_succeed()?;
    std::fs::write(&marker, digest).with_context(|| format!("write {}", marker.display()))
}

/// Builds the plugin and the example app in all its versions.
pub(crate) fn build_example(repository: &Repository) -> Result<()> {
    repository
        .command("npm")
        .args(["run", "--silent", "build:example"])
        .must_succeed()
}

pub(crate) fn build_example_if_absent(repository: &Repository) -> Result<()> {
    let there = |version: &&str| example_bundle(repository, version).join("index.html").is_file();
    if EXAMPLE_VERSIONS.iter().all(there) {
        Ok(())
    } else {
        build_example(repository)
    }
}

/// The folder that holds one built version of the example app.
pub(crate) fn example_bundle(repository: &Repository, version: &str) -> PathBuf {
    repository.path("example-app/dist").join(version)
}
