//! A release that exists, again under a new number: going back, or moving on to another channel.
//!
//! The web files are the same byte for byte, so a device that has the tree downloads no archive. The archive
//! is packed anew all the same: it holds checksum.json, which bears the number.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use airlock_protocol::{
    AppId, CHECKSUM_FILE, ChannelName, ChecksumFields, ChecksumJson, FileEntry, Sequence, UnixMillis,
};
use tempfile::TempDir;
use tough::schema::Target;
use zip::ZipArchive;

use super::release::{self, ARCHIVE_FILE, Listed, NewRelease};
use super::{Published, Repository};
use crate::error::{Error, Result};
use crate::files::{self, TEMPORARY_PREFIX};
use crate::hash::digest_of;
use crate::pack::Bundle;
use crate::progress::Progress;
use crate::signer::Signers;
use crate::tree::WebTree;

/// A release that is to be published again.
#[derive(Debug, Clone)]
pub struct Republication<'a> {
    /// Where it is.
    pub from: &'a ChannelName,
    /// Which it is: a version, or a sequence. `None` means the newest.
    pub what: Option<&'a str>,
    /// Where it goes.
    pub to: &'a ChannelName,
    /// The share of devices that see it, in percent, 1 to 100; `None` means all.
    pub rollout: Option<u8>,
    /// What to tell people; `None` means what was said the first time.
    pub notes: Option<String>,
}

/// What was published again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Republished {
    /// The version, as it was.
    pub version: String,
    /// The sequence that it had.
    pub was: Sequence,
    /// What it is now.
    pub published: Published,
}

impl Repository {
    /// Publishes the content of a release again, under the next sequence: same files, platforms, native
    /// ranges and expiry.
    ///
    /// # Errors
    /// `usage` when there is no such release, its version does not say which, it is the newest of its channel
    /// already, or its bundle has expired; `checksum_mismatch` when its files are missing or damaged; else as
    /// [`Repository::publish`].
    pub fn republish(
        &mut self,
        what: &Republication<'_>,
        app_id: &AppId,
        signers: &Signers<'_>,
        now: UnixMillis,
        progress: &dyn Progress,
    ) -> Result<Republished> {
        let old = self.find(what)?;
        self.require(&self.roles_to_publish(what.to), signers)?;
        let place = self.release_folder(what.from, old.sequence);
        let description = self.description(what.from, old.sequence, &place)?;
        if description.expires().is_some_and(|expires| expires <= now) {
            return Err(Error::Usage(format!(
                "{} was made to expire, and has: publish its folder anew",
                old.version
            )));
        }
        let unpacked = self.unpack(what.from, old.sequence, &place, &description)?;
        let tree = WebTree::read(unpacked.path(), progress)?;
        let fields = ChecksumFields {
            app_id: app_id.clone(),
            version: description.version().to_owned(),
            sequence: self.next_sequence()?,
            platforms: description.platforms().to_vec(),
            native: description.native().clone(),
            expires: description.expires(),
            timestamp: now,
        };
        let keys = self.channel_keys(what.to)?;
        let bundle = Bundle::describe(&tree, fields)?.signed(&signers.among(&keys))?;
        if bundle.checksum().id() != description.id() {
            return Err(damaged(&place, "its files are not the ones that were signed"));
        }
        let release = NewRelease {
            bundle: &bundle,
            rollout: what.rollout,
            mandatory: old.mandatory,
            notes: what.notes.clone().or(old.notes),
        };
        Ok(Republished {
            version: old.version,
            was: old.sequence,
            published: self.publish(what.to, &release, signers, now, progress)?,
        })
    }

    fn find(&self, what: &Republication<'_>) -> Result<Listed> {
        let channel = self.channels.get(what.from);
        let releases = channel.map_or_else(Vec::new, |channel| release::list(&channel.signed));
        let newest = releases.last().cloned().ok_or_else(|| {
            Error::Usage(format!(
                "there is no release on {} yet: publish one with `airlock publish`",
                what.from
            ))
        })?;
        let Some(wanted) = what.what else {
            return Ok(newest);
        };
        let found = pick(&releases, wanted, what.from)?;
        if what.from == what.to && found.sequence == newest.sequence {
            return Err(Error::Usage(format!(
                "{wanted} is the newest release on {} already: nothing to do",
                what.from
            )));
        }
        Ok(found)
    }

    pub(super) fn release_folder(&self, channel: &ChannelName, sequence: Sequence) -> PathBuf {
        let targets = self.folder.join("targets").join(channel.as_str());
        targets.join(sequence.to_string())
    }

