//! Reading the repository back, trusting nothing that its own keys do not vouch for.
//!
//! The publisher signs on top of what it finds. Were that not verified, whoever can write to the author's
//! disk could have a release of their own signed with the next publication.

use std::collections::BTreeMap;
use std::path::Path;

use airlock_protocol::{ChannelName, Sha256Digest};
use serde::de::DeserializeOwned;
use tough::schema::{Metafile, Role, Root, Signed, Snapshot, Targets, Timestamp};

use super::read;
use crate::error::{Error, Result};

/// All current metadata, verified against the newest root.
pub(super) struct Loaded {
    pub(super) root: Signed<Root>,
    pub(super) timestamp: Signed<Timestamp>,
    pub(super) snapshot: Signed<Snapshot>,
    pub(super) targets: Signed<Targets>,
    pub(super) channels: BTreeMap<ChannelName, Signed<Targets>>,
}

/// Follows root, timestamp, snapshot, targets and channels as a client would, without looking at the clock.
pub(super) fn load(folder: &Path) -> Result<Loaded> {
    let metadata = folder.join("metadata");
    let root_version = latest_version(&metadata, "root")?.ok_or_else(|| {
        Error::Project(format!(
            "there is no repository in {}: make one with `airlock init`",
            folder.display()
        ))
    })?;
    let root: Signed<Root> = parse(
        "root.json",
        &read(&metadata.join(format!("{root_version}.root.json")))?,
    )?;
    root.signed
        .verify_role(&root)
        .map_err(|error| invalid("root.json", error))?;

    let timestamp: Signed<Timestamp> = parse("timestamp.json", &read(&metadata.join("timestamp.json"))?)?;
    root.signed
        .verify_role(&timestamp)
        .map_err(|error| invalid("timestamp.json", error))?;

    let snapshot: Signed<Snapshot> = load_listed(&metadata, &timestamp.signed.meta, "snapshot")?;
    root.signed
        .verify_role(&snapshot)
        .map_err(|error| invalid("snapshot.json", error))?;

    let targets: Signed<Targets> = load_listed(&metadata, &snapshot.signed.meta, "targets")?;
    root.signed
        .verify_role(&targets)
        .map_err(|error| invalid("targets.json", error))?;

    let channels = load_channels(&metadata, &snapshot.signed, &targets.signed)?;
    Ok(Loaded {
        root,
        timestamp,
        snapshot,
        targets,
        channels,
    })
}

/// The highest `N` of the files `N.<role>.json`, whether or not anything refers to it.
pub(super) fn latest_version(metadata: &Path, role: &str) -> Result<Option<u64>> {
    let suffix = format!(".{role}.json");
    let entries = match std::fs::read_dir(metadata) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(Error::storage("reading", metadata))?,
    };
    let mut latest = None;
    for entry in entries {
        let name = entry.map_err(Error::storage("reading", metadata))?.file_name();
        let version = name
            .to_str()
            .and_then(|name| name.strip_suffix(&suffix))
            .and_then(|number| number.parse().ok());
        latest = latest.max(version);
    }
    Ok(latest)
}

fn load_channels(
    metadata: &Path,
    snapshot: &Snapshot,
    targets: &Targets,
) -> Result<BTreeMap<ChannelName, Signed<Targets>>> {
    let mut channels = BTreeMap::new();
    let Some(delegations) = &targets.delegations else {
        return Ok(channels);
    };
    for role in &delegations.roles {
        let channel: Signed<Targets> = load_listed(metadata, &snapshot.meta, &role.name)?;
        delegations
            .verify_role(&channel, &role.name)
            .map_err(|error| invalid(&role.name, error))?;
        let name = role
            .name
            .parse()
            .map_err(|error| invalid("targets.json", error))?;
        channels.insert(name, channel);
    }
    Ok(channels)
}

/// Reads `N.<role>.json` as the role above lists it: that version, that length, that hash.
fn load_listed<T: Role + DeserializeOwned>(
    metadata: &Path,
    listed: &std::collections::HashMap<String, Metafile>,
    role: &str,
) -> Result<Signed<T>> {
    let name = format!("{role}.json");
    let entry = listed
        .get(&name)
        .ok_or_else(|| invalid(&name, "nothing lists it"))?;
    let bytes = read(&metadata.join(format!("{}.{name}", entry.version)))?;
    let digest = Sha256Digest::of(&bytes);
    let hash_differs = entry
        .hashes
        .as_ref()
        .is_some_and(|hashes| hashes.sha256.as_ref() != digest.as_bytes());
    if hash_differs || entry.length.is_some_and(|length| length != bytes.len() as u64) {
        return Err(invalid(&name, "its bytes are not the ones that were signed"));
    }
    let signed: Signed<T> = parse(&name, &bytes)?;
    if signed.signed.version() != entry.version {
        return Err(invalid(&name, "its version is not the one that is listed"));
    }
    Ok(signed)
}

fn parse<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| invalid(name, error))
}

fn invalid(name: &str, reason: impl std::fmt::Display) -> Error {
    Error::Metadata(format!(
        "the repository's {name} does not verify ({reason}): restore the repository from where you publish it"
    ))
}
