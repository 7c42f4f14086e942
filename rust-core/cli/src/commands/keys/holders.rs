//! What `rotate` and `split` share: which roles are meant, and the keys that come new.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use airlock_protocol::UnixMillis;
use airlock_protocol::keys::{PublicKey, PublicKeys};
use airlock_publisher::key::{KeyType, PrivateKey, Protection};
use airlock_publisher::{
    AskPassphrase, KeyFile, KeyGroup, KeyReference, Project, Repository, RoleName, Signers, public_path,
    read_public_key, write_key_pair,
};
use clap::Args;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;
use crate::signing::words;

/// How a new private key is protected at rest.
#[derive(Debug, Clone, Args)]
pub(crate) struct Protect {
    /// Store the new private key unprotected; for tests and demonstrations
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

impl Protect {
    /// Asks for a new passphrase unless there shall be none.
    pub(super) fn protection(&self, output: &Output) -> Result<Protection, Failure> {
        if self.no_passphrase {
            output.warn("the private key is stored unprotected: whoever reads it can sign as you");
            return Ok(Protection::Nothing);
        }
        Ok(Protection::Passphrase(self.passphrase.new_one()?))
    }
}

/// One or several roles, by a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roles {
    /// Everything but root.
    Release,
    /// Snapshot and timestamp.
    Online,
    /// One role.
    One(RoleName),
}

impl FromStr for Roles {
    type Err = airlock_protocol::Error;

    fn from_str(text: &str) -> Result<Roles, Self::Err> {
        match text {
            "release" => Ok(Roles::Release),
            "online" => Ok(Roles::Online),
            _ => text.parse().map(Roles::One),
        }
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Roles::Release => f.write_str("release"),
            Roles::Online => f.write_str("online"),
            Roles::One(role) => role.fmt(f),
        }
    }
}

impl Roles {
    /// The roles of the repository that are meant.
    pub(super) fn of(&self, repository: &Repository) -> Vec<RoleName> {
        match self {
            Roles::Release => {
                let mut roles = repository.role_names();
                roles.retain(|role| *role != RoleName::Root);
                roles
            }
            Roles::Online => vec![RoleName::Snapshot, RoleName::Timestamp],
            Roles::One(role) => vec![role.clone()],
        }
    }

    /// Where airlock.json keeps the keys of these roles.
    pub(super) fn group(&self) -> KeyGroup {
        match self {
            Roles::One(RoleName::Root) => KeyGroup::Root,
            _ => KeyGroup::Release,
        }
    }
}

/// A key that gets a role.
pub(super) struct NewHolder {
    pub(super) public: PublicKey,
    /// Where its private half is; nothing for a key of which only the public half is here.
    pub(super) reference: Option<KeyReference>,
}

/// A key in a file: the private one, or only the public half of a key that is kept by somebody else.
pub(super) fn in_file<'k>(
    project: &Project,
    path: &Path,
    ask: AskPassphrase<'k>,
    signers: &mut Signers<'k>,
) -> Result<NewHolder, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the key {}: {error}", path.display())))?;
    if text.contains("PRIVATE KEY") {
        signers.add(KeyFile::new(path, ask)?)?;
        if !public_path(path).is_file() {
            return Err(Failure::usage(format!(
                "the public half of {} is missing: write it to {} (`openssl pkey -pubout`)",
                path.display(),
                public_path(path).display()
            )));
        }
        return Ok(NewHolder {
            public: read_public_key(path)?,
            reference: Some(KeyReference::File(project.relative(path))),
        });
    }
    Ok(NewHolder {
        public: read_public_key(path)?,
        reference: None,
    })
}

/// A key behind a program, whose public half is written to `keys/`.
pub(super) fn in_program(
    project: &Project,
    line: &str,
    name: &str,
    signers: &mut Signers<'_>,
) -> Result<NewHolder, Failure> {
    let (reference, signer) = project.adopt_program(words(line), name)?;
    let public = airlock_publisher::Sign::public_key(&signer)?;
    signers.add(signer)?;
    Ok(NewHolder {
        public,
        reference: Some(reference),
    })
}

