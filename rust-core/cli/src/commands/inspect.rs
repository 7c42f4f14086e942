//! `airlock inspect`: what is in a bundle, an archive or a repository. It tells; `verify` judges.

use std::fs;
use std::path::{Path, PathBuf};

use airlock_protocol::{CHECKSUM_FILE, ChecksumJson, Code, SIGNATURE_FILE};
use clap::Args;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::{Output, STRONG, bytes};
use crate::repository_view::RepositoryView;
use crate::subject::{Subject, unpack_archive};

/// How many files of a bundle are listed for people; all of them with `--files` or `--json`.
const LARGEST: usize = 5;

const AFTER_HELP: &str = "\
Examples:
  airlock inspect app-1.4.2.zip
  airlock inspect repository --json | jq '.channels[].releases[-1]'
  airlock inspect dist --files

Exit codes: 0 done, 2 usage, 118 unreadable checksum.json or metadata, 120 an archive that devices refuse, \
123 storage failure.";

/// Show what is in a packed folder, an archive or a repository
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct InspectArgs {
    /// A packed folder, a zip archive, a repository, or a project folder with one
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// List every file of the bundle, not only the largest
    #[arg(long)]
    files: bool,
}

/// Shows it.
pub(crate) fn run(args: &InspectArgs, output: &Output) -> Result<(), Failure> {
    match Subject::at(&args.path)? {
        Subject::Bundle(folder) => show_bundle(args, "bundle", &folder, output),
        Subject::Archive(file) => {
            let folder = unpack_archive(&file)?;
            show_bundle(args, "archive", folder.path(), output)
        }
        Subject::Repository(folder) => show_repository(&folder, output),
    }
}

fn show_bundle(args: &InspectArgs, kind: &str, folder: &Path, output: &Output) -> Result<(), Failure> {
    let path = folder.join(CHECKSUM_FILE);
    let text = fs::read(&path).map_err(|error| {
        Failure::new(
            Code::TreeInvalid,
            format!("the bundle has no readable {CHECKSUM_FILE}: {error}"),
        )
    })?;
    let checksum = ChecksumJson::parse(&text)?;
    let signed = folder.join(SIGNATURE_FILE).is_file();
    output.say(format_args!(
        "{STRONG}{} {}{STRONG:#}",
        checksum.app_id(),
        checksum.version()
    ));
    output.fields(&[
        ("bundle", checksum.id().to_string()),
        ("sequence", checksum.sequence().to_string()),
        ("packed", checksum.timestamp().to_rfc3339()),
        (
            "expires",
            checksum
                .expires()
                .map_or_else(|| "never".to_owned(), |moment| moment.to_rfc3339()),
        ),
        (
            "platforms",
            join_or(checksum.platforms().iter().map(ToString::to_string), "all"),
        ),
        (
            "native",
            join_or(
                checksum
                    .native()
                    .iter()
                    .map(|(on, range)| format!("{on} {range}")),
                "any version",
            ),
        ),
        (
            "files",
            format!("{}, {}", checksum.files().len(), bytes(checksum.total_size())),
        ),
        ("signed", if signed { "yes" } else { "no" }.to_owned()),
    ]);
    show_files(args, &checksum, output);
    let mut value: Value = serde_json::from_slice(&text).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("kind".into(), json!(kind));
        fields.insert("signed".into(), json!(signed));
        fields.insert("totalBytes".into(), json!(checksum.total_size()));
    }
    output.result(&value);
    Ok(())
}

fn show_files(args: &InspectArgs, checksum: &ChecksumJson, output: &Output) {
    let mut files: Vec<_> = checksum.files().iter().collect();
    if !args.files {
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        files.truncate(LARGEST);
    }
    let title = if args.files { "Files" } else { "Largest files" };
    output.table(
        title,
        &["size", "path"],
        &files
            .iter()
            .map(|file| vec![bytes(file.size), file.path.as_str().to_owned()])
            .collect::<Vec<_>>(),
    );
}

fn show_repository(folder: &Path, output: &Output) -> Result<(), Failure> {
    let view = RepositoryView::read(folder)?;
    output.table("Metadata", &["role", "version", "expires"], &view.role_rows());
    for channel in &view.channels {
        let title = format!("Channel {}", channel.name);
        output.table(
            &title,
            &["sequence", "version", "rollout", "archive", "notes"],
            &channel.release_rows(),
        );
    }
    output.say("Not verified here; `airlock verify` does that.");
    output.result(&view);
    Ok(())
}

fn join_or(words: impl Iterator<Item = String>, none: &str) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        none.to_owned()
    } else {
        words.join(", ")
    }
}
