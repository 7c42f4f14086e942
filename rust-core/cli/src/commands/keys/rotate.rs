//! `airlock keys rotate`: another key in place of one, for one role or several.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use airlock_protocol::keys::{PublicKey, PublicKeys};
use airlock_publisher::key::Protection;
use airlock_publisher::{KeyGroup, Project, Repository, RoleName, Signers, read_public_key};
use clap::Args;

use super::NewKeyType;
use super::holders::{self, NewHolder, Roles};
use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::Output;
use crate::signing::SigningArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock keys rotate --role release                      a new keys/release-2.pem for everything but root
  airlock keys rotate --role root                         old and new root key sign; installed apps follow
  airlock keys rotate --role online --new keys/ci.pem     snapshot and timestamp by a key of their own
  airlock keys rotate --role root --old keys/b.pub.pem    one of several root keys
  airlock keys rotate --role release --new-signer './kms-sign --key release'

Needs the root key (for a channel alone: the key of targets). The old release key is not needed: that is what \
to do when it was lost or stolen. The new key is made in keys/ unless --new or --new-signer names one; \
airlock.json is brought up to date. The result is read with the device's own client before anybody else sees \
it. A run that is killed leaves a repository that devices accept; run the command again within a day.

Exit codes: 0 done, 2 usage, project or a key that is missing, 118 the repository does not verify, 122 no space, \
123 storage failure, 124 another process is publishing.";

/// Replace a key; installed apps follow without a new build
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RotateArgs {
    /// What the key signs: root, release, online, targets, snapshot, timestamp or a channel; may be repeated
    #[arg(long, value_name = "ROLE", required = true)]
    role: Vec<Roles>,
    /// The key to be replaced, a file or the beginning of its id [default: the only one]
    #[arg(long, value_name = "KEY")]
    old: Option<String>,
    /// The new key; made when the file does not exist [default: a new one in keys/]
    #[arg(long, value_name = "PEM", conflicts_with = "new_signer")]
    new: Option<PathBuf>,
    /// The new key lives behind this program (KMS, HSM); its words are split at spaces
    #[arg(long, value_name = "COMMAND")]
    new_signer: Option<String>,
    /// The kind of a key that is made
    #[arg(long, value_name = "TYPE", value_enum, default_value_t = NewKeyType::Ed25519)]
    key_type: NewKeyType,
    /// Store a key that is made unprotected; for tests and demonstrations
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
    /// The folder of the project, where `airlock init` was run
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Replaces it and says what to do next.
pub(crate) fn run(args: &RotateArgs, output: &Output) -> Result<(), Failure> {
    let mut project = Project::open(&args.project)?;
    let mut repository = project.open_repository(project.lock()?)?;
    let ask = |path: &Path| args.signing.passphrase.existing(path);
    let groups = [KeyGroup::Root, KeyGroup::Release];
    let mut signers = args.signing.signers(&project, &groups, &ask)?;
    let now = args.clock.now();
    if holders::finish(&mut project, &mut repository, &signers, now, output)? {
        return Ok(());
    }
    let parts = parts(&args.role);
    if parts.len() > 1 && (args.new.is_some() || args.new_signer.is_some()) {
        return Err(Failure::usage(
            "root and the other roles never share a key: rotate them one after the other, or leave --new out",
        ));
    }
    let mut changes = BTreeMap::new();
    let mut replaced = Vec::new();
    for part in &parts {
        let affected = affected(args, part, &repository)?;
        replaced.push((part, affected));
    }
    let all: Vec<RoleName> = replaced
        .iter()
        .flat_map(|(_, affected)| affected.keys().cloned())
        .collect();
    // Before a key is made that nobody would need.
    repository.require_for_rekey(&all, &signers)?;
    let protection = protection(args, output)?;
    let mut references = Vec::new();
    for (part, affected) in replaced {
        let new = new_key(args, part, &project, protection.as_ref(), &ask, &mut signers)?;
        for (role, kept) in affected {
            changes.insert(role, with(kept, &new)?);
        }
        references.push((part.group, new.reference));
    }
    holders::refuse_shared(&repository, &changes)?;
    for (group, reference) in references {
        project.remember_keys(group, reference.as_slice())?;
    }
    holders::rekey(
        &mut project,
        &mut repository,
        &changes,
        &signers,
        args.clock.now(),
    )?;
    output.done("the keys are replaced");
    holders::report(&project, &repository, &changes, output);
    Ok(())
}

/// Roles that get the same new key.
struct Part {
    group: KeyGroup,
    roles: Vec<Roles>,
}

/// Root apart from everything else.
fn parts(roles: &[Roles]) -> Vec<Part> {
    let part = |group| Part {
        group,
        roles: roles
            .iter()
            .filter(|role| role.group() == group)
            .cloned()
            .collect(),
    };
    let both = [part(KeyGroup::Root), part(KeyGroup::Release)];
    both.into_iter().filter(|part| !part.roles.is_empty()).collect()
}

/// The keys of a role that stay, the one that goes, and the threshold.
struct Kept {
    keys: Vec<PublicKey>,
    old: PublicKey,
    threshold: u32,
}

fn affected(
    args: &RotateArgs,
    part: &Part,
    repository: &Repository,
) -> Result<BTreeMap<RoleName, Kept>, Failure> {
    let mut affected = BTreeMap::new();
    for role in part.roles.iter().flat_map(|roles| roles.of(repository)) {
        let holders = repository.intended_holders(&role)?;
        let Some(old) = old_key(args, &role, &holders)? else {
            continue;
        };
        let keys = holders.iter().filter(|key| **key != old).cloned().collect();
        let threshold = u32::try_from(holders.threshold()).unwrap_or(u32::MAX);
        affected.insert(role, Kept { keys, old, threshold });
    }
    if affected.is_empty() {
        return Err(Failure::usage(
            "none of these roles has the key that --old names: `airlock keys list` shows who has what",
        ));
    }
    Ok(affected)
}

/// The key of the role that is to go; nothing if the role does not have it.
fn old_key(args: &RotateArgs, role: &RoleName, holders: &PublicKeys) -> Result<Option<PublicKey>, Failure> {
    let keys: Vec<&PublicKey> = holders.iter().collect();
    let Some(wanted) = &args.old else {
        return match keys.as_slice() {
            [only] => Ok(Some((*only).clone())),
            several => {
                let ids: Vec<String> = several
                    .iter()
                    .map(|key| key.key_id().chars().take(12).collect())
                    .collect();
                Err(Failure::usage(format!(
                    "{role} has {} keys: say with --old which one goes ({})",
                    ids.len(),
                    ids.join(", ")
                )))
            }
        };
    };
    let path = Path::new(wanted);
    if path.is_file() {
        let old = read_public_key(path)?;
        return Ok(keys.into_iter().find(|key| **key == old).cloned());
    }
    let found: Vec<&PublicKey> = keys
        .into_iter()
        .filter(|key| key.key_id().starts_with(wanted.as_str()))
        .collect();
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some((*only).clone())),
        _ => Err(Failure::usage(format!(
            "several keys of {role} begin with {wanted}: give more of the id"
        ))),
    }
}

