//! A project: `airlock.json`, the keys and the repository of one app, in one folder of the author's machine.

mod create;
mod keys;
mod update_url;

use std::fs;
use std::path::{Path, PathBuf};

use airlock_protocol::{AppId, ChannelName};
use serde::{Deserialize, Serialize};

pub use create::NewProject;
pub use keys::{KeyGroup, KeyReference};
pub use update_url::UpdateUrl;

use crate::error::{Error, Result};
use crate::lock::PublishLock;
use crate::repository::Repository;
use keys::ProjectKeys;

/// The project file.
pub const PROJECT_FILE: &str = "airlock.json";

/// The app's configuration that `init` writes, ready for `airlock device --config`.
pub const DEVICE_CONFIG_FILE: &str = "capacitor.airlock.json";

/// The bundles that store builds embed.
const EMBEDDED_FOLDER: &str = "embedded";

/// Whoever holds it may publish.
const LOCK_FILE: &str = ".airlock.lock";

/// An app as its author publishes it.
#[derive(Debug, Clone)]
pub struct Project {
    folder: PathBuf,
    file: ProjectFile,
}

/// The content of `airlock.json`. Paths are relative to its folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProjectFile {
    app_id: AppId,
    channels: Vec<ChannelName>,
    update_url: UpdateUrl,
    repository: PathBuf,
    keys: ProjectKeys,
}

impl Project {
    /// Reads `airlock.json` in `folder`.
    ///
    /// # Errors
    /// `config_invalid` when it is missing, is not as described, or names no channel.
    pub fn open(folder: &Path) -> Result<Project> {
        let path = folder.join(PROJECT_FILE);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Project(format!(
                    "there is no {PROJECT_FILE} in {}: make a project with `airlock init`, or name its folder \
                     with --project",
                    folder.display()
                )));
            }
            text => text.map_err(Error::storage("reading", &path))?,
        };
        let file: ProjectFile = serde_json::from_slice(&text)
            .map_err(|error| Error::Project(format!("{} is not as it must be: {error}", path.display())))?;
        if file.channels.is_empty() {
            return Err(Error::Project(format!(
                "{} lists no channel: add \"channels\": [\"stable\"]",
                path.display()
            )));
        }
        Ok(Project {
            folder: folder.to_owned(),
            file,
        })
    }

    /// The app.
    pub fn app_id(&self) -> &AppId {
        &self.file.app_id
    }

    /// Where devices will find the repository.
    pub fn update_url(&self) -> &UpdateUrl {
        &self.file.update_url
    }

    /// The channel that is published on when none is named: the first in the file.
    pub fn default_channel(&self) -> Option<&ChannelName> {
        self.file.channels.first()
    }

    /// The named channel, if the file lists it. A typing error must not open a channel that no device listens
    /// to.
    ///
    /// # Errors
    /// `config_invalid` when it is not listed.
    pub fn channel(&self, name: &ChannelName) -> Result<&ChannelName> {
        self.file
            .channels
            .iter()
            .find(|channel| *channel == name)
            .ok_or_else(|| {
                let known: Vec<&str> = self.file.channels.iter().map(ChannelName::as_str).collect();
                Error::Project(format!(
                    "there is no channel {name} (there is: {}): to open it, add it to \"channels\" in \
                 {PROJECT_FILE}",
                    known.join(", ")
                ))
            })
    }

    /// The repository's folder, which goes onto the web server.
    pub fn repository_folder(&self) -> PathBuf {
        self.folder.join(&self.file.repository)
    }

    /// Where copies of the bundles lie that store builds embed. Not for the web server.
    pub fn embedded_folder(&self) -> PathBuf {
        self.folder.join(EMBEDDED_FOLDER)
    }

    /// Takes the right to publish, before anything is read that another process may be changing.
    ///
    /// # Errors
    /// `locked` when another process has it.
    pub fn lock(&self) -> Result<PublishLock> {
        PublishLock::acquire(&self.folder.join(LOCK_FILE))
    }

    /// Opens the repository for publishing.
    ///
    /// # Errors
    /// As [`Repository::open`].
    pub fn open_repository(&self, lock: PublishLock) -> Result<Repository> {
        Repository::open(&self.repository_folder(), lock)
    }
}
