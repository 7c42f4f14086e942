//! `airlock verify`: what a device checks, on the desk.

mod plain;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use airlock_engine::install::{Contents, Depth, unpack, verify_tree};
use airlock_engine::ports::RealDisk;
use airlock_foreign::PlainChecksumJson;
use airlock_protocol::envelope::Envelope;
use airlock_protocol::keys::{PublicKey, PublicKeys};
use airlock_protocol::tuf::{Anchor, Target};
use airlock_protocol::{CHECKSUM_FILE, ChecksumJson, Code, SIGNATURE_FILE, limits};
use airlock_publisher::SignedRole;
use airlock_publisher::audit::{self, Report};
use clap::Args;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::{Output, bytes};
use crate::progress::Bars;
use crate::subject::{Subject, unpack_archive};

const AFTER_HELP: &str = "\
Examples:
  airlock verify repository --public-key keys/root.pub.pem
  airlock verify repository --public-key a.pub.pem --public-key b.pub.pem --threshold 2
  airlock verify app-1.4.2.zip --public-key keys/release.pub.pem
  airlock verify dist                         a folder packed with --in-place
  airlock verify releases/1.4.2 --strict-verification

A folder or archive with an older checksum.json ({id, timestamp, files}) is checked too: every listed file, none \
more. Nothing signs that form, so it is refused with --public-key; MD5 and SHA-1 hashes are warned of, and refused \
with --strict-verification.

A bundle is signed with the release key, a repository hangs on the root key: name the one that the app was \
built with, however often it was replaced since. Of a repository everything is checked that a device would \
check, for every channel and release, up to unpacking each archive; the table says who signed each role. \
Without --public-key only hashes are checked, and a repository is checked against its own first root.

Exit codes: 0 all as it must be, 2 usage or key, 115 a file is missing, added or differs, 116 signature \
invalid or missing, 118 metadata invalid or expired, 120 an unsafe archive or path, 123 storage failure.";

/// Check a packed folder, an archive or a repository as a device would
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct VerifyArgs {
    /// A packed folder, a zip archive, a repository, or a project folder with one
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// A file with a PEM public key that must have signed it; may be repeated
    #[arg(long, value_name = "FILE")]
    public_key: Vec<PathBuf>,
    /// How many of these keys must have signed
    #[arg(long, value_name = "K", default_value_t = 1, requires = "public_key")]
    threshold: u32,
    /// Refuse an older checksum.json whose hashes are MD5 or SHA-1
    #[arg(long)]
    strict_verification: bool,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Verifies and says what was found.
pub(crate) fn run(args: &VerifyArgs, output: &Output) -> Result<(), Failure> {
    let keys = read_keys(&args.public_key, args.threshold)?;
    match Subject::at(&args.path)? {
        Subject::Bundle(folder) => verify_bundle(args, "bundle", &folder, keys.as_ref(), output),
        Subject::Archive(file) => {
            let folder = unpack_archive(&file)?;
            verify_bundle(args, "archive", folder.path(), keys.as_ref(), output)
        }
        Subject::Repository(folder) => verify_repository(args, &folder, keys, output),
    }
}

fn read_keys(files: &[PathBuf], threshold: u32) -> Result<Option<PublicKeys>, Failure> {
    if files.is_empty() {
        return Ok(None);
    }
    let read = |file: &PathBuf| {
        fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("cannot read --public-key {}: {error}", file.display())))
    };
    let pems = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(PublicKeys::from_pems(&pems, threshold)?))
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
    let checksum = verify_tree(&RealDisk, folder, None, Depth::Bytes)?;
    let signature = verify_signature(folder, keys)?;
    report_bundle(args, kind, &checksum, &signature, output);
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

/// What is known about the signature.
struct Verdict {
    /// A word for programs.
    word: &'static str,
    /// The ids of the keys that have signed.
    signed_by: Vec<String>,
}

impl Verdict {
    fn without_key(word: &'static str) -> Verdict {
        Verdict {
            word,
            signed_by: Vec::new(),
        }
    }
}

