//! `airlock keys`: make keys, see who may sign what, replace keys, share a role among several.

mod generate;
mod holders;
mod list;
mod rotate;
mod split;

use clap::{Args, Subcommand, ValueEnum};

use airlock_publisher::key::KeyType;

use crate::exit::Failure;
use crate::output::Output;

const AFTER_HELP: &str = "\
Examples:
  airlock keys list                             who may sign what, and until when that is good
  airlock keys generate keys/spare.pem
  airlock keys rotate --role release            the release key was stolen, or a year has passed
  airlock keys split --role root --threshold 2 --key a.pem --key b.pem --key c.pub.pem

Roles: `root` says which keys count. `targets` says which keys the channels have, each channel lists its \
releases, `snapshot` and `timestamp` say what is current. `release` means all of these but root, `online` means \
snapshot and timestamp. A channel is named by its name.";

/// Make keys, see who may sign what, replace keys, share a role among several
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Generate(generate::GenerateArgs),
    List(list::ListArgs),
    Rotate(rotate::RotateArgs),
    Split(split::SplitArgs),
}

/// Carries out the verb.
pub(crate) fn run(args: &KeysArgs, output: &Output) -> Result<(), Failure> {
    match &args.verb {
        Verb::Generate(args) => generate::run(args, output),
        Verb::List(args) => list::run(args, output),
        Verb::Rotate(args) => rotate::run(args, output),
        Verb::Split(args) => split::run(args, output),
    }
}

/// The kinds of keys that are made.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum NewKeyType {
    /// Ed25519: short, fast, the usual choice
    Ed25519,
    /// ECDSA with P-256: for key stores that know nothing newer
    EcdsaP256,
}

impl From<NewKeyType> for KeyType {
    fn from(key_type: NewKeyType) -> KeyType {
        match key_type {
            NewKeyType::Ed25519 => KeyType::Ed25519,
            NewKeyType::EcdsaP256 => KeyType::EcdsaP256,
        }
    }
}
