//! `cargo xtask bench`: what a user feels, measured on web apps from npm and PyPI, beside something known in the same run.
//! Nothing here passes or fails: the numbers belong in docs/benchmarks.md, and `--write` puts them there.

mod launch;
mod page;
mod rivals;
mod sample;
mod update;

use std::process::ExitCode;

use anyhow::Result;

use crate::repository::Repository;
use crate::ui;

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
}

pub(crate) fn run(repository: &Repository, args: &Args) -> Result<ExitCode> {
    match &args.what {
        What::Launch(args) => {
            let section = launch::measure(repository, args)?;
            ui::line(&section);
            if args.write {
                page::replace(repository, "launch", &section)?;
            }
        }
        What::Update(args) => {
            let section = update::measure(repository, args)?;
            ui::line(&section);
            if args.write {
                page::replace(repository, "update", &section)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
