//! The last moment at which a mistake costs nothing: before readers see a change, the device's own client reads
//! the repository as it would be at every step.

use std::collections::BTreeMap;
use std::path::Path;

use airlock_protocol::tuf::Stored;
use airlock_protocol::{ChannelName, UnixMillis};
use tough::schema::Root;

use super::rekey::NewRoots;
use super::sign::SignedFile;
use super::{Repository, read};
use crate::audit::{self, Files};
use crate::error::Result;

impl Repository {
    /// Lets two devices look at each step: one that has never seen the repository and starts at its first
    /// root, and one that holds what is published now.
    ///
    /// # Errors
    /// What a device would refuse with.
    pub(super) fn refuse_what_devices_refuse(
        &self,
        channels: &[ChannelName],
        timestamp: &[u8],
        roots: Option<&NewRoots>,
        now: UnixMillis,
    ) -> Result<()> {
        let mut files = vec![("timestamp.json".to_owned(), timestamp.to_vec())];
        let Some(roots) = roots else {
            return self.accepted(channels, &self.files(&files), now);
        };
        files.extend(roots.bridge.as_ref().map(root_file));
        // Whoever is refused now, because something has expired, loses nothing in between.
        if roots.bridge.is_some() || self.accepted(channels, &self.files(&[]), now).is_ok() {
            self.accepted(channels, &self.files(&files), now)?;
        }
        files.push(root_file(&roots.last));
        self.accepted(channels, &self.files(&files), now)
    }

    fn accepted(&self, channels: &[ChannelName], files: &Files<'_>, now: UnixMillis) -> Result<()> {
        let metadata = self.metadata_folder();
        let first = read(&metadata.join("1.root.json"))?;
        let current = read(&metadata.join(format!("{}.root.json", self.root.signed.version)))?;
        for channel in channels {
            audit::accepts(files, first.clone(), Stored::default(), channel, now)?;
            audit::accepts(files, current.clone(), self.stored(channel)?, channel, now)?;
        }
        Ok(())
    }

    fn files<'a>(&'a self, instead: &[(String, Vec<u8>)]) -> Files<'a> {
        Files {
            folder: &self.folder,
            instead: instead.iter().cloned().collect(),
        }
    }

    /// What a device stores that has seen the present state.
    fn stored(&self, channel: &ChannelName) -> Result<Stored> {
        let folder = self.metadata_folder();
        let mut files = BTreeMap::new();
        let mut keep = |name: &str, path: &Path| -> Result<()> {
            files.insert(format!("{name}.json"), read(path)?);
            Ok(())
        };
        keep("timestamp", &folder.join("timestamp.json"))?;
        let mut versioned = |name: &str, version: std::num::NonZeroU64| {
            keep(name, &folder.join(format!("{version}.{name}.json")))
        };
        versioned("snapshot", self.snapshot.signed.version)?;
        versioned("targets", self.targets.signed.version)?;
        if let Some(known) = self.channels.get(channel) {
            versioned(channel.as_str(), known.signed.version)?;
        }
        Ok(Stored { files })
    }
}

fn root_file(file: &SignedFile<Root>) -> (String, Vec<u8>) {
    (
        format!("{}.root.json", file.signed.signed.version),
        file.bytes.clone(),
    )
}
