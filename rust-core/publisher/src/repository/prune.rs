//! Old releases go: first from the metadata, then from the disk.
//!
//! A release stays if it is one of the newest of its channel, or if some device may still be offered it: one
//! that a staged rollout, a platform or a native version keeps from everything newer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use airlock_protocol::{ChannelName, Sequence, Sha256Digest, UnixMillis};
use tough::schema::Targets;

use super::release::{self, Listed};
use super::renew::Change;
use super::{Repository, RoleName};
use crate::error::{Error, Result};
use crate::signer::Signers;

/// A release that no device needs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prunable {
    /// Where it is.
    pub channel: ChannelName,
    /// Its number.
    pub sequence: Sequence,
    /// Its version.
    pub version: String,
}

/// What is to go, or has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The releases, by channel and sequence.
    pub releases: Vec<Prunable>,
    /// Files that the metadata does not name then: those of the releases, superseded metadata, and what killed
    /// publications left.
    pub files: Vec<PathBuf>,
    /// The size of the files, in bytes.
    pub bytes: u64,
}

impl Repository {
    /// What [`Repository::prune`] would remove. Changes nothing and needs no key.
    ///
    /// # Errors
    /// `storage_failure` when a folder cannot be read.
    pub fn prunable(&self, keep: NonZeroU64) -> Result<Pruned> {
        let releases = self.old_releases(keep);
        let mut after: BTreeMap<ChannelName, Targets> = BTreeMap::new();
        for (name, channel) in &self.channels {
            after.insert(name.clone(), without(&channel.signed, name, &releases));
        }
        let mut files = self.unnamed_targets(&after)?;
        files.extend(self.unneeded_files(&after)?);
        files.extend(self.superseded_metadata()?);
        files.sort();
        let sizes = files.iter().map(|path| {
            let size = fs::metadata(path).map(|file| file.len());
            size.map_err(Error::storage("reading", path))
        });
        let bytes = sizes.sum::<Result<u64>>()?;
        Ok(Pruned {
            releases,
            files,
            bytes,
        })
    }

    /// Removes all but the `keep` newest releases of each channel, except those that a device may still be
    /// offered. Readers see the metadata without them before the first file goes; a device that is in the
    /// middle of a check finds the metadata it has begun with.
    ///
    /// Without a release to remove no key is needed, and only files go. Killed in between, the next run
    /// removes the files.
    ///
    /// # Errors
    /// As [`Repository::publish`]; `storage_failure` when a file cannot be removed.
    pub fn prune(&mut self, keep: NonZeroU64, signers: &Signers<'_>, now: UnixMillis) -> Result<Pruned> {
        let pruned = self.prunable(keep)?;
        if !pruned.releases.is_empty() {
            let mut change = Change::default();
            let mut roles = vec![RoleName::Snapshot, RoleName::Timestamp];
            for (name, channel) in &self.channels {
                if pruned.releases.iter().any(|release| release.channel == *name) {
                    let targets = without(&channel.signed, name, &pruned.releases);
                    change.channels.insert(name.clone(), targets);
                    roles.push(RoleName::Channel(name.clone()));
                }
            }
            self.require(&roles, signers)?;
            self.renew(change, signers, now)?;
        }
        for file in &pruned.files {
            crate::files::remove_if_there(file)?;
            // The release's folder, if this was its last file.
            if let Some(folder) = file.parent() {
                let _not_empty = fs::remove_dir(folder);
            }
        }
        Ok(pruned)
    }

    fn old_releases(&self, keep: NonZeroU64) -> Vec<Prunable> {
        let keep = usize::try_from(keep.get()).unwrap_or(usize::MAX);
        let mut old = Vec::new();
        for (name, channel) in &self.channels {
            let releases = release::list(&channel.signed);
            let (candidates, _newest) = releases.split_at(releases.len().saturating_sub(keep));
            for candidate in candidates {
                let newer = releases.iter().filter(|each| each.sequence > candidate.sequence);
                if newer
                    .into_iter()
                    .any(|newer| self.replaces(name, newer, candidate))
                {
                    old.push(Prunable {
                        channel: name.clone(),
                        sequence: candidate.sequence,
                        version: candidate.version.clone(),
                    });
                }
            }
        }
        old
    }

    /// Whether no device can be left that is offered the older one because of what it is. A bundle that
    /// expires replaces nothing; one whose description cannot be read might expire.
    fn replaces(&self, channel: &ChannelName, newer: &Listed, older: &Listed) -> bool {
        let place = self.folder.join("targets").join(channel.as_str());
        let place = place.join(newer.sequence.to_string());
        newer.is_for_all_of(older)
            && self
                .description(channel, newer.sequence, &place)
                .is_ok_and(|description| description.expires().is_none())
    }

