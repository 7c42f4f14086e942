//! `airlock pack`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// pack
#[derive(Debug, Args)]
pub(crate) struct PackArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &PackArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock pack` is not built yet"))
}
