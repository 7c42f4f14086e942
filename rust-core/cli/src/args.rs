//! The command line as plain data. Nothing is looked up or opened here; the commands resolve what they need.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    device, fetch, init, inspect, keys, pack, promote, prune, publish, refresh, rollback, self_update, serve,
    tuf, verify,
};
use crate::simulate;

/// What `airlock --help` says above the list of commands.
const LONG_ABOUT: &str = "\
Over-the-air updates for Capacitor apps: pack, sign and publish web bundles, and check what a device would do.

A bundle is a folder of web files with an index.html. `airlock publish` numbers it, signs it and writes it \
to a repository of plain files that any web server can deliver. The app trusts only the keys in its own \
configuration, never the server.";

/// What `airlock --help` says below the list of commands.
const AFTER_LONG_HELP: &str = "\
Examples:
  airlock init . --app-id com.example.app      make keys, a project file and an empty repository
  airlock publish dist --version 1.4.0         sign dist/ and publish it on the channel `stable`
  airlock serve repository                     deliver the repository on http://127.0.0.1:8080/
  airlock verify repository --public-key keys/root.pub.pem

Exit codes (the same for every command):
    0  done; also when there was nothing to do
    1  internal error: please report it
    2  usage or configuration: the command line, a file or a key is not as it must be
  104  the server's answer is unusable
  107  the download failed
  115  a checksum does not match
  116  a bundle's signature is invalid or missing
  118  signed metadata is invalid or expired
  119  a downgrade or replay was refused
  120  an unsafe archive or path was refused
  121  incompatible: app, channel, platform or native version, or the release is expired or known to be bad
  122  no space left
  123  storage failure: a file cannot be read or written
  124  locked by another process

Environment:
  AIRLOCK_PASSPHRASE  passphrase of the private keys, instead of the prompt
  NO_COLOR            when set, no colour (the same as --color never)";

/// What `airlock -h` says below the list of commands.
const AFTER_SHORT_HELP: &str =
    "`airlock --help` shows examples and exit codes, `airlock help COMMAND` the details of a command.";

/// Over-the-air updates for Capacitor apps
#[derive(Debug, Parser)]
#[command(
    name = "airlock",
    version,
    about,
    long_about = LONG_ABOUT,
    after_help = AFTER_SHORT_HELP,
    after_long_help = AFTER_LONG_HELP,
    arg_required_else_help = true,
    subcommand_required = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Print the result as one JSON object on standard output, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print errors and warnings only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorWhen::Auto)]
    pub(crate) color: ColorWhen,
}

/// When to write colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Even into a file or a pipe
    Always,
    /// Not at all
    Never,
}

/// The subcommands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::InitArgs),
    Pack(pack::PackArgs),
    Publish(publish::PublishArgs),
    Rollback(rollback::RollbackArgs),
    Promote(promote::PromoteArgs),
    Prune(prune::PruneArgs),
    Refresh(refresh::RefreshArgs),
    Keys(keys::KeysArgs),
    Verify(verify::VerifyArgs),
    Inspect(inspect::InspectArgs),
    Serve(serve::ServeArgs),
    Fetch(fetch::FetchArgs),
    SelfUpdate(self_update::SelfUpdateArgs),
    Device(device::DeviceArgs),
    Tuf(tuf::TufArgs),
    Simulate(simulate::SimulateArgs),
}
