//! `airlock keys generate`: a key pair, and nothing else.

use std::path::PathBuf;

use airlock_publisher::key::PrivateKey;
use airlock_publisher::{public_path, write_key_pair};
use clap::Args;
use serde_json::json;

use super::NewKeyType;
use super::holders::Protect;
use crate::exit::Failure;
use crate::output::Output;

const AFTER_HELP: &str = "\
Examples:
  airlock keys generate keys/root-b.pem
  airlock keys generate online.pem --key-type ecdsa-p256 --passphrase-file words.txt

Writes FILE, mode 0600, and its public half beside it (`root-b.pub.pem`). The key means nothing until `airlock \
keys rotate` or `airlock keys split` gives it a role.

Exit codes: 0 done, 2 usage, or one of the files is there already, 122 no space, 123 storage failure.";

/// Make a key pair
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct GenerateArgs {
    /// Where the private key goes, for example keys/root-b.pem; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The kind of the key
    #[arg(long, value_name = "TYPE", value_enum, default_value_t = NewKeyType::Ed25519)]
    key_type: NewKeyType,
    #[command(flatten)]
    protect: Protect,
}

/// Makes it and says what it is called.
pub(crate) fn run(args: &GenerateArgs, output: &Output) -> Result<(), Failure> {
    let is_public = |name: &std::ffi::OsStr| name.to_string_lossy().ends_with(".pub.pem");
    if args.file.file_name().is_some_and(is_public) {
        return Err(Failure::usage(
            "name the private key, for example keys/root-b.pem: the public one is written beside it",
        ));
    }
    let protection = args.protect.protection(output)?;
    let key = PrivateKey::generate(args.key_type.into())?;
    write_key_pair(&args.file, &key, &protection)?;
    let public = key.public_key()?;
    output.done(format_args!("made {}", args.file.display()));
    output.fields(&[
        ("key", public.key_id()),
        ("type", key.key_type().to_string()),
        ("public half", public_path(&args.file).display().to_string()),
    ]);
    output.result(&json!({
        "path": args.file, "publicPath": public_path(&args.file),
        "keyid": public.key_id(), "type": key.key_type().to_string(), "publicKey": public.to_pem(),
    }));
    Ok(())
}
