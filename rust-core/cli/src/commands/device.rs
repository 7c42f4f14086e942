//! `airlock device`: not built yet.

use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

/// Drive one device's engine from a shell, for tests, CI and support
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {}

/// Says that the command does not exist yet.
pub(crate) fn run(_args: &DeviceArgs, _output: &Output) -> Result<(), Failure> {
    Err(Failure::usage("`airlock device` is not built yet"))
}
