//! `airlock publish`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// publish
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &PublishArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock publish` is not built yet"))
}
