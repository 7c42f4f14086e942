//! `airlock keys split`: which keys have a role, and how many of them must sign.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use airlock_protocol::keys::PublicKeys;
use airlock_publisher::{KeyGroup, KeyReference, Project, Signers};
use clap::Args;

use super::holders::{self, Roles};
use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock keys split --role root --threshold 2 --key keys/root.pem --key b.pem --key c.pub.pem
  airlock keys split --role release --threshold 2 --key keys/release.pem --key ben.pub.pem
  airlock keys split --role online --key keys/ci.pem      the build server may refresh, not publish
  airlock keys split --role beta --key keys/beta.pem      a team that publishes on beta only

The named keys become the only ones of the role. Of a key that somebody else keeps, the public half is enough; \
at least THRESHOLD private halves must be here, because everything that hangs on the role is signed anew. \
Needs the root key as well (for a channel: the key of targets). From then on `publish` and `refresh` want as many \
keys: those in airlock.json, which is brought up to date, and those given with --key or --signer.

Exit codes: 0 done, 2 usage, project or a key that is missing, 118 the repository does not verify, 122 no space, \
123 storage failure, 124 another process is publishing.";

/// Share a role among several keys, or give it keys of its own
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SplitArgs {
    /// root, release, online, targets, snapshot, timestamp or a channel; may be repeated
    #[arg(long, value_name = "ROLE", required = true)]
    role: Vec<Roles>,
    /// How many of the keys must sign
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    threshold: u32,
    /// A key that gets the role: a private key, or the public half of one that is kept elsewhere; may be
    /// repeated
    #[arg(long, value_name = "PEM", required_unless_present = "signer")]
    key: Vec<PathBuf>,
    /// A program (KMS, HSM) whose key gets the role; its words are split at spaces; may be repeated
    #[arg(long, value_name = "COMMAND")]
    signer: Vec<String>,
    /// A present key that is not in airlock.json but has to sign; may be repeated
    #[arg(long, value_name = "PEM")]
    old_key: Vec<PathBuf>,
    /// The folder of the project, where `airlock init` was run
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Changes the holders and says what to do next.
pub(crate) fn run(args: &SplitArgs, output: &Output) -> Result<(), Failure> {
    let mut project = Project::open(&args.project)?;
    let mut repository = project.open_repository(project.lock()?)?;
    let ask = |path: &Path| args.passphrase.existing(path);
    let mut signers = Signers::new();
    for group in [KeyGroup::Root, KeyGroup::Release] {
        project.add_signers(group, &ask, &mut signers)?;
    }
    for path in &args.old_key {
        signers.add(airlock_publisher::KeyFile::new(path, &ask)?)?;
    }
    let now = args.clock.now();
    if holders::finish(&mut project, &mut repository, &signers, now, output)? {
        return Ok(());
    }
    let root = args.role.iter().any(|role| role.group() == KeyGroup::Root);
    if root && args.role.iter().any(|role| role.group() != KeyGroup::Root) {
        return Err(Failure::usage(
            "root and the other roles never share keys: split them one after the other",
        ));
    }
    let roles: Vec<_> = args.role.iter().flat_map(|role| role.of(&repository)).collect();
    repository.require_for_rekey(&roles, &signers)?;

    let mut keys = Vec::new();
    let mut references: Vec<KeyReference> = Vec::new();
    for path in &args.key {
        let holder = holders::in_file(&project, path, &ask, &mut signers)?;
        keys.push(holder.public);
        references.extend(holder.reference);
    }
    let name = args.role.first().map_or_else(String::new, ToString::to_string);
    for line in &args.signer {
        let holder = holders::in_program(&project, line, &name, &mut signers)?;
        keys.push(holder.public);
        references.extend(holder.reference);
    }
    let holders = PublicKeys::new(keys, args.threshold)?;
    refuse_too_few(&holders, &signers)?;
    let changes: BTreeMap<_, _> = roles.into_iter().map(|role| (role, holders.clone())).collect();
    holders::refuse_shared(&repository, &changes)?;
    let group = if root { KeyGroup::Root } else { KeyGroup::Release };
    project.remember_keys(group, &references)?;
    holders::rekey(
        &mut project,
        &mut repository,
        &changes,
        &signers,
        args.clock.now(),
    )?;
    output.done("the roles have other keys");
    holders::report(&project, &repository, &changes, output);
    Ok(())
}

/// Before airlock.json is touched.
fn refuse_too_few(holders: &PublicKeys, signers: &Signers<'_>) -> Result<(), Failure> {
    let here = holders.iter().filter(|key| signers.contains(key)).count();
    if here >= holders.threshold() {
        return Ok(());
    }
    Err(Failure::new(
        airlock_protocol::Code::ConfigInvalid,
        format!(
            "{} of the new keys must sign, and the private halves of {here} are here: name more private key files \
             with --key, or their programs with --signer",
            holders.threshold()
        ),
    ))
}
