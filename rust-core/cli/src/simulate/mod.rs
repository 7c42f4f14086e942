//! `airlock simulate`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// A phone in a browser tab
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &SimulateArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock simulate` is not built yet"))
}
