//! What other languages call: the library of this machine, its bindings, its interface as text, and the small library
//! for phones. Bindings are made when they are needed and never committed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;

use crate::native::for_phones;
use crate::repository::{Repository, text};
use crate::ui;

/// The interface that was agreed on; a difference is a decision.
const SNAPSHOT: &str = "rust-core/ffi/interface.txt";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// kotlin, swift or python
    language: Language,
    /// Where they go, beside the library of this machine that they speak to
    folder: PathBuf,
    /// With the methods that panic on purpose, for tests
    #[arg(long)]
    faults: bool,
}

#[derive(clap::Args)]
pub(crate) struct InterfaceArgs {
    /// Take the interface as it is now for the agreed one
    #[arg(long)]
    renew: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    Kotlin,
    Swift,
    Python,
}

impl Language {
    fn word(self) -> &'static str {
        match self {
            Language::Kotlin => "kotlin",
            Language::Swift => "swift",
            Language::Python => "python",
        }
    }
}

/// Which library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// A debug build: it has the metadata that a stripped library lost, and takes seconds.
    Plain,
    /// The same with methods that panic on purpose.
    Faults,
    /// As it ships: small, stripped.
    Phone,
}

pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    let library = match args.faults {
        true => Library::Faults,
        false => Library::Plain,
    };
    let folder = std::path::absolute(&args.folder)?;
    generate(repository, args.language, library, &folder)?;
    ui::line(&format!(
        "{} bindings and their library are in {}",
        args.language.word(),
        folder.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Builds a library of this machine and puts it and its bindings into `folder`.
pub(crate) fn generate(
    repository: &Repository,
    language: Language,
    library: Library,
    folder: &Path,
) -> Result<()> {
    let built = build(repository, library)?;
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    bindgen(repository, language.word(), &built, folder)?;
    let name = built.file_name().context("a library without a name")?;
    std::fs::copy(&built, folder.join(name)).with_context(|| format!("copy {}", built.display()))?;
    Ok(())
}

/// `cargo xtask interface`: what changed, line by line.
pub(crate) fn interface(repository: &Repository, args: &InterfaceArgs) -> Result<ExitCode> {
    let now = read_interface(repository)?;
    if args.renew {
        std::fs::write(repository.path(SNAPSHOT), now).context("write the interface")?;
        ui::line(&format!("wrote {SNAPSHOT}"));
        return Ok(ExitCode::SUCCESS);
    }
    let changes = changes(&repository.read(SNAPSHOT)?, &now);
    changes.iter().for_each(|change| ui::line(change));
    Ok(match changes.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// What differs from the agreed interface, with how to agree to it.
pub(crate) fn interface_changes(repository: &Repository) -> Result<Vec<String>> {
    let mut changes = changes(&repository.read(SNAPSHOT)?, &read_interface(repository)?);
    if !changes.is_empty() {
        changes.push(format!(
            "{SNAPSHOT} says otherwise; if Kotlin and Swift follow, run `cargo xtask interface --renew`"
        ));
    }
    Ok(changes)
}

fn read_interface(repository: &Repository) -> Result<String> {
    let built = build(repository, Library::Plain)?;
    // Not there yet where builds go to another folder.
    let folder = repository.path("target");
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let file = folder.join("interface.txt");
    bindgen(repository, "interface", &built, &file)?;
    std::fs::read_to_string(&file).context("read the interface")
}

fn changes(before: &str, now: &str) -> Vec<String> {
    let gone = before
        .lines()
        .filter(|line| !now.lines().any(|other| other == *line));
    let new = now
        .lines()
        .filter(|line| !before.lines().any(|other| other == *line));
    gone.map(|line| format!("- {line}"))
        .chain(new.map(|line| format!("+ {line}")))
        .collect()
}

fn bindgen(repository: &Repository, what: &str, library: &Path, place: &Path) -> Result<()> {
    repository
        .command("cargo")
        .args(["run", "--quiet", "--locked", "--package", "airlock-bindgen", "--"])
        .args([what.to_owned(), text(library)?, text(place)?])
        .quietly()
}

/// One of the messages that cargo prints while it builds.
#[derive(Deserialize)]
struct Artifact {
    filenames: Vec<PathBuf>,
}

/// The library, where cargo says that it put it.
pub(crate) fn build(repository: &Repository, library: Library) -> Result<PathBuf> {
    ui::line(&ui::paint(
        ui::FAINT,
        "     building the library for other languages",
    ));
    let build = [
        "build",
        "--locked",
        "--package",
        "airlock-ffi",
        "--message-format=json-render-diagnostics",
    ];
    let more: &[&str] = match library {
        Library::Plain => &[],
        Library::Faults => &["--features", "faults"],
        Library::Phone => &["--profile", "phone"],
    };
    let mut found = None;
    let cargo = match library {
        Library::Phone => for_phones(repository.command("cargo")),
        Library::Plain | Library::Faults => repository.command("cargo"),
    };
    let command = cargo.args(build).args(more.iter().copied());
    let built = command.lines(|line| {
        let artifact: Option<Artifact> = serde_json::from_str(line).ok();
        let files = artifact.map(|artifact| artifact.filenames).unwrap_or_default();
        found = files
            .into_iter()
            .find(|file| is_the_library(file))
            .or(found.take());
        Ok(())
    })?;
    found
        .filter(|_| built)
        .ok_or_else(|| anyhow!("building airlock-ffi failed; cargo's words are above"))
}

fn is_the_library(file: &Path) -> bool {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    file.file_name()
        .is_some_and(|name| *name == *format!("{DLL_PREFIX}airlock_ffi{DLL_SUFFIX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_shown_before_and_after() {
        assert!(changes("a\nb\n", "a\nb\n").is_empty());
        assert_eq!(changes("a\nb\n", "a\nc\nd\n"), ["- b", "+ c", "+ d"]);
    }
}
