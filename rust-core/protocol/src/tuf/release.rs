//! Releases: what a channel's targets role says in Airlock's own words.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    delegation::Delegation,
    target::{Target, TargetName},
    targets::{Entry, Targets},
};
use crate::{
    BundleId, CHECKSUM_FILE, ChannelName, Error, MetadataFault, NativeRange, Platform, Sequence, limits, text,
};

/// The file name of a release's archive.
const ARCHIVE_FILE: &str = "bundle.zip";

/// The file name of a patch: the digest of the base stands between.
const PATCH_PREFIX: &str = "from-";
const PATCH_SUFFIX: &str = ".dcz";

/// One numbered publication of a bundle on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The version for machines.
    pub sequence: Sequence,
    /// The version for people; one line of at most 128 bytes.
    pub version: String,
    /// The bundle it publishes.
    pub id: BundleId,
    /// Where its checksum.json is.
    pub checksum: Target,
    /// Where its archive is, if it has one.
    pub archive: Option<Target>,
    /// What turns other bundles into it, by the digest of the other bundle.
    pub patches: Vec<PatchTarget>,
    /// Whether each of its files also lies in the repository by itself, at `files/<sha256>.zst`; default false.
    pub has_single_files: bool,
    /// The percentage of devices it is for, 1 to 100; default 100.
    pub rollout: u8,
    /// Whether the app should not let the user put it off; default false.
    pub mandatory: bool,
    /// What is new, for people; at most 8 KiB.
    pub notes: Option<String>,
    /// The platforms it is for; empty means all.
    pub platforms: Vec<Platform>,
    /// The native versions it can run on; a platform without a range accepts every version.
    pub native: BTreeMap<Platform, NativeRange>,
}

/// What turns one bundle into another one (`crate::patch`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchTarget {
    /// The bundle that a device must have.
    pub from: BundleId,
    /// Where the patch is.
    pub target: Target,
    /// Where its second stream begins, in bytes: the first one yields checksum.json.
    pub description_bytes: u64,
}

/// The `custom` object of a release's checksum.json target.
#[derive(Deserialize)]
struct WireRelease {
    version: String,
    sequence: Sequence,
    id: BundleId,
    rollout: Option<u8>,
    mandatory: Option<bool>,
    files: Option<bool>,
    notes: Option<String>,
    #[serde(default)]
    platforms: Vec<Platform>,
    #[serde(default)]
    native: BTreeMap<Platform, NativeRange>,
}

/// The `custom` object of a patch.
#[derive(Deserialize)]
struct WirePatch {
    from: BundleId,
    description: u64,
}

/// Every release that `role` publishes for `channel`, by ascending sequence.
///
/// Names outside the channel's folder, or outside what the role was delegated, are none of its business
/// and are skipped.
///
/// # Errors
/// `metadata_invalid` if a release is malformed.
pub(super) fn read_all(
    channel: &ChannelName,
    delegation: &Delegation,
    role: &Targets,
) -> Result<Vec<Release>, Error> {
    let mut releases = Vec::new();
    for (name, entry) in role.entries() {
        let Some(sequence) = release_sequence(channel, name) else {
            continue;
        };
        let name: TargetName = name.parse()?;
        if delegation.covers(&name) {
            releases.push(read_one(channel, delegation, role, sequence, name, entry)?);
        }
    }
    releases.sort_unstable_by_key(|release| release.sequence);
    Ok(releases)
}

/// The sequence in `<channel>/<sequence>/checksum.json`.
fn release_sequence(channel: &ChannelName, name: &str) -> Option<Sequence> {
    let rest = name.strip_prefix(channel.as_str())?.strip_prefix('/')?;
    let (sequence, file) = rest.split_once('/')?;
    (file == CHECKSUM_FILE).then(|| sequence.parse().ok()).flatten()
}

fn read_one(
    channel: &ChannelName,
    delegation: &Delegation,
    role: &Targets,
    sequence: Sequence,
    name: TargetName,
    entry: &Entry,
) -> Result<Release, Error> {
    let invalid = |detail: String| Error::from(MetadataFault::invalid(&format!("release {name}"), detail));
    let custom = entry
        .custom
        .as_ref()
        .ok_or_else(|| invalid("it has no custom part".to_owned()))?;
    let wire = WireRelease::deserialize(custom).map_err(|fault| invalid(fault.to_string()))?;
    check(&wire, sequence, entry).map_err(|rule| invalid(rule.to_owned()))?;
    let archive_name: TargetName = format!("{channel}/{sequence}/{ARCHIVE_FILE}").parse()?;
    let archive = match role
        .entry(archive_name.as_str())
        .filter(|_| delegation.covers(&archive_name))
    {
        Some(entry) => Some(target(archive_name, entry)?),
        None => None,
    };
    Ok(Release {
        sequence,
        version: wire.version,
        id: wire.id,
        checksum: target(name, entry)?,
        archive,
        patches: patches(channel, delegation, role, sequence)?,
        has_single_files: wire.files.unwrap_or(false),
        rollout: wire.rollout.unwrap_or(100),
        mandatory: wire.mandatory.unwrap_or(false),
        notes: wire.notes,
        platforms: wire.platforms,
        native: wire.native,
    })
}

/// The release's patches. One that is malformed is left out: it saves bytes, and there is another way to each bundle.
fn patches(
    channel: &ChannelName,
    delegation: &Delegation,
    role: &Targets,
    sequence: Sequence,
) -> Result<Vec<PatchTarget>, Error> {
    let prefix = format!("{channel}/{sequence}/{PATCH_PREFIX}");
    let mut patches = Vec::new();
    for (name, entry) in role.entries_from(&prefix) {
        let Some(from) = name.strip_suffix(PATCH_SUFFIX) else {
            continue;
        };
        let full: TargetName = format!("{prefix}{name}").parse()?;
        let wire = entry.custom.as_ref().map(WirePatch::deserialize);
        if let Some(Ok(wire)) = wire
            && from == wire.from.to_string()
            && wire.description <= entry.length
            && delegation.covers(&full)
        {
            patches.push(PatchTarget {
                from: wire.from,
                description_bytes: wire.description,
                target: target(full, entry)?,
            });
        }
    }
    Ok(patches)
}

fn check(wire: &WireRelease, sequence: Sequence, checksum: &Entry) -> Result<(), &'static str> {
    if wire.sequence != sequence {
        return Err("its sequence is not the one in its name");
    }
    if !text::is_one_line(&wire.version, limits::TEXT_BYTES) {
        return Err("its version must be one line of 1 to 128 bytes");
    }
    if wire.rollout.is_some_and(|percent| !(1..=100).contains(&percent)) {
        return Err("its rollout must be 1 to 100 percent");
    }
    if wire
        .notes
        .as_ref()
        .is_some_and(|notes| notes.len() > limits::NOTES_BYTES)
    {
        return Err("its notes are longer than 8 KiB");
    }
    if checksum.length > limits::CHECKSUM_JSON_BYTES {
        return Err("its checksum.json is longer than 8 MiB");
    }
    Ok(())
}

fn target(name: TargetName, entry: &Entry) -> Result<Target, Error> {
    let digest = entry
        .hashes
        .sha256()
        .ok_or_else(|| MetadataFault::invalid(name.as_str(), "it has no SHA-256"))?;
    Ok(Target {
        length: entry.length,
        digest: *digest,
        name,
    })
}
