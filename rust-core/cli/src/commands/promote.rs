//! `airlock promote`: the same content on another channel.

use std::path::PathBuf;

use airlock_protocol::ChannelName;
use airlock_publisher::{Project, Republication};
use clap::Args;

use super::rollback::{report, republish};
use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::Output;
use crate::signing::SigningArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock promote --from beta --to stable                 the newest of beta
  airlock promote --from beta --to stable 1.5.0 --rollout 10

What was tested is what is published: the files are the same byte for byte, under the next sequence. A device \
that changes from beta to stable downloads no archive. Notes, platforms, native ranges and expiry are taken over, \
a staged rollout is not.

Exit codes: 0 done, 2 usage or project, 115 the release's files are missing or damaged, 118 the repository does \
not verify, 122 no space, 123 storage failure, 124 another process is publishing.";

/// Publish a release of one channel on another
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct PromoteArgs {
    /// The version, or its sequence [default: the newest]
    #[arg(value_name = "VERSION")]
    version: Option<String>,
    /// The channel on which it is
    #[arg(long, value_name = "NAME")]
    from: ChannelName,
    /// The channel on which it shall be
    #[arg(long, value_name = "NAME")]
    to: ChannelName,
    /// Offer it to this share of devices only, 1 to 100
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    rollout: Option<u8>,
    /// What is new, for people [default: what was said on the other channel]
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// The folder of the project, where `airlock init` was run
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Promotes and says what devices will see.
pub(crate) fn run(args: &PromoteArgs, output: &Output) -> Result<(), Failure> {
    let project = Project::open(&args.project)?;
    if args.from == args.to {
        return Err(Failure::usage(
            "--from and --to are the same channel: use `airlock rollback` to publish an older release again",
        ));
    }
    let what = Republication {
        from: project.channel(&args.from)?,
        what: args.version.as_deref(),
        to: project.channel(&args.to)?,
        rollout: args.rollout,
        notes: args.notes.clone(),
    };
    let done = republish(&project, &what, &args.signing, args.clock, output)?;
    output.done(format_args!(
        "promoted {} from {} to {}",
        done.version, args.from, args.to
    ));
    report(&project, &done, args.rollout, output);
    Ok(())
}