/// A key that is made now.
pub(super) fn generated(
    project: &Project,
    path: PathBuf,
    key_type: KeyType,
    protection: &Protection,
    signers: &mut Signers<'_>,
) -> Result<NewHolder, Failure> {
    let key = PrivateKey::generate(key_type)?;
    write_key_pair(&project.folder().join(&path), &key, protection)?;
    let public = key.public_key()?;
    signers.add(key)?;
    Ok(NewHolder {
        public,
        reference: Some(KeyReference::File(path)),
    })
}

/// A root key that also signs every day is no root key: whoever steals the one has the other.
pub(super) fn refuse_shared(
    repository: &Repository,
    changes: &BTreeMap<RoleName, PublicKeys>,
) -> Result<(), Failure> {
    let after = |role: &RoleName| match changes.get(role) {
        Some(holders) => Ok(holders.clone()),
        None => repository.intended_holders(role),
    };
    let root = after(&RoleName::Root)?;
    for role in repository.role_names() {
        if role != RoleName::Root && after(&role)?.iter().any(|key| root.contains(key)) {
            return Err(Failure::usage(format!(
                "root and {role} would share a key: make another one with `airlock keys generate`"
            )));
        }
    }
    Ok(())
}

/// Finishes the change of keys that a killed run has begun, if its keys are at hand; whether there was one.
pub(super) fn finish(
    project: &mut Project,
    repository: &mut Repository,
    signers: &Signers<'_>,
    now: UnixMillis,
    output: &Output,
) -> Result<bool, Failure> {
    let begun = repository.unfinished()?;
    let at_hand = |holders: &PublicKeys| {
        holders.iter().filter(|key| signers.contains(key)).count() >= holders.threshold()
    };
    if begun.is_empty() || !begun.values().all(at_hand) {
        return Ok(false);
    }
    rekey(project, repository, &begun, signers, now)?;
    output.done("finished the change of keys that was cut off before; for another one run the command again");
    report(project, repository, &begun, output);
    Ok(true)
}

/// Changes the repository and everything in the project that hangs on it.
pub(super) fn rekey(
    project: &mut Project,
    repository: &mut Repository,
    changes: &BTreeMap<RoleName, PublicKeys>,
    signers: &Signers<'_>,
    now: UnixMillis,
) -> Result<(), Failure> {
    repository.rekey(changes, signers, now)?;
    project.forget_unused_keys(repository)?;
    if let Some(root) = changes.get(&RoleName::Root) {
        project.trust_in_device_config(root)?;
    }
    Ok(())
}

/// What `rotate` and `split` say at the end.
pub(super) fn report(
    project: &Project,
    repository: &Repository,
    changes: &BTreeMap<RoleName, PublicKeys>,
    output: &Output,
) {
    let short = |keys: &PublicKeys| {
        let ids: Vec<String> = keys
            .iter()
            .map(|key| key.key_id().chars().take(12).collect())
            .collect();
        format!(
            "{} of {} ({})",
            keys.threshold(),
            keys.iter().count(),
            ids.join(", ")
        )
    };
    let names: Vec<String> = changes.keys().map(ToString::to_string).collect();
    let rows: Vec<(&str, String)> = names
        .iter()
        .map(String::as_str)
        .zip(changes.values().map(short))
        .collect();
    output.fields(&rows);
    output.say("");
    output.say(format_args!(
        "Upload {}: targets/ first, then metadata/ without roots and timestamp.json, then timestamp.json, then \
         the roots. Installed apps follow by themselves.",
        project.repository_folder().display()
    ));
    if changes.contains_key(&RoleName::Root) {
        output
            .say("The next app build should trust the new root: take publicKey from capacitor.airlock.json.");
    }
    let versions: BTreeMap<String, u64> = repository
        .role_states()
        .into_iter()
        .map(|state| (state.role.to_string(), state.version))
        .collect();
    let roles: BTreeMap<String, Value> = changes
        .iter()
        .map(|(role, keys)| {
            let ids: Vec<String> = keys.iter().map(PublicKey::key_id).collect();
            (
                role.to_string(),
                json!({"threshold": keys.threshold(), "keys": ids}),
            )
        })
        .collect();
    output.result(&json!({"roles": roles, "versions": versions}));
}
