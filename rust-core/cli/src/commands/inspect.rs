//! `airlock inspect`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// inspect
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &InspectArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock inspect` is not built yet"))
}