    /// Files in the folders of channels that carry a hash in their name and that no metadata names. Whatever
    /// else lies there is not ours.
    fn unnamed_targets(&self, channels: &BTreeMap<ChannelName, Targets>) -> Result<Vec<PathBuf>> {
        let mut unnamed = Vec::new();
        for (name, targets) in channels {
            let folder = self.folder.join("targets").join(name.as_str());
            let named: BTreeSet<PathBuf> = targets
                .targets
                .iter()
                .filter_map(|(target, entry)| {
                    file_of(&self.folder, target.raw(), entry.hashes.sha256.as_ref())
                })
                .collect();
            for release in entries(&folder)? {
                let is_number = release
                    .file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| name.parse::<Sequence>().is_ok());
                if is_number && is_folder(&release) {
                    let files = entries(&release)?;
                    unnamed.extend(
                        files
                            .into_iter()
                            .filter(|file| carries_hash(file) && !named.contains(file)),
                    );
                }
            }
        }
        Ok(unnamed)
    }

    /// Single files that no release has any more. None where the description of a release cannot be read: what it
    /// lists is not known then.
    fn unneeded_files(&self, channels: &BTreeMap<ChannelName, Targets>) -> Result<Vec<PathBuf>> {
        let mut needed = BTreeSet::new();
        for (name, targets) in channels {
            for release in release::list(targets) {
                let place = self.release_folder(name, release.sequence);
                let Ok(description) = self.description(name, release.sequence, &place) else {
                    return Ok(Vec::new());
                };
                needed.extend(description.files().iter().map(|file| file.digest));
            }
        }
        let is_unneeded = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            let digest = name.and_then(|name| name.strip_suffix(".zst")?.parse::<Sha256Digest>().ok());
            digest.is_some_and(|digest| !needed.contains(&digest))
        };
        let files = entries(&self.folder.join("files"))?;
        Ok(files.into_iter().filter(is_unneeded).collect())
    }

    /// Versions of snapshot, targets and channels below the present ones. Roots stay for ever: new devices
    /// walk the chain.
    fn superseded_metadata(&self) -> Result<Vec<PathBuf>> {
        let mut present = vec![
            ("snapshot".to_owned(), self.snapshot.signed.version),
            ("targets".to_owned(), self.targets.signed.version),
        ];
        let channels = self.channels.iter();
        present.extend(channels.map(|(name, channel)| (name.to_string(), channel.signed.version)));
        let is_old = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            let parts = name.and_then(|name| name.strip_suffix(".json")?.split_once('.'));
            parts.is_some_and(|(version, role)| {
                let version: Option<u64> = version.parse().ok();
                let current = present.iter().find(|(name, _)| name == role);
                matches!((version, current), (Some(version), Some((_, current))) if version < current.get())
            })
        };
        let files = entries(&self.metadata_folder())?;
        Ok(files.into_iter().filter(is_old).collect())
    }
}

fn without(targets: &Targets, channel: &ChannelName, gone: &[Prunable]) -> Targets {
    let mut kept = targets.clone();
    let gone = gone.iter().filter(|release| release.channel == *channel);
    for release in gone {
        kept.targets
            .retain(|name, _| !release::belongs_to(name, release.sequence));
    }
    kept
}

/// `<folder>/targets/a/1/<hash>.b` for the target `a/1/b`.
fn file_of(folder: &Path, target: &str, hash: &[u8]) -> Option<PathBuf> {
    let (place, base) = target.rsplit_once('/')?;
    let digest = Sha256Digest::from_bytes(hash.try_into().ok()?);
    Some(
        folder
            .join("targets")
            .join(place)
            .join(format!("{digest}.{base}")),
    )
}

fn carries_hash(file: &Path) -> bool {
    let is_file = fs::symlink_metadata(file).is_ok_and(|kind| kind.is_file());
    let name = file.file_name().and_then(|name| name.to_str());
    let hash = name.and_then(|name| name.split_once('.')).map(|(hash, _)| hash);
    is_file && hash.is_some_and(|hash| hash.parse::<Sha256Digest>().is_ok())
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|kind| kind.is_dir())
}

/// What is in a folder; nothing in one that does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::storage("reading", folder))?,
    };
    let path = |entry: std::io::Result<fs::DirEntry>| entry.map(|entry| entry.path());
    let paths = entries.map(path).collect::<std::io::Result<Vec<_>>>();
    paths.map_err(Error::storage("reading", folder))
}
