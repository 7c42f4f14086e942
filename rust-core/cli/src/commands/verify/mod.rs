//! `airlock verify`: what a device checks, on the desk.

mod plain;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use airlock_engine::install::{Depth, verify_tree};
use airlock_foreign::PlainChecksumJson;
use airlock_protocol::envelope::Envelope;
use airlock_protocol::keys::PublicKeys;
use airlock_protocol::tuf::Anchor;
use airlock_protocol::{CHECKSUM_FILE, ChecksumJson, Code, SIGNATURE_FILE, limits};
use airlock_publisher::audit;
use clap::Args;
use serde_json::json;

use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::{Output, bytes};
use crate::progress::Bars;
use crate::subject::{Subject, unpack_archive};

const AFTER_HELP: &str = "\
Examples:
  airlock verify repository --public-key keys/root.pub.pem
  airlock verify app-1.4.2.zip --public-key keys/release.pub.pem
  airlock verify dist                         a folder packed with --in-place
  airlock verify releases/1.4.2 --strict-verification

A folder or archive with an older checksum.json ({id, timestamp, files}) is checked too: every listed file, none \
more. Nothing signs that form, so it is refused with --public-key; MD5 and SHA-1 hashes are warned of, and refused \
with --strict-verification.

A bundle is signed with the release key, a repository hangs on the root key. Without --public-key only \
hashes are checked, and a repository is checked against its own first root.

Exit codes: 0 all as it must be, 2 usage or key, 115 a file is missing, added or differs, 116 signature \
invalid or missing, 118 metadata invalid or expired, 120 an unsafe archive or path, 123 storage failure.";

/// Check a packed folder, an archive or a repository as a device would
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct VerifyArgs {
    /// A packed folder, a zip archive, a repository, or a project folder with one
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// A file with a PEM public key that must have signed it; may be repeated, any one of them is enough
    #[arg(long, value_name = "FILE")]
    public_key: Vec<PathBuf>,
    /// Refuse an older checksum.json whose hashes are MD5 or SHA-1
    #[arg(long)]
    strict_verification: bool,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Verifies and says what was found.
pub(crate) fn run(args: &VerifyArgs, output: &Output) -> Result<(), Failure> {
    let keys = read_keys(&args.public_key)?;
    match Subject::at(&args.path)? {
        Subject::Bundle(folder) => verify_bundle(args, "bundle", &folder, keys.as_ref(), output),
        Subject::Archive(file) => {
            let folder = unpack_archive(&file)?;
            verify_bundle(args, "archive", folder.path(), keys.as_ref(), output)
        }
        Subject::Repository(folder) => verify_repository(args, &folder, keys, output),
    }
}

fn read_keys(files: &[PathBuf]) -> Result<Option<PublicKeys>, Failure> {
    if files.is_empty() {
        return Ok(None);
    }
    let read = |file: &PathBuf| {
        fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("cannot read --public-key {}: {error}", file.display())))
    };
    let pems = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(PublicKeys::from_pems(&pems, 1)?))
}

fn verify_bundle(
    args: &VerifyArgs,
    kind: &str,
    folder: &Path,
    keys: Option<&PublicKeys>,
    output: &Output,
) -> Result<(), Failure> {
    if is_plain(folder)? {
        return plain::verify(args, kind, folder, keys, output);
    }
    let checksum = verify_tree(folder, None, Depth::Bytes)?;
    let signature = verify_signature(folder, keys)?;
    report_bundle(args, kind, &checksum, signature, output);
    Ok(())
}

