//! `airlock verify`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// verify
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &VerifyArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock verify` is not built yet"))
}
