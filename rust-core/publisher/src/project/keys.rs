//! Where the private keys of a project are: files, or programs that sign. Which key may sign what stands in
//! the repository's metadata, never here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use airlock_protocol::keys::{PublicKey, PublicKeys};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{DEVICE_CONFIG_FILE, Project};
use crate::error::{Error, Result};
use crate::external::{DEFAULT_TIMEOUT, ExternalSigner};
use crate::files::{self, Audience};
use crate::key_file::{AskPassphrase, KeyFile, public_path, read_public_key};
use crate::repository::{Repository, RoleName};
use crate::signer::{Sign, Signers};

/// The longest `timeoutSeconds`: a publication that hangs for longer than ten minutes is stuck.
const TIMEOUT_SECONDS_MAX: u64 = 600;

/// The two kinds of keys: those that come out for a ceremony, and those of every day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyGroup {
    /// Sign the root metadata.
    Root,
    /// Sign everything else.
    Release,
}

/// `keys` in `airlock.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectKeys {
    root: KeyList,
    release: KeyList,
}

/// One key, or a list of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum KeyList {
    One(KeyReference),
    Many(Vec<KeyReference>),
}

/// Where one private key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyReference {
    /// A key file.
    File(PathBuf),
    /// A program that signs (docs/protocol.md).
    #[serde(rename_all = "camelCase")]
    Program {
        /// The program and its arguments; run without a shell, in the project's folder.
        command: Vec<String>,
        /// A file with the public half. Without it the program is asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        public_key: Option<PathBuf>,
        /// How long it may take for one answer.
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u64>,
    },
}

impl ProjectKeys {
    pub(super) fn new(root: &str, release: &str) -> ProjectKeys {
        let one = |path: &str| KeyList::One(KeyReference::File(path.into()));
        ProjectKeys {
            root: one(root),
            release: one(release),
        }
    }

    fn group(&self, group: KeyGroup) -> &KeyList {
        match group {
            KeyGroup::Root => &self.root,
            KeyGroup::Release => &self.release,
        }
    }
}

impl KeyList {
    fn of(mut references: Vec<KeyReference>) -> KeyList {
        match (references.len(), references.pop()) {
            (1, Some(only)) => KeyList::One(only),
            (_, last) => {
                references.extend(last);
                KeyList::Many(references)
            }
        }
    }

    fn references(&self) -> &[KeyReference] {
        match self {
            KeyList::One(reference) => std::slice::from_ref(reference),
            KeyList::Many(references) => references,
        }
    }
}

impl KeyReference {
    /// Adds the key to `signers` if its private half is at hand.
    fn add<'k>(&self, folder: &Path, ask: AskPassphrase<'k>, signers: &mut Signers<'k>) -> Result<()> {
        match self {
            KeyReference::File(path) if folder.join(path).is_file() => {
                signers.add(KeyFile::new(&folder.join(path), ask)?)
            }
            KeyReference::File(_) => Ok(()),
            KeyReference::Program {
                command,
                public_key,
                timeout_seconds,
            } => {
                let public = match public_key {
                    Some(path) => Some(read_public_key(&folder.join(path))?),
                    None => None,
                };
                let timeout = timeout(*timeout_seconds)?;
                signers.add(ExternalSigner::new(command, Some(folder), timeout, public)?)
            }
        }
    }

    /// The public half, as far as it is known without asking anybody.
    fn public_key(&self, folder: &Path) -> Option<PublicKey> {
        let path = match self {
            KeyReference::File(path) => path,
            KeyReference::Program { public_key, .. } => public_key.as_ref()?,
        };
        read_public_key(&folder.join(path)).ok()
    }
}