fn verify_signature(folder: &Path, keys: Option<&PublicKeys>) -> Result<Verdict, Failure> {
    let path = folder.join(SIGNATURE_FILE);
    match (keys, path.is_file()) {
        (None, true) => Ok(Verdict::without_key("unchecked")),
        (None, false) => Ok(Verdict::without_key("none")),
        (Some(_), false) => Err(Failure::new(
            Code::SignatureMissing,
            format!("{CHECKSUM_FILE} is not signed: pack it again with --key"),
        )),
        (Some(keys), true) => {
            let storage = |error| Failure::new(Code::StorageFailure, format!("reading the bundle: {error}"));
            let payload = fs::read(folder.join(CHECKSUM_FILE)).map_err(storage)?;
            let envelope = Envelope::parse(&fs::read(path).map_err(storage)?)?;
            envelope.verify(&payload, keys)?;
            let has_signed = |key: &&PublicKey| {
                PublicKeys::new(vec![(*key).clone()], 1)
                    .is_ok_and(|alone| envelope.verify(&payload, &alone).is_ok())
            };
            Ok(Verdict {
                word: "verified",
                signed_by: keys.iter().filter(has_signed).map(PublicKey::key_id).collect(),
            })
        }
    }
}

fn report_bundle(
    args: &VerifyArgs,
    kind: &str,
    checksum: &ChecksumJson,
    signature: &Verdict,
    output: &Output,
) {
    let shown = match signature.signed_by.as_slice() {
        [] => signature.word.to_owned(),
        ids => format!("{} with {}", signature.word, short(ids)),
    };
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
        ("signature", shown),
    ]);
    if signature.word == "unchecked" {
        output.warn("the signature was not checked: name the release key with --public-key");
    }
    output.result(&json!({
        "kind": kind,
        "signature": signature.word,
        "signedBy": signature.signed_by,
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
    let archives = unpack_all(folder, &report)?;
    output.done(format_args!(
        "{} is a repository that devices accept",
        folder.display()
    ));
    output.fields(&summary(&report, archives));
    output.table(
        "Roles",
        &ROLE_HEADER,
        &report.roles.iter().map(role_row).collect::<Vec<_>>(),
    );
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
        "roles": report.roles.iter().map(role_json).collect::<Vec<_>>(),
        "files": report.files,
        "archives": archives,
        "totalBytes": report.total_bytes,
        "versions": {
            "root": report.versions.root, "timestamp": report.versions.timestamp,
            "snapshot": report.versions.snapshot, "targets": report.versions.targets,
        },
    }));
    Ok(())
}

const ROLE_HEADER: [&str; 5] = ["role", "version", "expires", "needs", "signed by"];

fn role_row(role: &SignedRole) -> Vec<String> {
    let ids: Vec<String> = role.signed_by.iter().map(PublicKey::key_id).collect();
    vec![
        role.role.to_string(),
        role.version.to_string(),
        role.expires.to_rfc3339(),
        format!("{} of {}", role.threshold, role.keys.len()),
        short(&ids),
    ]
}

fn role_json(role: &SignedRole) -> Value {
    let ids = |keys: &[PublicKey]| keys.iter().map(PublicKey::key_id).collect::<Vec<_>>();
    json!({
        "role": role.role.to_string(), "version": role.version, "expires": role.expires,
        "threshold": role.threshold, "keys": ids(&role.keys), "signedBy": ids(&role.signed_by),
    })
}

fn short(ids: &[String]) -> String {
    let short: Vec<String> = ids.iter().map(|id| id.chars().take(12).collect()).collect();
    short.join(", ")
}

fn summary(report: &Report, archives: usize) -> Vec<(&str, String)> {
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
    let files = format!(
        "{} files, {}; {archives} archives unpacked",
        report.files,
        bytes(report.total_bytes)
    );
    rows.push(("checked", files));
    rows
}

/// Unpacks every archive under the device's strict profile and holds each file against checksum.json; how many
/// there were.
fn unpack_all(folder: &Path, report: &Report) -> Result<usize, Failure> {
    let mut count = 0;
    for release in report.channels.values().flatten() {
        let Some(archive) = &release.archive else { continue };
        let place = |target: &Target| folder.join("targets").join(target.url_path());
        let read = |error: io::Error| {
            Failure::new(Code::StorageFailure, format!("reading {}: {error}", archive.name))
        };
        let description = fs::read(place(&release.checksum)).map_err(read)?;
        let checksum = ChecksumJson::parse(&description)?;
        let mut file = File::open(place(archive)).map_err(read)?;
        let scratch = tempfile::TempDir::with_prefix("airlock-").map_err(|error| {
            Failure::new(
                Code::StorageFailure,
                format!("creating a temporary folder: {error}"),
            )
        })?;
        let contents = Contents::Described(&checksum, &description);
        unpack(&RealDisk, &mut file, contents, scratch.path())
            .map_err(|error| Failure::new(error.code(), format!("{}: {error}", archive.name)))?;
        count += 1;
    }
    Ok(count)
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
