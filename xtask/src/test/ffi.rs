//! The layer `ffi`: the boundary to other languages, from Python over the real library, and how big it is.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::layer::{Outcome, Skipped};
use super::{Context, cargo};
use crate::bindings::{self, Language, Library};
use crate::process::Command;
use crate::ui;

const BUDGET: &str = "rust-core/ffi/size-budget.toml";
const BINDINGS: &str = "target/ffi-python";

/// rust-core/ffi/size-budget.toml
#[derive(Deserialize)]
struct Budget {
    /// Bytes of the stripped library for x86-64 Linux.
    x86_64: u64,
}

pub(super) fn run(context: &Context) -> Result<Outcome> {
    let crate_tests = context.programs.run(context.repository, "airlock-ffi")?;
    Ok(crate_tests
        .plus(interface(context)?)
        .plus(from_python(context)?)
        .plus(size(context)?))
}

fn interface(context: &Context) -> Result<Outcome> {
    let changes = bindings::interface_changes(context.repository)?;
    changes.iter().for_each(|change| ui::error(change));
    Ok(Outcome::single(changes.is_empty()))
}

/// With the library that can panic on purpose.
fn from_python(context: &Context) -> Result<Outcome> {
    if Command::new("python3").args(["--version"]).quietly().is_err() {
        return Err(Skipped::because(
            "python3 is missing (Debian and Ubuntu: `apt-get install python3`)",
        ));
    }
    let folder = context.repository.path(BINDINGS);
    bindings::generate(context.repository, Language::Python, Library::Faults, &folder)?;
    let airlock = cargo::build_airlock(context.repository, cargo::Build::Dev)?;
    let command = context
        .repository
        .command("python3")
        .args(["tests/ffi/run.py", BINDINGS])
        .variable("AIRLOCK", airlock.display().to_string())
        // Some tests panic on purpose; a page of frames for each would hide the rest.
        .variable("RUST_BACKTRACE", "0");
    cargo::count(&command)
}

/// The library as it ships, against the budget. Other systems have no figure.
fn size(context: &Context) -> Result<Outcome> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Outcome::default());
    }
    let budget: Budget = toml::from_str(&context.repository.read(BUDGET)?).context("read the size budget")?;
    let start = Instant::now();
    let library = bindings::build(context.repository, Library::Phone)?;
    let bytes = length(&library)?;
    ui::line(&format!(
        "     {bytes} bytes stripped, {} allowed; built in {}",
        budget.x86_64,
        ui::duration(start.elapsed())
    ));
    let fits = bytes <= budget.x86_64;
    if !fits {
        ui::error(&format!(
            "the library outgrew {BUDGET}; take something out, or raise the budget and say in docs/benchmarks.md what for"
        ));
    }
    Ok(Outcome::single(fits))
}

fn length(file: &Path) -> Result<u64> {
    let metadata = std::fs::metadata(file).with_context(|| format!("measure {}", file.display()))?;
    Ok(metadata.len())
}