impl Project {
    /// The keys of a group that are at hand. A file that is not there is no error: the root key is offline on
    /// most days, and whether a key is missing depends on what is to be signed.
    ///
    /// # Errors
    /// As [`KeyFile::new`] and [`ExternalSigner::new`]; `config_invalid` for a `timeoutSeconds` that is 0 or
    /// above 600.
    pub fn add_signers<'k>(
        &self,
        group: KeyGroup,
        ask: AskPassphrase<'k>,
        signers: &mut Signers<'k>,
    ) -> Result<()> {
        let references = self.file.keys.group(group).references();
        references
            .iter()
            .try_for_each(|reference| reference.add(&self.folder, ask, signers))
    }

    /// The public halves of all keys whose private half is at hand, without opening any of them. Programs
    /// count when their public half is written down.
    pub fn keys_at_hand(&self) -> Vec<(PublicKey, KeyReference)> {
        let groups = [KeyGroup::Root, KeyGroup::Release];
        let references = groups
            .iter()
            .flat_map(|group| self.file.keys.group(*group).references());
        let at_hand = references.filter(|reference| match reference {
            KeyReference::File(path) => self.folder.join(path).is_file(),
            KeyReference::Program { .. } => true,
        });
        at_hand
            .filter_map(|reference| Some((reference.public_key(&self.folder)?, reference.clone())))
            .collect()
    }

    /// The first of `keys/NAME.pem`, `keys/NAME-2.pem`, `keys/NAME-3.pem`, … that is free, relative to the
    /// project.
    pub fn free_key_path(&self, name: &str) -> PathBuf {
        let numbered = |number: u32| match number {
            1 => PathBuf::from(format!("keys/{name}.pem")),
            _ => PathBuf::from(format!("keys/{name}-{number}.pem")),
        };
        let taken = |path: &Path| {
            let path = self.folder.join(path);
            path.exists() || public_path(&path).exists()
        };
        let free = (1..).map(numbered).find(|path| !taken(path));
        free.unwrap_or_else(|| numbered(1))
    }

    /// A path as given on the command line, as `airlock.json` would write it.
    pub fn relative(&self, path: &Path) -> PathBuf {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let full = absolute(path);
        full.strip_prefix(absolute(&self.folder))
            .map_or(full.clone(), Path::to_owned)
    }

    /// The project's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program that holds a key from now on. It is asked for the public half, which is written to `keys/`.
    ///
    /// # Errors
    /// As [`ExternalSigner::new`]; `storage_failure` or `no_space`.
    pub fn adopt_program(&self, command: Vec<String>, name: &str) -> Result<(KeyReference, ExternalSigner)> {
        let signer = ExternalSigner::new(&command, Some(&self.folder), DEFAULT_TIMEOUT, None)?;
        let public = public_path(&self.free_key_path(name));
        let pem = signer.public_key()?.to_pem();
        files::create(&self.folder.join(&public), Audience::Everyone, pem.as_bytes())?;
        let reference = KeyReference::Program {
            command,
            public_key: Some(public),
            timeout_seconds: None,
        };
        Ok((reference, signer))
    }

    /// Lets the next app build trust these root keys, if the configuration that `init` wrote is still there.
    ///
    /// # Errors
    /// `config_invalid` when it is no JSON object; `storage_failure` or `no_space`.
    pub fn trust_in_device_config(&self, root: &PublicKeys) -> Result<()> {
        let path = self.folder.join(DEVICE_CONFIG_FILE);
        if !path.is_file() {
            return Ok(());
        }
        let bad = |error: serde_json::Error| Error::Project(format!("{}: {error}", path.display()));
        let text = std::fs::read(&path).map_err(Error::storage("reading", &path))?;
        let mut config: serde_json::Map<String, Value> = serde_json::from_slice(&text).map_err(bad)?;
        let pems: Vec<String> = root.iter().map(PublicKey::to_pem).collect();
        let keys = match pems.as_slice() {
            [only] => json!(only),
            several => json!(several),
        };
        config.insert("publicKey".into(), keys);
        config.remove("keyThreshold");
        if root.threshold() > 1 {
            config.insert("keyThreshold".into(), json!(root.threshold()));
        }
        let mut text = serde_json::to_vec_pretty(&config).map_err(bad)?;
        text.push(b'\n');
        files::write(&path, Audience::Everyone, &text)
    }

    /// Writes more keys of a group down in `airlock.json`, before they are used: a killed command must not
    /// leave metadata that names a key which nobody remembers.
    ///
    /// # Errors
    /// `storage_failure` or `no_space`.
    pub fn remember_keys(&mut self, group: KeyGroup, more: &[KeyReference]) -> Result<()> {
        let mut references = self.file.keys.group(group).references().to_vec();
        for reference in more {
            if !references.contains(reference) {
                references.push(reference.clone());
            }
        }
        self.set_keys(group, references)
    }

    /// Strikes the keys out of `airlock.json` that no role of the group names any more.
    ///
    /// # Errors
    /// `storage_failure` or `no_space`.
    pub fn forget_unused_keys(&mut self, repository: &Repository) -> Result<()> {
        for group in [KeyGroup::Root, KeyGroup::Release] {
            let used = used_keys(repository, group)?;
            let references = self.file.keys.group(group).references();
            let is_used = |reference: &KeyReference| {
                reference
                    .public_key(&self.folder)
                    .is_none_or(|public| used.contains(&public))
            };
            let kept: Vec<KeyReference> = references.iter().filter(|each| is_used(each)).cloned().collect();
            if kept.len() != references.len() && !kept.is_empty() {
                self.set_keys(group, kept)?;
            }
        }
        Ok(())
    }

    fn set_keys(&mut self, group: KeyGroup, references: Vec<KeyReference>) -> Result<()> {
        let list = KeyList::of(references);
        match group {
            KeyGroup::Root => self.file.keys.root = list,
            KeyGroup::Release => self.file.keys.release = list,
        }
        let path = self.folder.join(super::PROJECT_FILE);
        let mut text = serde_json::to_vec_pretty(&self.file)
            .map_err(|error| Error::Internal(format!("writing {}: {error}", path.display())))?;
        text.push(b'\n');
        files::write(&path, Audience::Everyone, &text)
    }
}

/// All keys that any role of the group names.
fn used_keys(repository: &Repository, group: KeyGroup) -> Result<BTreeSet<PublicKey>> {
    let roles = repository.role_names();
    let roles = roles
        .iter()
        .filter(|role| (**role == RoleName::Root) == (group == KeyGroup::Root));
    let mut used = BTreeSet::new();
    for role in roles {
        used.extend(repository.holders(role)?.iter().cloned());
    }
    Ok(used)
}

fn timeout(seconds: Option<u64>) -> Result<Duration> {
    match seconds {
        None => Ok(DEFAULT_TIMEOUT),
        Some(seconds @ 1..=TIMEOUT_SECONDS_MAX) => Ok(Duration::from_secs(seconds)),
        Some(_) => Err(Error::Project(format!(
            "\"timeoutSeconds\" of an external signer must be 1 to {TIMEOUT_SECONDS_MAX}"
        ))),
    }
}
