//! `airlock self-update`: replaces this very binary by the newer one that a remote configuration names.

mod installation;
mod start;

use airlock_foreign::remote_config::{DownloadUrl, RemoteConfig, UpdaterRelease, Updates, Version};
use airlock_protocol::{Checksum, ChecksumAlgorithm, Code};
use clap::Args;
use serde_json::json;

use crate::exit::Failure;
use crate::output::{Output, bytes};
use crate::progress::Bars;
use crate::remote::{Expected, SourceArgs, download};
use installation::Installation;

const AFTER_HELP: &str = "\
Examples:
  airlock self-update --config https://updates.example.com/airlock.json --public-key airlock.pub
  airlock self-update --config https://updates.example.com/airlock.json --public-key airlock.pub \\
                      --strict-verification --state airlock.counter

The configuration's instance.latestVersion, latestUrl and latestChecksum name the new binary; without a \
checksum, and with an MD5, it is refused. It is downloaded beside the running one, verified and started once \
with --version before it takes its place, and once more after. The old one stays as airlock.previous until \
then, and comes back if the new one does not start. At every instant a working airlock is at its path.

Exit codes: 0 done, or up to date, or updates are stopped by the publisher; 2 usage or key, 104 the \
configuration or an answer is unusable, 107 download failed, 115 checksum wrong, missing or too weak, 118 the \
configuration's signature is missing or wrong, 119 an older configuration, 121 the new binary does not start, \
122 no space, 123 storage failure, 124 another update is running.";

/// Replace this binary by the newest one, verified
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SelfUpdateArgs {
    #[command(flatten)]
    source: SourceArgs,
}

const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A newer binary, with all that is needed to take it.
struct Offer<'a> {
    version: &'a Version,
    url: &'a DownloadUrl,
    checksum: Checksum,
}

/// Updates and says what came of it.
pub(crate) fn run(args: &SelfUpdateArgs, output: &Output) -> Result<(), Failure> {
    let installation = Installation::running()?;
    // This process has started, so its predecessor is not needed any more.
    installation.clean();
    let transport = args.source.transport();
    let loaded = args.source.load(&transport, output)?;
    if loaded.config.updates() == Updates::Disabled {
        output.done("the publisher has stopped all updates; nothing was changed");
        output.result(&json!({ "result": "disabled", "version": OWN_VERSION }));
        return Ok(());
    }
    let Some(updater) = newer(&loaded.config)? else {
        output.done(format_args!("airlock {OWN_VERSION} is up to date"));
        output.result(&json!({ "result": "up-to-date", "version": OWN_VERSION }));
        return Ok(());
    };
    let offer = offer(args, updater, output)?;

    let name = format!("airlock {}", offer.version);
    let expected = Expected {
        name: &name,
        url: offer.url,
        size: None,
        checksum: Some(offer.checksum),
    };
    let mut incoming = installation.incoming()?;
    let received = download(&transport, &expected, incoming.file()?, &Bars::new(output))?;
    let started = incoming.install()?;

    output.done(format_args!(
        "updated {} from {OWN_VERSION} to {}",
        installation.path().display(),
        offer.version
    ));
    if Version::read(&started) != *offer.version {
        output.warn(format_args!(
            "the new binary calls itself {started:?}, and the configuration calls it {}; it will be offered \
             again if that is lower",
            offer.version
        ));
    }
    output.fields(&[
        ("size", bytes(received.bytes)),
        ("checksum", received.checksum.to_string()),
    ]);
    output.result(&json!({
        "result": "updated", "from": OWN_VERSION, "version": offer.version.to_string(),
        "path": installation.path().display().to_string(), "bytes": received.bytes,
        "checksum": { "checksum": received.checksum.to_hex(), "checksumAlg": received.checksum.algorithm().as_str() },
        "signature": if loaded.trusted_comment.is_some() { "verified" } else { "unchecked" },
    }));
    Ok(())
}

/// The updater that the configuration names, if it is newer than this one.
fn newer(config: &RemoteConfig) -> Result<Option<&UpdaterRelease>, Failure> {
    let Some(updater) = config.updater() else {
        return Ok(None);
    };
    if !updater.version.is_readable() {
        return Err(unusable(format!(
            "instance.latestVersion {:?} is not a version",
            updater.version.to_string()
        )));
    }
    Ok((updater.version > Version::read(OWN_VERSION)).then_some(updater))
}

/// Everything that can be refused before the first byte is downloaded.
fn offer<'a>(
    args: &SelfUpdateArgs,
    updater: &'a UpdaterRelease,
    output: &Output,
) -> Result<Offer<'a>, Failure> {
    let version = &updater.version;
    let url = updater.url.as_ref().ok_or_else(|| {
        unusable(format!(
            "it offers airlock {version} without an instance.latestUrl"
        ))
    })?;
    let refused = |what: &str| {
        Failure::new(
            Code::ChecksumMismatch,
            format!("airlock {version} {what}: publish its SHA256 as instance.latestChecksum"),
        )
    };
    let checksum = updater
        .checksum
        .ok_or_else(|| refused("has no checksum, and a binary is never replaced without one"))?;
    if checksum.algorithm() == ChecksumAlgorithm::Md5 {
        return Err(refused("has an MD5, which is never enough for a binary"));
    }
    let name = format!("airlock {version}");
    if let Some(warning) = args.source.strictness().judge(&name, Some(&checksum))? {
        output.warn(format_args!("{name}: {warning}"));
    }
    Ok(Offer {
        version,
        url,
        checksum,
    })
}

fn unusable(detail: String) -> Failure {
    Failure::new(
        Code::ResponseUnusable,
        format!("the remote configuration cannot be used: {detail}"),
    )
}
