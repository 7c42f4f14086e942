//! `airlock pack`: a web folder becomes a bundle, as a zip file or in place.

use std::path::{Path, PathBuf};

use airlock_protocol::{AppId, CHECKSUM_FILE, Code, Sequence};
use airlock_publisher::{Bundle, WebTree};
use clap::{ArgGroup, Args};
use serde_json::json;

use crate::exit::Failure;
use crate::facts::FactsArgs;
use crate::output::{Output, bytes};
use crate::progress::Bars;
use crate::signing::SigningArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock pack dist -o app-1.4.2.zip --app-id com.example.app --version 1.4.2 --sequence 42
  airlock pack dist --in-place --app-id com.example.app --version 1.4.2 --sequence 42 --key keys/release.pem

`--in-place` writes checksum.json (and checksum.json.sig) into the folder: run it before `npx cap sync`, \
and the app knows which bundle it embeds. Give an embedded bundle a lower sequence than the next release, or \
devices take it for the newer one. The same folder, options and --now give the same archive, byte for byte.

Exit codes: 0 done, 2 usage or a folder that is no bundle, 118 a version that is too long, 122 no space, \
123 storage failure.";

/// Pack a web folder as a bundle, without a repository
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, group(ArgGroup::new("into").required(true).args(["output", "in_place"])))]
pub(crate) struct PackArgs {
    /// The folder with the built web app; index.html at its root
    #[arg(value_name = "WEBDIR")]
    folder: PathBuf,
    /// Write the archive here
    #[arg(
        short,
        long,
        value_name = "ZIP",
        required_unless_present = "in_place",
        conflicts_with = "in_place"
    )]
    output: Option<PathBuf>,
    /// Write checksum.json into WEBDIR instead of an archive: what an app embeds
    #[arg(long)]
    in_place: bool,
    /// The id of the app, as in capacitor.config
    #[arg(long, value_name = "ID")]
    app_id: AppId,
    /// The number that devices compare; higher is newer
    #[arg(long, value_name = "N")]
    sequence: Sequence,
    #[command(flatten)]
    facts: FactsArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Packs and says what came of it.
pub(crate) fn run(args: &PackArgs, output: &Output) -> Result<(), Failure> {
    let fields = args.facts.fields(&args.app_id, args.sequence)?;
    let ask = |path: &Path| args.signing.passphrase.existing(path);
    let signers = args.signing.named(None, &ask)?;
    let bars = Bars::new(output);
    let tree = WebTree::read(&args.folder, &bars)?;
    let mut bundle = Bundle::describe(&tree, fields)?;
    if signers.public_keys().next().is_some() {
        bundle = bundle.signed(&signers)?;
    }
    let written = match &args.output {
        Some(path) => {
            bundle.write_archive_file(path, &bars)?;
            path.clone()
        }
        None => {
            bundle.write_in_place()?;
            args.folder.join(CHECKSUM_FILE)
        }
    };
    report(args, &bundle, &written, output)
}

fn report(args: &PackArgs, bundle: &Bundle<'_>, written: &Path, output: &Output) -> Result<(), Failure> {
    let checksum = bundle.checksum();
    let written_bytes = std::fs::metadata(written)
        .map_err(|error| {
            Failure::new(
                Code::StorageFailure,
                format!("reading {}: {error}", written.display()),
            )
        })?
        .len();
    output.done(format_args!(
        "packed {} as {}",
        args.folder.display(),
        written.display()
    ));
    output.fields(&[
        ("bundle", checksum.id().to_string()),
        (
            "version",
            format!("{} (sequence {})", checksum.version(), checksum.sequence()),
        ),
        (
            "files",
            format!(
                "{}, {} unpacked",
                checksum.files().len(),
                bytes(checksum.total_size())
            ),
        ),
        ("written", bytes(written_bytes)),
        (
            "signed",
            if bundle.signature().is_some() { "yes" } else { "no" }.to_owned(),
        ),
    ]);
    output.result(&json!({
        "path": written,
        "bytes": written_bytes,
        "bundle": {
            "id": checksum.id(), "version": checksum.version(), "sequence": checksum.sequence(),
            "files": checksum.files().len(), "totalBytes": checksum.total_size(),
        },
        "signed": bundle.signature().is_some(),
    }));
    Ok(())
}
