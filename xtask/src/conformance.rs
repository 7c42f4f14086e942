//! `cargo xtask tuf-conformance`: the official suite of TUF clients against `airlock tuf`.
//!
//! The suite is in no package registry; a checkout of it is named on the command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use toml::Table;

use crate::repository::Repository;
use crate::{provision, python, test, ui};

/// Tests in the suite that this client was last run against; fewer would be a broken checkout.
const AT_LEAST: u32 = 113;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A checkout of github.com/theupdateframework/tuf-conformance
    #[arg(long, value_name = "DIR")]
    suite: PathBuf,
}

pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    let suite = args
        .suite
        .canonicalize()
        .with_context(|| format!("find the suite in {}", args.suite.display()))?;
    let packages = needed_packages(&suite)?;
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    let Some(python) = python::environment(repository, "target/tuf-conformance", &packages)? else {
        bail!("{}", python::MISSING);
    };
    if !provision::has("faketime") && !provision::install_if_allowed(&["faketime"])? {
        bail!("faketime is missing (Debian and Ubuntu: `apt-get install faketime`)");
    }
    let airlock = test::build_airlock(repository, test::Build::Dev)?
        .display()
        .to_string();
    if airlock.contains(' ') {
        bail!("the suite splits its entry point at spaces, and {airlock} has one; move the repository");
    }
    let mut tally = Tally::default();
    let entry = format!("--entrypoint={airlock} tuf");
    let pytest = [
        "-m",
        "pytest",
        "tuf_conformance",
        "-q",
        "-p",
        "no:cacheprovider",
        entry.as_str(),
    ];
    let command = repository
        .command(python.display().to_string())
        .in_folder(&suite)
        .variable("PYTHONDONTWRITEBYTECODE", "1")
        .args(pytest);
    let succeeded = command.lines(|line| {
        ui::line(line);
        tally = Tally::of(line).unwrap_or(tally);
        Ok(())
    })?;
    ui::line(&format!(
        "tuf-conformance: {} passed, {} not passed (failed, expected to fail or skipped)",
        tally.passed, tally.others
    ));
    Ok(if succeeded && tally.is_perfect() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The suite's own list of what it needs, with its versions.
fn needed_packages(suite: &Path) -> Result<Vec<String>> {
    let path = suite.join("pyproject.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let table: Table = text
        .parse()
        .with_context(|| format!("parse {}", path.display()))?;
    let packages = table
        .get("project")
        .and_then(|project| project.get("dependencies")?.as_array());
    let packages = packages.with_context(|| format!("{} names no dependencies", path.display()))?;
    Ok(packages
        .iter()
        .filter_map(|package| package.as_str().map(str::to_owned))
        .collect())
}

/// pytest's closing line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u32,
    others: u32,
}

impl Tally {
    /// `112 passed, 1 xfailed in 14.08s`
    fn of(line: &str) -> Option<Tally> {
        let (counts, _) = line.trim_matches([' ', '=']).rsplit_once(" in ")?;
        let mut tally = Tally::default();
        for part in counts.split(", ") {
            let (number, what) = part.split_once(' ')?;
            let number: u32 = number.parse().ok()?;
            match what {
                "passed" => tally.passed += number,
                "warning" | "warnings" => {}
                _ => tally.others += number,
            }
        }
        Some(tally)
    }

    fn is_perfect(self) -> bool {
        self.others == 0 && self.passed >= AT_LEAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pytests_closing_line_is_read_and_only_a_perfect_one_is_good() {
        for (line, passed, others, perfect) in [
            ("113 passed in 14.08s", 113, 0, true),
            ("=== 120 passed, 2 warnings in 14.08s ===", 120, 0, true),
            ("112 passed, 1 xfailed in 14.08s", 112, 1, false),
            ("113 passed, 1 xpassed in 9.1s", 113, 1, false),
            ("1 failed, 112 passed in 14.08s", 112, 1, false),
            ("113 passed, 3 skipped in 2.0s", 113, 3, false),
            ("5 passed in 0.10s", 5, 0, false),
        ] {
            let tally = Tally::of(line).unwrap();
            assert_eq!((tally.passed, tally.others), (passed, others), "{line}");
            assert_eq!(tally.is_perfect(), perfect, "{line}");
        }
        for line in [
            "....... [ 63%]",
            "",
            "FAILED test_x in 3 ways",
            "no tests ran in 0.01s",
        ] {
            assert_eq!(Tally::of(line), None, "{line}");
        }
        assert!(!Tally::default().is_perfect());
    }
}