/// Whether the checksum.json says of itself that it is of the older form. It says so freely: what is won by it is
/// only ever less trust, because a key that was given refuses that form.
fn is_plain(folder: &Path) -> Result<bool, Failure> {
    let too_long = limits::CHECKSUM_JSON_BYTES.saturating_add(1);
    let mut bytes = Vec::new();
    match File::open(folder.join(CHECKSUM_FILE)) {
        Ok(file) => file.take(too_long).read_to_end(&mut bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => Err(error),
    }
    .map_err(|error| Failure::new(Code::StorageFailure, format!("reading the bundle: {error}")))?;
    Ok(PlainChecksumJson::is_written_in(&bytes))
}

/// What is known about the signature: a word for programs, also shown to people.
fn verify_signature(folder: &Path, keys: Option<&PublicKeys>) -> Result<&'static str, Failure> {
    let path = folder.join(SIGNATURE_FILE);
    match (keys, path.is_file()) {
        (None, true) => Ok("unchecked"),
        (None, false) => Ok("none"),
        (Some(_), false) => Err(Failure::new(
            Code::SignatureMissing,
            format!("{CHECKSUM_FILE} is not signed: pack it again with --key"),
        )),
        (Some(keys), true) => {
            let storage = |error| Failure::new(Code::StorageFailure, format!("reading the bundle: {error}"));
            let payload = fs::read(folder.join(CHECKSUM_FILE)).map_err(storage)?;
            Envelope::parse(&fs::read(path).map_err(storage)?)?.verify(&payload, keys)?;
            Ok("verified")
        }
    }
}

fn report_bundle(args: &VerifyArgs, kind: &str, checksum: &ChecksumJson, signature: &str, output: &Output) {
    output.done(format_args!(
        "{} is the bundle that its {CHECKSUM_FILE} describes",
        args.path.display()
    ));
    output.fields(&[
        ("bundle", checksum.id().to_string()),
        ("app", checksum.app_id().to_string()),
        (
            "version",
            format!("{} (sequence {})", checksum.version(), checksum.sequence()),
        ),
        (
            "files",
            format!("{}, {}", checksum.files().len(), bytes(checksum.total_size())),
        ),
        ("signature", signature.to_owned()),
    ]);
    if signature == "unchecked" {
        output.warn("the signature was not checked: name the release key with --public-key");
    }
    output.result(&json!({
        "kind": kind,
        "signature": signature,
        "bundle": {
            "id": checksum.id(), "appId": checksum.app_id(), "version": checksum.version(),
            "sequence": checksum.sequence(), "files": checksum.files().len(),
            "totalBytes": checksum.total_size(),
        },
    }));
}

fn verify_repository(
    args: &VerifyArgs,
    folder: &Path,
    keys: Option<PublicKeys>,
    output: &Output,
) -> Result<(), Failure> {
    let anchored = keys.is_some();
    let anchor = match keys {
        Some(keys) => Anchor::Keys(keys),
        None => Anchor::Root(first_root(folder)?),
    };
    let report = audit::repository(folder, &anchor, args.clock.now(), &Bars::new(output))?;
    output.done(format_args!(
        "{} is a repository that devices accept",
        folder.display()
    ));
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (channel, releases) in &report.channels {
        let newest = releases.last().map_or_else(
            || "no release yet".to_owned(),
            |last| {
                format!(
                    "{} releases, newest {} (sequence {})",
                    releases.len(),
                    last.version,
                    last.sequence
                )
            },
        );
        rows.push((channel.as_str(), newest));
    }
    rows.push((
        "checked",
        format!("{} files, {}", report.files, bytes(report.total_bytes)),
    ));
    output.fields(&rows);
    if !anchored {
        output.warn("the first root was taken on trust: name the root key with --public-key");
    }
    let channels: serde_json::Map<_, _> = report
        .channels
        .iter()
        .map(|(name, releases)| {
            (
                name.to_string(),
                json!({"releases": releases.len(),
            "newest": releases.last().map(|newest| newest.sequence)}),
            )
        })
        .collect();
    output.result(&json!({
        "kind": "repository",
        "signature": if anchored { "verified" } else { "unchecked" },
        "channels": channels,
        "files": report.files,
        "totalBytes": report.total_bytes,
        "versions": {
            "root": report.versions.root, "timestamp": report.versions.timestamp,
            "snapshot": report.versions.snapshot, "targets": report.versions.targets,
        },
    }));
    Ok(())
}

fn first_root(folder: &Path) -> Result<Vec<u8>, Failure> {
    let path = folder.join("metadata/1.root.json");
    fs::read(&path).map_err(|error| {
        Failure::new(
            Code::MetadataInvalid,
            format!(
                "reading {}: {error}; name the root key with --public-key",
                path.display()
            ),
        )
    })
}