/// How the new key is stored; nothing if none is made.
fn protection(args: &RotateArgs, output: &Output) -> Result<Option<Protection>, Failure> {
    let made = args.new_signer.is_none() && args.new.as_ref().is_none_or(|path| !path.exists());
    if !made {
        return Ok(None);
    }
    if args.no_passphrase {
        output.warn("the new private key is stored unprotected: whoever reads it can sign as you");
        return Ok(Some(Protection::Nothing));
    }
    Ok(Some(Protection::Passphrase(args.signing.passphrase.new_one()?)))
}

fn new_key<'k>(
    args: &RotateArgs,
    part: &Part,
    project: &Project,
    protection: Option<&Protection>,
    ask: airlock_publisher::AskPassphrase<'k>,
    signers: &mut Signers<'k>,
) -> Result<NewHolder, Failure> {
    let name = match part.group {
        KeyGroup::Root => "root".to_owned(),
        KeyGroup::Release => part.roles.first().map_or_else(String::new, ToString::to_string),
    };
    match (&args.new, &args.new_signer, protection) {
        (_, Some(line), _) => holders::in_program(project, line, &name, signers),
        (Some(path), None, None) => holders::in_file(project, path, ask, signers),
        (path, None, protection) => {
            let path = match path {
                Some(path) => project.relative(path),
                None => project.free_key_path(&name),
            };
            let protection = protection.unwrap_or(&Protection::Nothing);
            holders::generated(project, path, args.key_type.into(), protection, signers)
        }
    }
}

fn with(mut kept: Kept, new: &NewHolder) -> Result<PublicKeys, Failure> {
    if kept.keys.contains(&new.public) || kept.old == new.public {
        return Err(Failure::usage(
            "the new key is one of the role's keys already: name another one",
        ));
    }
    kept.keys.push(new.public.clone());
    Ok(PublicKeys::new(kept.keys, kept.threshold)?)
}
