//! `airlock init`: a new project.

use std::path::Path;

use airlock_protocol::{AppId, ChannelName, UnixMillis};
use serde_json::{Map, Value, json};

use super::keys::ProjectKeys;
use super::{DEVICE_CONFIG_FILE, PROJECT_FILE, Project, ProjectFile, UpdateUrl};
use crate::error::{Error, Result};
use crate::files::{self, Audience};
use crate::key::{KeyType, PrivateKey, Protection};
use crate::key_file::write_key_pair;
use crate::repository::{Keys, Repository};

/// The private half of a key pair that is committed by accident is a key pair that is lost.
const KEYS_GITIGNORE: &str = "# Private keys stay out of version control.\n*.pem\n!*.pub.pem\n";

/// What `init` needs to know.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// The app.
    pub app_id: AppId,
    /// Its channels; the first is the default. At least one, each once.
    pub channels: Vec<ChannelName>,
    /// Where devices will find the repository.
    pub update_url: UpdateUrl,
    /// The kind of both keys.
    pub key_type: KeyType,
    /// How both private keys are stored.
    pub protection: Protection,
}

impl NewProject {
    /// Makes the keys, the repository, `airlock.json` and `capacitor.airlock.json` in `folder`.
    ///
    /// # Errors
    /// `config_invalid` when any of them is there already, before anything is written; `usage` for channels
    /// that are missing or doubled; `storage_failure` or `no_space`.
    pub fn create(&self, folder: &Path, now: UnixMillis) -> Result<Project> {
        self.check_channels()?;
        refuse_existing(folder)?;
        let root = PrivateKey::generate(self.key_type)?;
        let release = PrivateKey::generate(self.key_type)?;
        write_key_pair(&folder.join("keys/root.pem"), &root, &self.protection)?;
        write_key_pair(&folder.join("keys/release.pem"), &release, &self.protection)?;
        files::create(
            &folder.join("keys/.gitignore"),
            Audience::Everyone,
            KEYS_GITIGNORE.as_bytes(),
        )?;

        let file = ProjectFile {
            app_id: self.app_id.clone(),
            channels: self.channels.clone(),
            update_url: self.update_url.clone(),
            repository: "repository".into(),
            keys: ProjectKeys::new("keys/root.pem", "keys/release.pem"),
        };
        write_json(&folder.join(PROJECT_FILE), &file)?;
        let project = Project {
            folder: folder.to_owned(),
            file,
        };
        let keys = Keys {
            root: &root,
            release: &release,
        };
        Repository::create(
            &project.repository_folder(),
            &keys,
            &self.channels,
            now,
            project.lock()?,
        )?;
        write_json(&folder.join(DEVICE_CONFIG_FILE), &self.device_config(&root)?)?;
        Ok(project)
    }

    fn check_channels(&self) -> Result<()> {
        if self.channels.is_empty() {
            return Err(Error::Usage("a project needs at least one channel".into()));
        }
        let mut sorted = self.channels.clone();
        sorted.sort();
        sorted.dedup();
        if sorted.len() == self.channels.len() {
            return Ok(());
        }
        Err(Error::Usage("a channel is named twice".into()))
    }

    /// The app's configuration: `plugins.Airlock` and the app id (design section 9).
    ///
    /// It trusts the root key only. The release key is vouched for by the root metadata and can be replaced
    /// there.
    fn device_config(&self, root: &PrivateKey) -> Result<Value> {
        let mut config = Map::new();
        config.insert("appId".into(), json!(self.app_id));
        config.insert("updateUrl".into(), json!(self.update_url));
        config.insert("channel".into(), json!(self.channels.first()));
        config.insert("publicKey".into(), json!(root.public_key()?.to_pem()));
        if self.update_url.is_insecure_loopback() {
            config.insert("allowInsecureLoopback".into(), json!(true));
        }
        Ok(Value::Object(config))
    }
}

fn refuse_existing(folder: &Path) -> Result<()> {
    let taken = [
        PROJECT_FILE,
        DEVICE_CONFIG_FILE,
        "keys/root.pem",
        "keys/release.pem",
        "repository/metadata",
    ];
    match taken
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists())
    {
        Some(path) => Err(files::already_there(&path)),
        None => Ok(()),
    }
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::Internal(format!("writing {}: {error}", path.display())))?;
    text.push(b'\n');
    files::create(path, Audience::Everyone, &text)
}
