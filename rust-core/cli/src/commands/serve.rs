//! `airlock serve`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// serve
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &ServeArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock serve` is not built yet"))
}
