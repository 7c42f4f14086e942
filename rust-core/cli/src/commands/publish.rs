//! `airlock publish`: a web folder becomes the newest release of a channel.

use std::path::{Path, PathBuf};

use airlock_protocol::{ChannelName, Sequence, UnixMillis};
use airlock_publisher::{
    Bundle, EmbeddedBundle, KeyGroup, Lifetimes, NewRelease, PatchBases, PatchOutcome, Project, Published,
    Repository, Signers, SingleFiles, WebTree,
};
use clap::Args;
use serde_json::json;

use crate::exit::Failure;
use crate::facts::FactsArgs;
use crate::output::{Output, bytes};
use crate::progress::Bars;
use crate::signing::SigningArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock publish dist --version 1.4.2
  airlock publish dist --version 1.5.0-beta.1 --channel beta --notes 'New start page'
  airlock publish dist --version 1.4.3 --embedded android/app/src/main/assets/public
  airlock publish dist --version 2.0.0 --rollout 10 --native 'android:>=2.0.0' --native 'ios:>=2.0.0'

To go back, see `airlock rollback`. \
Readers of the repository see all of a publication or nothing of it. Signed metadata runs out: timestamp \
after 14 days, channels after 90, so publish, or run `airlock refresh`, at least that often.

Exit codes: 0 done, 2 usage, project or a folder that is no bundle, 118 the repository does not verify, \
119 the sequence is not higher, 122 no space, 123 storage failure, 124 another process is publishing.";

/// Sign a web folder and publish it as the newest release
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct PublishArgs {
    /// The folder with the built web app; index.html at its root
    #[arg(value_name = "WEBDIR")]
    folder: PathBuf,
    #[command(flatten)]
    facts: FactsArgs,
    /// The folder of the project, where `airlock init` was run
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The channel [default: the project's first]
    #[arg(long, value_name = "NAME")]
    channel: Option<ChannelName>,
    /// The number that devices compare; higher is newer [default: the next]
    #[arg(long, value_name = "N")]
    sequence: Option<Sequence>,
    /// Offer it to this share of devices only, 1 to 100
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    rollout: Option<u8>,
    /// Mark it as one that the app should insist on
    #[arg(long)]
    mandatory: bool,
    /// What is new, for people
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Make patches from so many of the channel's latest releases
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(..=20))]
    patches: u8,
    /// Do not write each file by itself as well: for hosts where thousands of small objects are a burden
    #[arg(long)]
    no_single_files: bool,
    /// Remember what a store build embeds, so that its first update is a patch too; may be given several
    /// times. Copies are kept in
    /// `embedded/` beside the project file, for this and every later release
    #[arg(long, value_name = "DIR")]
    embedded: Vec<PathBuf>,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Publishes and says what devices will see.
pub(crate) fn run(args: &PublishArgs, output: &Output) -> Result<(), Failure> {
    let project = Project::open(&args.project)?;
    let channel = channel(&project, args.channel.as_ref())?;
    let bars = Bars::new(output);
    let repository = project.open_repository(project.lock()?)?;
    for folder in &args.embedded {
        EmbeddedBundle::register(folder, &project.embedded_folder(), &bars)?;
    }
    let files = match args.no_single_files {
        true => SingleFiles::LeftOut,
        false => SingleFiles::Written,
    };
    let bases = bases(&project, usize::from(args.patches))?;
    let mut repository = repository.with_patches_from(bases).with_files(files);
    let ask = |path: &Path| args.signing.passphrase.existing(path);
    let signers = args.signing.signers(&project, &[KeyGroup::Release], &ask)?;
    let published = publish(args, &project, channel, &mut repository, &signers, &bars)?;
    warn_of_root(&repository, args.facts.now(), output);
    report(args, &project, &published, output);
    Ok(())
}

/// So many releases, and whatever store builds embed.
pub(super) fn bases(project: &Project, releases: usize) -> Result<PatchBases, Failure> {
    Ok(PatchBases {
        releases,
        embedded: EmbeddedBundle::registered(&project.embedded_folder())?,
    })
}

