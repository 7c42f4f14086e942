//! `airlock rollback`: older content again, under a new number.

use std::path::{Path, PathBuf};

use airlock_protocol::ChannelName;
use airlock_publisher::{KeyGroup, PatchBases, Project, Republication, Republished};
use clap::Args;
use serde_json::json;

use super::publish::{bases, channel, patches_json, sizes, warn_of_root};
use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::Output;
use crate::progress::Bars;
use crate::signing::SigningArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock rollback --to 1.4.2
  airlock rollback --to 1.4.2 --channel beta --notes 'Back to the old start page'
  airlock rollback --to 41                    by its sequence, when a version was published twice

Devices never go below what they have confirmed. So the old content gets the next sequence, and they take it as \
the newest; one that still has the tree downloads no archive. Platforms, native ranges and expiry are as they \
were. The release must still be in the repository: `airlock prune` removes old ones.

Exit codes: 0 done, 2 usage or project, 115 the old release's files are missing or damaged, 118 the repository \
does not verify, 122 no space, 123 storage failure, 124 another process is publishing.";

/// Publish an older release again, as the newest
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RollbackArgs {
    /// The version to go back to, or its sequence
    #[arg(long, value_name = "VERSION")]
    to: String,
    /// The channel [default: the project's first]
    #[arg(long, value_name = "NAME")]
    channel: Option<ChannelName>,
    /// Offer it to this share of devices only, 1 to 100
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    rollout: Option<u8>,
    /// What to tell people [default: what was said then]
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

/// Goes back and says what devices will see.
pub(crate) fn run(args: &RollbackArgs, output: &Output) -> Result<(), Failure> {
    let project = Project::open(&args.project)?;
    let channel = channel(&project, args.channel.as_ref())?;
    let what = Republication {
        from: channel,
        what: Some(&args.to),
        to: channel,
        rollout: args.rollout,
        notes: args.notes.clone(),
    };
    let done = republish(&project, &what, &args.signing, args.clock, output)?;
    output.done(format_args!("went back to {} on {channel}", done.version));
    report(&project, &done, args.rollout, output);
    Ok(())
}

/// What `rollback` and `promote` share.
pub(super) fn republish(
    project: &Project,
    what: &Republication<'_>,
    signing: &SigningArgs,
    clock: ClockArgs,
    output: &Output,
) -> Result<Republished, Failure> {
    let releases = PatchBases::default().releases;
    let repository = project.open_repository(project.lock()?)?;
    let mut repository = repository.with_patches_from(bases(project, releases)?);
    let ask = |path: &Path| signing.passphrase.existing(path);
    let signers = signing.signers(project, &[KeyGroup::Release], &ask)?;
    let now = clock.now();
    let done = repository.republish(what, project.app_id(), &signers, now, &Bars::new(output))?;
    warn_of_root(&repository, now, output);
    Ok(done)
}

/// What came of it.
pub(super) fn report(project: &Project, done: &Republished, rollout: Option<u8>, output: &Output) {
    let published = &done.published;
    output.fields(&[
        ("bundle", published.id.to_string()),
        ("sequence", format!("{} (was {})", published.sequence, done.was)),
        ("rollout", format!("{} %", rollout.unwrap_or(100))),
        ("repository", project.repository_folder().display().to_string()),
    ]);
    sizes(published, output);
    output.result(&json!({
        "channel": published.channel,
        "sequence": published.sequence,
        "was": done.was,
        "version": done.version,
        "id": published.id,
        "archiveBytes": published.archive_bytes,
        "filesBytes": published.files_bytes,
        "patches": patches_json(published),
        "repository": project.repository_folder(),
    }));
}
