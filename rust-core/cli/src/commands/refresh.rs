//! `airlock refresh`: sign what is published anew, before the signatures run out.

use std::path::{Path, PathBuf};

use airlock_protocol::UnixMillis;
use airlock_publisher::{KeyGroup, Lifetimes, Project, Repository, RoleName};
use clap::Args;
use serde_json::json;

use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::Output;
use crate::signing::SigningArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock refresh                         from a weekly job, with AIRLOCK_PASSPHRASE set
  airlock refresh --project updates --root     once a year, with the root key back in its place

Devices stop listening to a repository whose signatures are older than 14 days (timestamp), 90 days \
(channels) or a year (root): that is how they notice a server that hides new releases. Nothing new is \
published by this.

Exit codes: 0 done, 2 usage or project, 118 the repository does not verify, 122 no space, 123 storage \
failure, 124 another process is publishing.";

/// Sign the published releases anew, so that devices go on trusting the repository
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RefreshArgs {
    /// The folder of the project, where `airlock init` was run
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Renew the root metadata too; needs the private root key where airlock.json says it is
    #[arg(long)]
    root: bool,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Refreshes and says until when that is good.
pub(crate) fn run(args: &RefreshArgs, output: &Output) -> Result<(), Failure> {
    let project = Project::open(&args.project)?;
    let mut repository = project.open_repository(project.lock()?)?;
    let ask = |path: &Path| args.signing.passphrase.existing(path);
    let groups: &[KeyGroup] = if args.root {
        &[KeyGroup::Root, KeyGroup::Release]
    } else {
        &[KeyGroup::Release]
    };
    let signers = args.signing.signers(&project, groups, &ask)?;
    let now = args.clock.now();
    if args.root {
        repository.renew_root(&signers, now)?;
    } else {
        repository.refresh(&signers, now)?;
    }
    warn_of_waiting(&repository, now, output);
    let (expires, root_expires) = (repository.expires(), repository.root_expires());
    output.done(format_args!(
        "refreshed {}",
        project.repository_folder().display()
    ));
    output.fields(&[
        ("valid until", expires.to_rfc3339()),
        ("root until", root_expires.to_rfc3339()),
    ]);
    output.result(&json!({
        "repository": project.repository_folder(), "expires": expires, "rootExpires": root_expires,
    }));
    Ok(())
}

/// Targets and channels whose keys were not at hand: they run out unless somebody else refreshes them.
fn warn_of_waiting(repository: &Repository, now: UnixMillis, output: &Output) {
    let half_life = Lifetimes::TARGETS_DAYS * 24 * 60 * 60 * 1000 / 2;
    for state in repository.role_states() {
        let waits = matches!(state.role, RoleName::Targets | RoleName::Channel(_));
        if waits && state.expires.get() < now.get().saturating_add(half_life) {
            output.warn(format_args!(
                "{}.json runs out on {} and its keys are not at hand: run `airlock refresh` where they are",
                state.role,
                state.expires.to_rfc3339()
            ));
        }
    }
}
