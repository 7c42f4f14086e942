//! `airlock prune`: old releases go.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use airlock_publisher::{KeyGroup, Project, Pruned};
use clap::Args;
use serde_json::json;

use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::{Output, bytes};
use crate::signing::SigningArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock prune --keep 10 --dry-run           what would go
  airlock prune --keep 10

Keeps the newest releases of each channel, and every older one that some device may still be offered: those that \
a staged rollout, a platform or a native version keeps from everything newer. What is removed can no longer be \
gone back to. Bundles on devices are not touched. The metadata goes first, so readers never see a name without \
its file; upload metadata/ before you delete anything on the server. Files that killed publications left, and \
metadata that is superseded, go too; root metadata stays for ever.

Exit codes: 0 done, 2 usage or project, 118 the repository does not verify, 122 no space, 123 storage failure, \
124 another process is publishing.";

/// Remove old releases from the repository
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct PruneArgs {
    /// How many of the newest releases of each channel stay, at least 1
    #[arg(long, value_name = "N")]
    keep: NonZeroU64,
    /// Show what would go, and change nothing; needs no key
    #[arg(long)]
    dry_run: bool,
    /// The folder of the project, where `airlock init` was run
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Prunes and says what went.
pub(crate) fn run(args: &PruneArgs, output: &Output) -> Result<(), Failure> {
    let project = Project::open(&args.project)?;
    let mut repository = project.open_repository(project.lock()?)?;
    let pruned = if args.dry_run {
        repository.prunable(args.keep)?
    } else {
        let ask = |path: &Path| args.signing.passphrase.existing(path);
        let signers = args.signing.signers(&project, &[KeyGroup::Release], &ask)?;
        repository.prune(args.keep, &signers, args.clock.now())?
    };
    report(args, &project, &pruned, output);
    Ok(())
}

fn report(args: &PruneArgs, project: &Project, pruned: &Pruned, output: &Output) {
    let rows: Vec<Vec<String>> = pruned
        .releases
        .iter()
        .map(|release| {
            vec![
                release.channel.to_string(),
                release.sequence.to_string(),
                release.version.clone(),
            ]
        })
        .collect();
    output.table("Releases", &["channel", "sequence", "version"], &rows);
    output.say("");
    let freed = format!("{} files, {}", pruned.files.len(), bytes(pruned.bytes));
    let repository = project.repository_folder();
    if args.dry_run {
        output.done(format_args!(
            "would free {freed} in {}; nothing was changed",
            repository.display()
        ));
    } else {
        output.done(format_args!("freed {freed} in {}", repository.display()));
    }
    let releases: Vec<_> = pruned
        .releases
        .iter()
        .map(|release| {
            json!({"channel": release.channel, "sequence": release.sequence, "version": release.version})
        })
        .collect();
    let name = |path: &PathBuf| path.strip_prefix(&repository).unwrap_or(path).to_owned();
    output.result(&json!({
        "dryRun": args.dry_run,
        "releases": releases,
        "files": pruned.files.iter().map(name).collect::<Vec<_>>(),
        "freedBytes": pruned.bytes,
    }));
}
