//! Building the targets with the pinned stable toolchain: the compiler has what cargo-fuzz uses, behind a switch.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

use super::targets::FOLDER;

/// What else is watched while a target runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sanitizer {
    None,
    /// Memory of C and assembly below us, and the size of each allocation.
    Address,
}

/// Counters at each edge of our code, and what it compares, for libFuzzer; checks on, as in a debug build.
const FLAGS: &[&str] = &[
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// libFuzzer is compiled from its sources.
pub(super) fn missing() -> Option<&'static str> {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let found = Command::new(compiler).args(["--version"]).quietly().is_ok();
    (!found).then_some("no C++ compiler for libFuzzer; install g++ or clang, or set CXX")
}

/// Builds every target; returns the folder with the programs.
pub(super) fn build(repository: &Repository, sanitizer: Sanitizer) -> Result<PathBuf> {
    if let Some(missing) = missing() {
        bail!(missing);
    }
    ui::line(&ui::paint(ui::FAINT, "     building the fuzz targets"));
    let host = host(repository)?;
    let (folder, extra): (&str, &[&str]) = match sanitizer {
        Sanitizer::None => ("target/fuzz", &[]),
        Sanitizer::Address => ("target/fuzz/address", &["-Zsanitizer=address"]),
    };
    let flags = [FLAGS, extra].concat().join("\u{1f}");
    let manifest = format!("{FOLDER}/Cargo.toml");
    // --target: build scripts and macros run here and must not be instrumented.
    let arguments = ["build", "--locked", "--release", "--quiet", "--bins"];
    let places = [
        "--manifest-path",
        &manifest,
        "--target-dir",
        folder,
        "--target",
        &host,
    ];
    let built = repository
        .command("cargo")
        .args(arguments)
        .args(places)
        .variable("RUSTC_BOOTSTRAP", "1")
        .variable("CARGO_ENCODED_RUSTFLAGS", flags)
        .succeeds()?;
    if !built {
        bail!(
            "the fuzz targets do not build; when it says that {FOLDER}/Cargo.lock needs an update, run \
             `cargo update --workspace --manifest-path {manifest}` and commit it"
        );
    }
    Ok(repository.path(folder).join(host).join("release"))
}

/// The triple of this machine.
fn host(repository: &Repository) -> Result<String> {
    let printed = repository.command("rustc").args(["-vV"]).output()?;
    let host = printed.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc -vV does not name its host")
}
