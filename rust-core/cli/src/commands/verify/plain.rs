//! A bundle with an older checksum.json, which names files and hashes and is signed by nobody.

use std::path::Path;

use airlock_engine::install::verify_plain_tree;
use airlock_engine::ports::RealDisk;
use airlock_protocol::keys::PublicKeys;
use airlock_protocol::{CHECKSUM_FILE, Code, Strictness};
use serde_json::json;

use super::VerifyArgs;
use crate::exit::Failure;
use crate::output::Output;

/// Verifies and says what was found.
pub(super) fn verify(
    args: &VerifyArgs,
    kind: &str,
    folder: &Path,
    keys: Option<&PublicKeys>,
    output: &Output,
) -> Result<(), Failure> {
    if keys.is_some() {
        let text = format!(
            "{CHECKSUM_FILE} is of the older form, which nobody signs, and --public-key was given: pack the bundle \
             with `airlock pack --key`"
        );
        return Err(Failure::new(Code::SignatureMissing, text));
    }
    let list = verify_plain_tree(&RealDisk, folder)?;
    let strictness = match args.strict_verification {
        true => Strictness::Strict,
        false => Strictness::Lenient,
    };
    let warning = strictness.judge(CHECKSUM_FILE, list.weakest())?;
    output.done(format_args!(
        "{} holds the files that its {CHECKSUM_FILE} lists",
        args.path.display()
    ));
    let hashes = list
        .weakest()
        .map_or_else(String::new, |weakest| weakest.algorithm().to_string());
    output.fields(&[
        ("id", list.id().to_owned()),
        ("made", list.timestamp().to_rfc3339()),
        ("files", list.files().len().to_string()),
        ("hashes", format!("{hashes} or better")),
        ("signature", "none: the older form has none".to_owned()),
    ]);
    if let Some(warning) = &warning {
        output.warn(warning);
    }
    let warnings: Vec<String> = warning.iter().map(ToString::to_string).collect();
    output.result(&json!({
        "kind": kind,
        "signature": "none",
        "bundle": {
            "id": list.id(), "timestamp": list.timestamp(), "files": list.files().len(), "weakestHash": hashes,
        },
        "warnings": warnings,
    }));
    Ok(())
}
