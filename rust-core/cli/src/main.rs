//! The `airlock` command: pack, sign, publish, check and serve bundles, and run a device on a desk.
//!
//! `args` holds the parsed command line as plain data, `commands` one file a subcommand, `output` the one
//! place that writes for people (stderr) or machines (stdout), `exit` the mapping from failures to exit
//! codes.

mod args;
mod client_identity;
mod commands;
mod exit;
mod facts;
mod output;
mod passphrase;
mod progress;
mod remote;
mod repository_view;
mod request_key;
mod signing;
mod simulate;
mod staged;
mod subject;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::exit::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::from_clap(&error),
    };
    let output = Output::new(&cli.global);
    match run_caught(&cli, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}

/// Runs the command; a panic, which would be a bug, becomes an ordinary failure with code `internal`, because
/// scripts are promised that only the documented exit codes occur.
fn run_caught(cli: &Cli, output: &Output) -> Result<(), Failure> {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(location) = panic.location() {
            output::note(format_args!("the bug is near {location}"));
        }
    }));
    catch_unwind(AssertUnwindSafe(|| commands::run(&cli.command, output)))
        .unwrap_or_else(|panic| Err(Failure::from_panic(panic.as_ref())))
}