    /// The release's checksum.json, if it is the one that was signed.
    pub(super) fn description(
        &self,
        channel: &ChannelName,
        sequence: Sequence,
        place: &Path,
    ) -> Result<ChecksumJson> {
        let (path, _) = self.target_file(channel, sequence, place, CHECKSUM_FILE)?;
        Ok(ChecksumJson::parse(&super::read(&path)?)?)
    }

    /// Where a target is, checked against its signed length and hash.
    pub(super) fn target_file(
        &self,
        channel: &ChannelName,
        sequence: Sequence,
        place: &Path,
        base: &str,
    ) -> Result<(PathBuf, Target)> {
        let name = release::target_name(channel, sequence, base)?;
        let listed = self.channels.get(channel);
        let target = listed
            .and_then(|listed| listed.signed.targets.get(&name))
            .ok_or_else(|| damaged(place, &format!("it has no {base}")))?;
        let digest: String = target
            .hashes
            .sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = place.join(format!("{digest}.{base}"));
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(place, &format!("its {base} is missing")));
            }
            file => file.map_err(Error::storage("reading", &path))?,
        };
        let (found, length) = digest_of(file, |_| {}).map_err(Error::storage("reading", &path))?;
        if found.as_bytes() != target.hashes.sha256.as_ref() || length != target.length {
            return Err(damaged(
                place,
                &format!("its {base} is not the one that was signed"),
            ));
        }
        Ok((path, target.clone()))
    }

    /// The files that checksum.json lists, and nothing else, from the archive into a folder that vanishes when
    /// dropped. Their hashes are checked when the folder is read.
    fn unpack(
        &self,
        channel: &ChannelName,
        sequence: Sequence,
        place: &Path,
        description: &ChecksumJson,
    ) -> Result<TempDir> {
        let (path, _) = self.target_file(channel, sequence, place, ARCHIVE_FILE)?;
        let folder = TempDir::with_prefix_in(TEMPORARY_PREFIX, &self.folder)
            .map_err(Error::storage("creating a folder in", &self.folder))?;
        let file = File::open(&path).map_err(Error::storage("reading", &path))?;
        let unreadable = |error: zip::result::ZipError| damaged(place, &format!("its archive: {error}"));
        let mut archive = ZipArchive::new(file).map_err(unreadable)?;
        for file in description.files() {
            let entry = archive.by_name(file.path.as_str()).map_err(unreadable)?;
            write_entry(entry, file, folder.path())?;
        }
        Ok(folder)
    }
}

/// One release by its version or, failing that, its sequence.
fn pick(releases: &[Listed], wanted: &str, channel: &ChannelName) -> Result<Listed> {
    let named: Vec<&Listed> = releases.iter().filter(|each| each.version == wanted).collect();
    let numbered = || {
        let sequence: Sequence = wanted.parse().ok()?;
        releases.iter().find(|each| each.sequence == sequence)
    };
    let found = named.last().copied().or_else(numbered);
    let Some(found) = found else {
        let known: Vec<&str> = releases
            .iter()
            .rev()
            .take(5)
            .map(|each| each.version.as_str())
            .collect();
        return Err(Error::Usage(format!(
            "there is no {wanted} on {channel} (the newest are: {}): `airlock inspect` lists all releases",
            known.join(", ")
        )));
    };
    if named.iter().any(|other| other.id != found.id) {
        let sequences: Vec<String> = named.iter().map(|each| each.sequence.to_string()).collect();
        return Err(Error::Usage(format!(
            "{wanted} was published on {channel} with different content: say which by its sequence, one of {}",
            sequences.join(", ")
        )));
    }
    Ok(found.clone())
}

/// At most as many bytes as the description says: what is longer has another hash anyway.
fn write_entry(entry: impl Read, file: &FileEntry, folder: &Path) -> Result<()> {
    let path = folder.join(file.path.as_str());
    let parent = files::parent(&path);
    fs::create_dir_all(parent).map_err(Error::storage("creating the folder", parent))?;
    let mut out = File::create_new(&path).map_err(Error::storage("writing", &path))?;
    io::copy(&mut entry.take(file.size), &mut out).map_err(Error::storage("writing", &path))?;
    Ok(())
}

fn damaged(place: &Path, what: &str) -> Error {
    Error::Checksum(format!(
        "the release in {}: {what}; copy the folder again from where you publish",
        place.display()
    ))
}
