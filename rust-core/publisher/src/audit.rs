//! Checking a repository the way a device does: with the device's own TUF client, over the local files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use airlock_protocol::tuf::{
    Anchor, Answer, Fetch, Mode, Refresh, Release, Step, Stored, Target, Trusted, Versions,
};
use airlock_protocol::{ChannelName, ChecksumJson, UnixMillis};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::hash::digest_of;
use crate::progress::{Progress, Stage};
use crate::repository::{SignedRole, signed_roles};

/// A repository that any device with the right anchor accepts, at the time it was asked about.
#[derive(Debug)]
pub struct Report {
    /// The versions of the top-level metadata.
    pub versions: Versions,
    /// Who signed what, as the author's own implementation reads it: both must accept.
    pub roles: Vec<SignedRole>,
    /// Every channel with its releases, by ascending sequence.
    pub channels: BTreeMap<ChannelName, Vec<Release>>,
    /// How many target files were read and hashed.
    pub files: usize,
    /// How many bytes these have.
    pub total_bytes: u64,
}

/// Refreshes every channel from `anchor` as a device would at `now`, and checks every target of every
/// release.
///
/// # Errors
/// What a device would refuse with: `metadata_invalid`, `metadata_expired`, `signature_invalid`, …;
/// `checksum_mismatch` for a target that is missing or differs; `storage_failure` when a file cannot be read.
pub fn repository(
    folder: &Path,
    anchor: &Anchor,
    now: UnixMillis,
    progress: &dyn Progress,
) -> Result<Report> {
    let files = Files {
        folder,
        instead: BTreeMap::new(),
    };
    let refresh = |role: Option<&ChannelName>| {
        let (stored, role) = (Stored::default(), role.map(ChannelName::as_str));
        files.answer(Refresh::start(anchor.clone(), stored, now, Mode::Full, role)?)
    };
    let versions = refresh(None)?.versions();
    let mut channels = BTreeMap::new();
    for name in channel_names(folder, versions.targets)? {
        let releases = refresh(Some(&name))?.releases(&name)?;
        channels.insert(name, releases);
    }
    let targets: Vec<&Target> = channels.values().flatten().flat_map(targets).collect();
    let total_bytes = targets.iter().map(|target| target.length).sum();
    progress.begin(Stage::Check, total_bytes);
    let checked = targets
        .iter()
        .try_for_each(|target| check_target(folder, target, progress));
    progress.end();
    checked?;
    channels
        .values()
        .flatten()
        .try_for_each(|release| check_description(folder, release))?;
    Ok(Report {
        versions,
        roles: signed_roles(folder)?,
        files: targets.len(),
        total_bytes,
        channels,
    })
}

/// Whether a device that trusts `root` and has stored `stored` would accept the files.
///
/// # Errors
/// What a device would refuse with.
pub(crate) fn accepts(
    files: &Files<'_>,
    root: Vec<u8>,
    stored: Stored,
    channel: &ChannelName,
    now: UnixMillis,
) -> Result<()> {
    let role = Some(channel.as_str());
    let refresh = Refresh::start(Anchor::Root(root), stored, now, Mode::Full, role)?;
    files.answer(refresh)?.releases(channel)?;
    Ok(())
}

/// A repository's files as they are, or as they would be.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    pub(crate) folder: &'a Path,
    /// Taken in place of the files with these names in `metadata/`.
    pub(crate) instead: BTreeMap<String, Vec<u8>>,
}

impl Files<'_> {
    /// Answers the device's client until it is content.
    fn answer(&self, mut refresh: Refresh) -> Result<Trusted> {
        while let Step::Fetch(fetch) = refresh.step() {
            refresh.receive(self.fetch(&fetch)?)?;
        }
        Ok(refresh.into_trusted()?)
    }

    fn fetch(&self, fetch: &Fetch) -> Result<Answer> {
        if let Some(bytes) = self.instead.get(&fetch.name) {
            return Ok(Answer::Found(bytes.clone()));
        }
        let path = self.folder.join("metadata").join(&fetch.name);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Answer::Missing),
            file => file.map_err(Error::storage("reading", &path))?,
        };
        let mut bytes = Vec::new();
        // One byte more than is allowed, so that the client sees that there is too much.
        let limit = fetch.max_bytes.saturating_add(1);
        file.take(limit)
            .read_to_end(&mut bytes)
            .map_err(Error::storage("reading", &path))?;
        Ok(Answer::Found(bytes))
    }
}

/// The channels that the targets role of this version delegates. The client has verified that very file.
fn channel_names(folder: &Path, version: u64) -> Result<Vec<ChannelName>> {
    let path = folder.join(format!("metadata/{version}.targets.json"));
    let bytes = fs::read(&path).map_err(Error::storage("reading", &path))?;
    let targets: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Error::Metadata(format!("{} is not JSON: {error}", path.display())))?;
    let roles = targets
        .pointer("/signed/delegations/roles")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let names = roles.iter().filter_map(|role| role.get("name")?.as_str());
    // A role whose name is no channel is somebody else's; devices never ask for it.
    Ok(names.filter_map(|name| name.parse().ok()).collect())
}

fn targets(release: &Release) -> impl Iterator<Item = &Target> {
    std::iter::once(&release.checksum).chain(&release.archive)
}

fn check_target(folder: &Path, target: &Target, progress: &dyn Progress) -> Result<()> {
    let path = folder.join("targets").join(target.url_path());
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(differs(target, "is missing")),
        file => file
            .map_err(Error::storage("reading", &path))?
            .take(target.length.saturating_add(1)),
    };
    let (digest, length) =
        digest_of(file, |bytes| progress.advance(bytes)).map_err(Error::storage("reading", &path))?;
    if length != target.length || digest != target.digest {
        return Err(differs(target, "is not the file that was signed"));
    }
    Ok(())
}

/// The release must describe the bundle that its metadata promises.
fn check_description(folder: &Path, release: &Release) -> Result<()> {
    let path = folder.join("targets").join(release.checksum.url_path());
    let checksum = ChecksumJson::parse(&fs::read(&path).map_err(Error::storage("reading", &path))?)?;
    if checksum.id() == release.id
        && checksum.sequence() == release.sequence
        && checksum.version() == release.version
    {
        return Ok(());
    }
    Err(Error::Metadata(format!(
        "{} describes another bundle than its release",
        release.checksum.name
    )))
}

fn differs(target: &Target, what: &str) -> Error {
    Error::Checksum(format!(
        "{} {what}: copy it again from where you publish",
        target.name
    ))
}