/// The named channel, else the project's first.
pub(super) fn channel<'p>(
    project: &'p Project,
    name: Option<&ChannelName>,
) -> Result<&'p ChannelName, Failure> {
    match name {
        Some(name) => Ok(project.channel(name)?),
        None => project
            .default_channel()
            .ok_or_else(|| Failure::usage("name a channel with --channel")),
    }
}

fn publish(
    args: &PublishArgs,
    project: &Project,
    channel: &ChannelName,
    repository: &mut Repository,
    signers: &Signers<'_>,
    bars: &Bars,
) -> Result<Published, Failure> {
    let sequence = match args.sequence {
        Some(sequence) => sequence,
        None => repository.next_sequence()?,
    };
    repository.require_to_publish(channel, signers)?;
    let keys = repository.channel_keys(channel)?;
    let tree = WebTree::read(&args.folder, bars)?;
    let bundle = Bundle::describe(&tree, args.facts.fields(project.app_id(), sequence)?)?
        .signed(&signers.among(&keys))?;
    let release = NewRelease {
        bundle: &bundle,
        rollout: args.rollout,
        mandatory: args.mandatory,
        notes: args.notes.clone(),
    };
    Ok(repository.publish(channel, &release, signers, args.facts.now(), bars)?)
}

pub(super) fn warn_of_root(repository: &Repository, now: UnixMillis, output: &Output) {
    let expires = repository.root_expires();
    if expires.get()
        < now
            .get()
            .saturating_add(Lifetimes::ROOT_WARNING_DAYS * 24 * 60 * 60 * 1000)
    {
        output.warn(format_args!(
            "the root metadata expires on {}, and devices refuse the repository then: `airlock refresh --root`",
            expires.to_rfc3339()
        ));
    }
}

fn report(args: &PublishArgs, project: &Project, published: &Published, output: &Output) {
    output.done(format_args!(
        "published {} on {}",
        args.facts.version(),
        published.channel
    ));
    output.fields(&[
        ("bundle", published.id.to_string()),
        ("sequence", published.sequence.to_string()),
        ("rollout", format!("{} %", args.rollout.unwrap_or(100))),
        ("repository", project.repository_folder().display().to_string()),
    ]);
    sizes(published, output);
    output.result(&json!({
        "channel": published.channel,
        "sequence": published.sequence,
        "version": args.facts.version(),
        "id": published.id,
        "archiveBytes": published.archive_bytes,
        "filesBytes": published.files_bytes,
        "patches": patches_json(published),
        "repository": project.repository_folder(),
    }));
}

/// What an update costs a device, by what it has.
pub(super) fn sizes(published: &Published, output: &Output) {
    let share = |part: u64| match published.archive_bytes {
        0 => String::new(),
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        whole => format!("{:.1} %", part as f64 * 100.0 / whole as f64),
    };
    let mut rows = Vec::new();
    for patch in &published.patches {
        let what = format!("patch from {}", patch.from);
        rows.push(match &patch.outcome {
            PatchOutcome::Made(length) => vec![what, bytes(*length), share(*length)],
            PatchOutcome::NotWorthIt(length) => {
                vec![what, bytes(*length), "left out: saves too little".to_owned()]
            }
            PatchOutcome::Impossible(why) => vec![what, "-".to_owned(), format!("left out: {why}")],
        });
    }
    if let Some(files) = published.files_bytes {
        rows.push(vec![
            "all files one by one".to_owned(),
            bytes(files),
            share(files),
        ]);
    }
    rows.push(vec![
        "archive".to_owned(),
        bytes(published.archive_bytes),
        share(published.archive_bytes),
    ]);
    output.table(
        "What devices download",
        &["route", "size", "of the archive"],
        &rows,
    );
}

/// The patches for programs: `bytes` is null for one that was left out.
pub(super) fn patches_json(published: &Published) -> serde_json::Value {
    let patches = published.patches.iter().map(|patch| {
        let made = match patch.outcome {
            PatchOutcome::Made(length) => Some(length),
            PatchOutcome::NotWorthIt(_) | PatchOutcome::Impossible(_) => None,
        };
        json!({ "from": patch.id, "version": patch.from, "bytes": made })
    });
    patches.collect()
}
