//! `airlock tuf`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// The device's TUF client, with the command line of the tuf-conformance suite
#[derive(Debug, Args)]
pub(crate) struct TufArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &TufArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock tuf` is not built yet"))
}
