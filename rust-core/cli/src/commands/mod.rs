//! The subcommands: one file each, with its arguments and its `run`.

pub(crate) mod device;
pub(crate) mod fetch;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod keys;
pub(crate) mod pack;
pub(crate) mod promote;
pub(crate) mod prune;
pub(crate) mod publish;
pub(crate) mod refresh;
pub(crate) mod rollback;
pub(crate) mod self_update;
pub(crate) mod serve;
pub(crate) mod tuf;
pub(crate) mod verify;

use crate::args::Command;
use crate::exit::Failure;
use crate::output::Output;
use crate::simulate;

/// Carries out the command; its results are on stdout and stderr when this returns.
pub(crate) fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(args, output),
        Command::Pack(args) => pack::run(args, output),
        Command::Publish(args) => publish::run(args, output),
        Command::Rollback(args) => rollback::run(args, output),
        Command::Promote(args) => promote::run(args, output),
        Command::Prune(args) => prune::run(args, output),
        Command::Keys(args) => keys::run(args, output),
        Command::Refresh(args) => refresh::run(args, output),
        Command::Verify(args) => verify::run(args, output),
        Command::Inspect(args) => inspect::run(args, output),
        Command::Serve(args) => serve::run(args, output),
        Command::Fetch(args) => fetch::run(args, output),
        Command::SelfUpdate(args) => self_update::run(args, output),
        Command::Device(args) => device::run(args, output),
        Command::Tuf(args) => tuf::run(args, output),
        Command::Simulate(args) => simulate::run(args, output),
    }
}
