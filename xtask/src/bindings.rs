//! The bindings of airlock-ffi for Kotlin, Swift or Python. They are made when they are needed and never committed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::repository::Repository;
use crate::ui;

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

/// What the library holds besides what ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// Nothing.
    Plain,
    /// Methods that panic on purpose.
    Faults,
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

/// Builds the library of this machine and writes its bindings and itself into `folder`. A debug build: it has the
/// metadata that a stripped library lost, and takes seconds.
pub(crate) fn generate(
    repository: &Repository,
    language: Language,
    library: Library,
    folder: &Path,
) -> Result<()> {
    let built = build(repository, library)?;
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    repository
        .command("cargo")
        .args(["run", "--quiet", "--locked", "--package", "airlock-bindgen", "--"])
        .args([language.word(), text(&built)?, text(folder)?])
        .quietly()?;
    let name = built.file_name().context("a library without a name")?;
    std::fs::copy(&built, folder.join(name)).with_context(|| format!("copy {}", built.display()))?;
    Ok(())
}

/// The library in a place of its own, so that one with faults never lies where one without is looked for.
fn build(repository: &Repository, library: Library) -> Result<PathBuf> {
    ui::line(&ui::paint(
        ui::FAINT,
        "     building the library for other languages",
    ));
    let command = repository
        .command("cargo")
        .args(["build", "--locked", "--package", "airlock-ffi"]);
    let command = match library {
        Library::Plain => command,
        Library::Faults => command.args(["--features", "faults"]),
    };
    command.must_succeed()?;
    let built = repository.path("target/debug").join(library_name());
    if !built.is_file() {
        bail!("{} was not built; is CARGO_TARGET_DIR set?", built.display());
    }
    Ok(built)
}

fn library_name() -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}airlock_ffi{DLL_SUFFIX}")
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not text", path.display()))
}
