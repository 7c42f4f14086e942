//! Rust tests: built once for the whole workspace, then run crate by crate and counted.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use super::layer::Outcome;
use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

/// The workspace's test programs. Built together on first use: crate by crate cargo would choose other features for
/// shared dependencies, and build those again.
#[derive(Default)]
pub(super) struct TestPrograms {
    by_crate: OnceCell<BTreeMap<String, Vec<Program>>>,
}

struct Program {
    executable: PathBuf,
    /// Where its crate is; tests expect to run there.
    folder: PathBuf,
}

impl TestPrograms {
    /// Builds them all, so that the layers that run them find them made.
    pub(super) fn build(&self, repository: &Repository) -> Result<()> {
        self.built(repository).map(|_| ())
    }

    /// Runs all tests of one crate.
    pub(super) fn run(&self, repository: &Repository, name: &str) -> Result<Outcome> {
        self.run_some(repository, name, |_| true)
    }

    /// Runs those test programs of one crate whose file name is wanted.
    pub(super) fn run_some(
        &self,
        repository: &Repository,
        name: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Outcome> {
        self.run_with(repository, name, wanted, &[])
    }

    /// The same with variables that tell the tests where things are.
    pub(super) fn run_with(
        &self,
        repository: &Repository,
        name: &str,
        wanted: impl Fn(&str) -> bool,
        variables: &[(&str, String)],
    ) -> Result<Outcome> {
        let mut sum = Outcome::default();
        for program in self.built(repository)?.get(name).into_iter().flatten() {
            let shown = program
                .executable
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            if !wanted(&shown) {
                continue;
            }
            ui::line(&ui::paint(ui::FAINT, format!("     running {shown}")));
            let command = Command::new(program.executable.display().to_string())
                .in_folder(&program.folder)
                .variable("CARGO_MANIFEST_DIR", program.folder.display().to_string());
            let command = variables.iter().fold(command, |command, (name, value)| {
                command.variable(name, value.as_str())
            });
            sum = sum.plus(count(&command)?);
        }
        Ok(sum)
    }

    fn built(&self, repository: &Repository) -> Result<&BTreeMap<String, Vec<Program>>> {
        if self.by_crate.get().is_none() {
            let programs = build(repository)?;
            return Ok(self.by_crate.get_or_init(|| programs));
        }
        self.by_crate
            .get()
            .context("the test programs were built and are gone")
    }
}

/// The examples in the documentation.
pub(super) fn examples(repository: &Repository) -> Result<Outcome> {
    count(
        &repository
            .command("cargo")
            .args(["test", "--quiet", "--locked", "--workspace", "--doc"]),
    )
}

/// How to build.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Build {
    /// For tests.
    Dev,
    /// For users, and for measurements.
    Release,
}

impl Build {
    fn name(self) -> &'static str {
        match self {
            Build::Dev => "dev",
            Build::Release => "release",
        }
    }
}

/// The `airlock` binary, as the browser tests drive it.
pub(crate) fn build_airlock(repository: &Repository, build: Build) -> Result<PathBuf> {
    ui::line(&ui::paint(ui::FAINT, "     building airlock"));
    let args = [
        "build",
        "--locked",
        "--profile",
        build.name(),
        "--package",
        "airlock-cli",
        "--message-format=json-render-diagnostics",
    ];
    let mut binary = None;
    let built = repository.command("cargo").args(args).lines(|line| {
        binary = Artifact::parse(line)
            .and_then(|artifact| artifact.executable)
            .or(binary.take());
        Ok(())
    })?;
    binary
        .filter(|_| built)
        .ok_or_else(|| anyhow!("building airlock failed; cargo's words are above"))
}

/// One of the messages that cargo prints while it builds.
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    manifest_path: PathBuf,
    profile: Profile,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl Artifact {
    fn parse(line: &str) -> Option<Artifact> {
        serde_json::from_str(line).ok()
    }
}

fn build(repository: &Repository) -> Result<BTreeMap<String, Vec<Program>>> {
    ui::line(&ui::paint(ui::FAINT, "     building the workspace and its tests"));
    let build = [
        "test",
        "--locked",
        "--workspace",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ];
    let mut programs: BTreeMap<String, Vec<Program>> = BTreeMap::new();
    let built = repository.command("cargo").args(build).lines(|line| {
        let artifact = Artifact::parse(line).filter(|artifact| artifact.profile.test);
        let Some((Some(executable), manifest)) =
            artifact.map(|found| (found.executable, found.manifest_path))
        else {
            return Ok(());
        };
        let folder = manifest
            .parent()
            .context("a manifest without a folder")?
            .to_path_buf();
        programs
            .entry(crate_name(&manifest)?)
            .or_default()
            .push(Program { executable, folder });
        Ok(())
    })?;
    if built {
        Ok(programs)
    } else {
        Err(anyhow!("the tests do not build; cargo's words are above"))
    }
}

fn crate_name(manifest: &Path) -> Result<String> {
    let text = std::fs::read_to_string(manifest).with_context(|| format!("read {}", manifest.display()))?;
    let table: toml::Table = text
        .parse()
        .with_context(|| format!("parse {}", manifest.display()))?;
    let name = table
        .get("package")
        .and_then(|package| package.get("name")?.as_str());
    name.map(str::to_owned)
        .with_context(|| format!("{} names no package", manifest.display()))
}

/// Runs test programs, shows what they print and adds up their closing lines.
pub(super) fn count(command: &Command) -> Result<Outcome> {
    let mut sum = Outcome::default();
    let succeeded = command.lines(|line| {
        ui::line(line);
        if let Some(outcome) = closing_line(line) {
            sum = sum.clone().plus(outcome);
        }
        Ok(())
    })?;
    Ok(sum.with_exit(succeeded, &command.shown()))
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn closing_line(line: &str) -> Option<Outcome> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let number = |what: &str| {
        let part = counts.split(';').find_map(|part| part.trim().strip_suffix(what));
        part.and_then(|digits| digits.trim().parse().ok())
    };
    let skipped: u32 = number("ignored")?;
    let note = (skipped > 0).then(|| "ignored in the source".to_owned());
    Some(Outcome {
        passed: number("passed")?,
        failed: number("failed")?,
        skipped,
        note,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_libtest_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        let outcome = closing_line(line).unwrap();
        assert_eq!((outcome.passed, outcome.failed, outcome.skipped), (12, 3, 1));
        assert_eq!(closing_line("running 3 tests"), None);
        assert_eq!(closing_line("test result: odd"), None);
    }

    #[test]
    fn a_test_program_is_told_from_a_library() {
        let line = |executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml","profile":{{"test":true}},"executable":{executable}}}"#
            )
        };
        assert!(Artifact::parse(&line("\"/t/a-1\"")).unwrap().executable.is_some());
        assert!(Artifact::parse(&line("null")).unwrap().executable.is_none());
        assert!(Artifact::parse(r#"{"reason":"build-finished","success":true}"#).is_none());
    }

    #[test]
    fn a_program_that_dies_without_a_closing_line_has_failed() {
        let outcome = count(&Command::new("sh").args(["-c", "echo started; exit 101"])).unwrap();
        assert_eq!((outcome.passed, outcome.failed), (0, 1));
    }
}
