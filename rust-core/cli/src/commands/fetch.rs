//! `airlock fetch`: the newest release that a remote configuration offers, verified, as a file.

use std::path::PathBuf;

use airlock_foreign::remote_config::{Links, Release, Selection, Version};
use airlock_protocol::Code;
use clap::Args;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::{Output, bytes};
use crate::progress::Bars;
use crate::remote::{Expected, Loaded, SourceArgs, download};
use crate::staged::Staged;

const AFTER_HELP: &str = "\
Examples:
  airlock fetch --config https://updates.example.com/updates.json --local-version 1.4.2 -o app.zip
  airlock fetch --config https://updates.example.com/updates.json --public-key updates.pub \\
                --strict-verification --state updates.counter --local-version 1.4.2 -o app.zip
  airlock fetch --config updates.json -o app.zip      a configuration on this machine

The file appears under its name when it is whole and verified, and not before. If the newest release is not \
newer than --local-version, nothing is downloaded and nothing is written. A --local-version that cannot be \
read counts as older than any.

Exit codes: 0 done, or up to date, or updates are stopped by the publisher; 2 usage or key, 104 the \
configuration or an answer is unusable, 107 download failed, 115 size or checksum, 118 the configuration's \
signature is missing or wrong, 119 an older configuration, 122 no space, 123 storage failure, 124 locked.";

/// Download the newest release of a remote configuration and verify it
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct FetchArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The version that is installed, for example 1.4.2 or 1.4.2.7 [default: none, so any release is newer]
    #[arg(long, value_name = "V")]
    local_version: Option<String>,
    /// Write the release here
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Fetches and says what came of it.
pub(crate) fn run(args: &FetchArgs, output: &Output) -> Result<(), Failure> {
    let local = args.local_version.as_deref().map(Version::read);
    if let Some(unreadable) = local.as_ref().filter(|version| !version.is_readable()) {
        output.warn(format_args!(
            "--local-version {:?} is not a version, so any release counts as newer",
            unreadable.to_string()
        ));
    }
    let transport = args.source.transport();
    let loaded = args.source.load(&transport, output)?;
    match loaded.config.select(local.as_ref()) {
        Selection::Outdated(release) => fetch(args, &loaded, release, output),
        Selection::UpToDate(release) => {
            output.done(format_args!(
                "up to date: the newest release is {}",
                release.version
            ));
            output.result(&json!({
                "result": "up-to-date", "version": release.version.to_string(), "links": links(&loaded),
            }));
            Ok(())
        }
        Selection::Disabled => {
            output.done("the publisher has stopped all updates; nothing was downloaded");
            output.result(&json!({ "result": "disabled", "links": links(&loaded) }));
            Ok(())
        }
        Selection::Empty => Err(Failure::new(
            Code::ResponseUnusable,
            "the remote configuration offers no release, or has disabled every one",
        )),
    }
}

fn fetch(args: &FetchArgs, loaded: &Loaded, release: &Release, output: &Output) -> Result<(), Failure> {
    let name = format!("the release {}", release.version);
    let warning = args.source.strictness().judge(&name, release.checksum.as_ref())?;
    if let Some(warning) = warning {
        output.warn(format_args!("{name}: {warning}"));
    }
    let expected = Expected {
        name: &name,
        url: &release.download_url,
        size: release.download_size,
        checksum: release.checksum,
    };
    let mut staged = Staged::beside(&args.output)?;
    let transport = args.source.transport();
    let to = (staged.file(), args.output.as_path());
    let received = download(&transport, &expected, to, &Bars::new(output))?;
    staged.persist()?;

    output.done(format_args!(
        "fetched {} to {}",
        release.version,
        args.output.display()
    ));
    let verified = match (&loaded.trusted_comment, &release.checksum) {
        (Some(_), Some(_)) => "by checksum; the configuration by its signature",
        (Some(_), None) => "no checksum; the configuration by its signature",
        (None, Some(_)) => "by checksum; the configuration unsigned",
        (None, None) => "no checksum; the configuration unsigned",
    };
    let mut rows = vec![
        ("name", release.name.clone()),
        ("published", release.published_at.clone().unwrap_or_default()),
        ("size", bytes(received.bytes)),
        ("checksum", received.checksum.to_string()),
        ("verified", verified.to_owned()),
        ("signer says", loaded.trusted_comment.clone().unwrap_or_default()),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    output.fields(&rows);
    output.result(&json!({
        "result": "fetched",
        "version": release.version.to_string(),
        "name": release.name,
        "summary": release.summary,
        "publishedAt": release.published_at,
        "file": args.output.display().to_string(),
        "bytes": received.bytes,
        "checksum": { "checksum": received.checksum.to_hex(), "checksumAlg": received.checksum.algorithm().as_str() },
        "checksumVerified": release.checksum.is_some(),
        "signature": if loaded.trusted_comment.is_some() { "verified" } else { "unchecked" },
        "trustedComment": loaded.trusted_comment,
        "ignored": loaded.config.ignored().collect::<Vec<_>>(),
        "links": links(loaded),
    }));
    Ok(())
}

/// Pages for people, for whoever shows them.
fn links(loaded: &Loaded) -> Value {
    let Links {
        emergency,
        help,
        error_fallback,
    } = loaded.config.links();
    let text = |link: &Option<_>| {
        link.as_ref()
            .map(airlock_foreign::remote_config::Link::as_str)
            .map(str::to_owned)
    };
    json!({ "emergencyUrl": text(emergency), "helpUrl": text(help), "errorFallbackUrl": text(error_fallback) })
}
