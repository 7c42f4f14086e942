//! `cargo xtask demo`.

use std::process::ExitCode;

use anyhow::Result;

use crate::repository::Repository;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Keep the simulated phone running at the end and print its address
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(_: &Repository, _: &Args) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
