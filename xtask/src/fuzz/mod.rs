//! `cargo xtask fuzz`: libFuzzer over the targets in tests/fuzz, with the pinned toolchain and nothing to install.
//! tests/fuzz/README.md tells what each target promises.

mod build;
mod log;
mod report;
mod runner;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::repository::Repository;
use crate::ui;

use build::Sanitizer;
use report::Row;
use runner::{Patience, Runner};
use targets::{Manifest, Target};

/// Fuzzes what reads bytes from outside.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The targets to run; all of them when none is named
    targets: Vec<String>,
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Run the one named target on this file only, and show what it says
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Watch memory too (AddressSanitizer); slower to build and to run, and built apart
    #[arg(long)]
    address_sanitizer: bool,
}

/// `cargo xtask fuzz`, for a person and for the nightly run.
pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    let sanitizer = match args.address_sanitizer {
        true => Sanitizer::Address,
        false => Sanitizer::None,
    };
    let manifest = Manifest::read(repository)?;
    let chosen = manifest.choose(&args.targets)?;
    if let Some(file) = &args.replay {
        let [target] = chosen.as_slice() else {
            bail!("--replay takes one target: `cargo xtask fuzz --replay FILE TARGET`");
        };
        let runner = Runner::new(repository, build::build(repository, sanitizer)?)?;
        return runner.replay(
            target,
            &std::path::absolute(file).context("find the file to replay")?,
        );
    }
    let patience = Patience::Each(Duration::from_secs(args.seconds));
    let rows = fuzz(repository, &chosen, sanitizer, patience)?;
    let good = report::print(repository, &rows);
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The layer `fuzz`: a fixed number of executions of every target, and the control. Returns how many passed and how many
/// failed.
pub(crate) fn layer(repository: &Repository) -> Result<(u32, u32)> {
    let manifest = Manifest::read(repository)?;
    let rows = fuzz(
        repository,
        &manifest.choose(&[])?,
        Sanitizer::None,
        Patience::Counted,
    )?;
    report::print(repository, &rows);
    let passed = rows.iter().filter(|row| row.is_good()).count();
    Ok((u32::try_from(passed)?, u32::try_from(rows.len() - passed)?))
}

/// What is missing here to build the targets, in words.
pub(crate) fn missing() -> Option<&'static str> {
    build::missing()
}

/// Builds, proves with the control that findings are found, then runs the targets.
fn fuzz(
    repository: &Repository,
    chosen: &[Target],
    sanitizer: Sanitizer,
    patience: Patience,
) -> Result<Vec<Row>> {
    let runner = Runner::new(repository, build::build(repository, sanitizer)?)?;
    let mut rows = vec![runner.control()?];
    ui::line(&format!(
        "  fuzzing {} targets {patience}, two at a time",
        chosen.len(),
    ));
    rows.extend(runner.run_all(chosen, patience)?);
    Ok(rows)
}
