//! `airlock init`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// init
#[derive(Debug, Args)]
pub(crate) struct InitArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &InitArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock init` is not built yet"))
}
