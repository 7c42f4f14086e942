//! `cargo xtask bench`: what a user feels, measured on web apps from npm and PyPI, beside something known in the same run.
//! Nothing here passes or fails: the numbers belong in docs/benchmarks.md, and `--write` puts them there.

mod chart;
mod growth;
mod launch;
mod page;
mod random;
mod rivals;
mod sample;
mod transfer;
mod update;

use std::process::ExitCode;

use anyhow::Result;

use crate::repository::Repository;
use crate::{provision, ui};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The decision what to show at a cold start
    Launch(launch::Args),
    /// Bytes and time of an update, beside other ways
    Update(update::Args),
    /// How an update's cost grows with its bundle
    Growth(growth::Args),
    /// The downloader, beside curl
    Transfer(transfer::Args),
}

pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    let (name, section, write) = match &args.what {
        What::Launch(args) => ("launch", launch::measure(repository, args)?, args.write),
        What::Update(args) => {
            provision::programs(&["bsdiff", "unzip", "zstd"])?;
            ("update", update::measure(repository, args)?, args.write)
        }
        What::Growth(args) => ("growth", growth::measure(repository, args)?, args.write),
        What::Transfer(args) => {
            provision::programs(&["curl"])?;
            ("transfer", transfer::measure(repository, args)?, args.write)
        }
    };
    ui::line(&section);
    if write {
        page::replace(repository, name, &section)?;
    }
    Ok(ExitCode::SUCCESS)
}
