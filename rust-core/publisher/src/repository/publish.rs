//! Writing: a new release, or the same releases signed anew.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufWriter, Write};
use std::num::NonZeroU64;
use std::path::Path;

use airlock_protocol::{BundleId, CHECKSUM_FILE, ChannelName, Sequence, Sha256Digest, UnixMillis};
use tough::schema::{
    DelegatedRole, Delegations, Metafile, PathPattern, PathSet, Role, RoleKeys, RoleType, Root, Snapshot, Targets,
    Timestamp,
};

use super::expiry::{self, Lifetimes};
use super::release::{self, ARCHIVE_FILE, NewRelease};
use super::sign::{self, SignedFile};
use super::{Keys, Repository, metadata};
use crate::error::{Error, Result};
use crate::files::{self, Audience, Staged};
use crate::key::PrivateKey;
use crate::progress::Progress;

/// The version of the TUF specification that the metadata follows.
const SPEC_VERSION: &str = "1.0.31";

const ONE: NonZeroU64 = NonZeroU64::MIN;

/// What a publication made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Where it can be found.
    pub channel: ChannelName,
    /// Its number.
    pub sequence: Sequence,
    /// The tree digest of its bundle.
    pub id: BundleId,
    /// The size of its archive, in bytes.
    pub archive_bytes: u64,
}

impl Repository {
    /// Publishes a release: writes its targets, then new metadata, `timestamp.json` last.
    ///
    /// A channel that the repository does not know yet gets its delegation now.
    ///
    /// # Errors
    /// `downgrade_refused` unless the sequence is higher than every earlier one on the channel; `config_invalid` when
    /// `key` is not the repository's release key; `tree_invalid` when a file changed since the tree was read;
    /// `storage_failure` or `no_space`. After an error the repository is as readers knew it before.
    pub fn publish(
        &mut self,
        channel: &ChannelName,
        release: &NewRelease<'_>,
        key: &PrivateKey,
        now: UnixMillis,
        progress: &dyn Progress,
    ) -> Result<Published> {
        self.refuse_other_key(key)?;
        let checksum = release.bundle.checksum();
        let sequence = checksum.sequence();
        let mut listed = match self.channels.get(channel) {
            Some(channel) => channel.signed.clone(),
            None => new_channel(now)?,
        };
        if let Some(last) = release::last_sequence(&listed).filter(|last| sequence <= *last) {
            return Err(Error::Sequence { channel: channel.to_string(), asked: sequence.get(), last: last.get() });
        }

        let place = self.folder.join("targets").join(channel.as_str()).join(sequence.to_string());
        let checksum_bytes = release.bundle.checksum_bytes();
        let description = files::stage_bytes(&self.folder, Audience::Everyone, checksum_bytes)?;
        let digest = put(description, &place, CHECKSUM_FILE)?;
        let target = release::target(&digest, checksum_bytes.len() as u64, release.custom());
        listed.add_target(release::target_name(channel, sequence, CHECKSUM_FILE)?, target);

        let archive = stage_archive(&self.folder, release, progress)?;
        let archive_bytes = length(archive.path())?;
        let digest = put(archive, &place, ARCHIVE_FILE)?;
        let target = release::target(&digest, archive_bytes, HashMap::new());
        listed.add_target(release::target_name(channel, sequence, ARCHIVE_FILE)?, target);

        self.renew(BTreeMap::from([(channel.clone(), listed)]), key, now)?;
        Ok(Published { channel: channel.clone(), sequence, id: checksum.id().clone(), archive_bytes })
    }

    /// Signs the present releases anew, so that devices go on accepting them; publishes nothing.
    ///
    /// # Errors
    /// As [`Repository::publish`].
    pub fn refresh(&mut self, key: &PrivateKey, now: UnixMillis) -> Result<()> {
        self.refuse_other_key(key)?;
        self.renew(BTreeMap::new(), key, now)
    }

    /// Writes the changed channels, whatever is past the middle of its life, and always snapshot and timestamp.
    fn renew(&mut self, mut changed: BTreeMap<ChannelName, Targets>, key: &PrivateKey, now: UnixMillis) -> Result<()> {
        let folder = self.metadata_folder();
        let expires = expiry::after(now, Lifetimes::TARGETS_DAYS)?;
        for (name, channel) in &self.channels {
            if expiry::is_half_over(channel.signed.expires, Lifetimes::TARGETS_DAYS, now) {
                changed.entry(name.clone()).or_insert_with(|| channel.signed.clone());
            }
        }
        let mut snapshot = self.snapshot.signed.clone();
        for (name, mut channel) in changed {
            channel.version = next_version(&folder, name.as_str(), channel.version)?;
            channel.expires = expires;
            let file = write(&folder, name.as_str(), channel, key)?;
            snapshot.meta.insert(format!("{name}.json"), file.entry());
            self.channels.insert(name, file.signed);
        }
        if let Some(mut targets) = self.changed_targets(key, now)? {
            targets.version = next_version(&folder, "targets", targets.version)?;
            targets.expires = expires;
            let file = write(&folder, "targets", targets, key)?;
            snapshot.meta.insert("targets.json".to_owned(), file.entry());
            self.targets = file.signed;
        }
        snapshot.version = next_version(&folder, "snapshot", snapshot.version)?;
        snapshot.expires = expiry::after(now, Lifetimes::SNAPSHOT_DAYS)?;
        let file = write(&folder, "snapshot", snapshot, key)?;
        let entry = file.entry();
        self.snapshot = file.signed;

        let mut timestamp = self.timestamp.signed.clone();
        timestamp.version = timestamp.version.saturating_add(1);
        timestamp.expires = expiry::after(now, Lifetimes::TIMESTAMP_DAYS)?;
        timestamp.meta = HashMap::from([("snapshot.json".to_owned(), entry)]);
        self.timestamp = write_timestamp(&folder, timestamp, key)?.signed;
        Ok(())
    }

    /// The targets role, if it has to be written again: for a new channel, or because half its life is over.
    fn changed_targets(&self, key: &PrivateKey, now: UnixMillis) -> Result<Option<Targets>> {
        let mut targets = self.targets.signed.clone();
        let known: Vec<String> = targets.role_names().into_iter().cloned().collect();
        let new: Vec<&ChannelName> =
            self.channels.keys().filter(|name| !known.iter().any(|known| known == name.as_str())).collect();
        let due = expiry::is_half_over(targets.expires, Lifetimes::TARGETS_DAYS, now);
        if new.is_empty() && !due {
            return Ok(None);
        }
        let delegations = targets.delegations.get_or_insert_with(Delegations::new);
        for name in new {
            delegate(delegations, name, key)?;
        }
        Ok(Some(targets))
    }

    fn refuse_other_key(&self, key: &PrivateKey) -> Result<()> {
        let id = sign::key_id(key)?;
        let role = self.root.signed.roles.get(&RoleType::Timestamp);
        if role.is_some_and(|role| role.keyids.contains(&id)) {
            return Ok(());
        }
        Err(Error::Project("the release key is not the one that this repository's root metadata names".into()))
    }
}

/// Writes version 1 of everything.
pub(super) fn create(folder: &Path, keys: &Keys<'_>, channels: &[ChannelName], now: UnixMillis) -> Result<()> {
    let metadata = folder.join("metadata");
    let targets_folder = folder.join("targets");
    fs::create_dir_all(&targets_folder).map_err(Error::storage("creating the folder", &targets_folder))?;
    write(&metadata, "root", new_root(keys, now)?, keys.root)?;

    let mut meta: HashMap<String, Metafile> = HashMap::new();
    let mut delegations = Delegations::new();
    for name in channels {
        let file = write(&metadata, name.as_str(), new_channel(now)?, keys.release)?;
        meta.insert(format!("{name}.json"), file.entry());
        delegate(&mut delegations, name, keys.release)?;
    }
    let mut targets = new_channel(now)?;
    targets.delegations = Some(delegations);
    meta.insert("targets.json".to_owned(), write(&metadata, "targets", targets, keys.release)?.entry());

    let mut snapshot = Snapshot::new(SPEC_VERSION.to_owned(), ONE, expiry::after(now, Lifetimes::SNAPSHOT_DAYS)?);
    snapshot.meta = meta;
    let entry = write(&metadata, "snapshot", snapshot, keys.release)?.entry();
    let mut timestamp = Timestamp::new(SPEC_VERSION.to_owned(), ONE, expiry::after(now, Lifetimes::TIMESTAMP_DAYS)?);
    timestamp.meta = HashMap::from([("snapshot.json".to_owned(), entry)]);
    write_timestamp(&metadata, timestamp, keys.release)?;
    Ok(())
}

fn new_root(keys: &Keys<'_>, now: UnixMillis) -> Result<Root> {
    let role = |key| -> Result<RoleKeys> {
        Ok(RoleKeys { keyids: vec![sign::key_id(key)?], threshold: ONE, _extra: HashMap::new() })
    };
    let mut known = HashMap::new();
    for key in [keys.root, keys.release] {
        known.insert(sign::key_id(key)?, sign::tuf_key(key)?);
    }
    Ok(Root {
        spec_version: SPEC_VERSION.to_owned(),
        consistent_snapshot: true,
        version: ONE,
        expires: expiry::after(now, Lifetimes::ROOT_DAYS)?,
        keys: known,
        roles: HashMap::from([
            (RoleType::Root, role(keys.root)?),
            (RoleType::Targets, role(keys.release)?),
            (RoleType::Snapshot, role(keys.release)?),
            (RoleType::Timestamp, role(keys.release)?),
        ]),
        _extra: HashMap::new(),
    })
}

fn new_channel(now: UnixMillis) -> Result<Targets> {
    let mut channel = Targets::new(SPEC_VERSION.to_owned(), ONE, expiry::after(now, Lifetimes::TARGETS_DAYS)?);
    channel.delegations = None;
    Ok(channel)
}

/// Gives the channel's role the targets `<channel>/*/*` and nothing else; a TUF `*` does not cross a `/`.
fn delegate(delegations: &mut Delegations, name: &ChannelName, key: &PrivateKey) -> Result<()> {
    let id = sign::key_id(key)?;
    let pattern = PathPattern::new(format!("{name}/*/*"))
        .map_err(|error| Error::Internal(format!("delegating a channel: {error}")))?;
    delegations.keys.insert(id.clone(), sign::tuf_key(key)?);
    delegations.roles.push(DelegatedRole {
        name: name.to_string(),
        keyids: vec![id],
        threshold: ONE,
        paths: PathSet::Paths(vec![pattern]),
        terminating: true,
        targets: None,
    });
    Ok(())
}

/// One above both the current version and every file that a killed publication may have left: such a file may have
/// been copied to a server already, and what has a version of its own is never changed.
fn next_version(metadata: &Path, role: &str, current: NonZeroU64) -> Result<NonZeroU64> {
    let latest = metadata::latest_version(metadata, role)?.unwrap_or(0).max(current.get());
    Ok(ONE.saturating_add(latest))
}

fn write<T: Role + serde::Serialize>(
    metadata: &Path,
    name: &str,
    role: T,
    key: &PrivateKey,
) -> Result<SignedFile<T>> {
    let file = sign::sign(role, key)?;
    let path = metadata.join(format!("{}.{name}.json", file.signed.signed.version()));
    files::create(&path, Audience::Everyone, &file.bytes)?;
    Ok(file)
}

/// The moment at which readers see a publication.
fn write_timestamp(metadata: &Path, role: Timestamp, key: &PrivateKey) -> Result<SignedFile<Timestamp>> {
    let file = sign::sign(role, key)?;
    files::write(&metadata.join("timestamp.json"), Audience::Everyone, &file.bytes)?;
    Ok(file)
}

fn stage_archive(folder: &Path, release: &NewRelease<'_>, progress: &dyn Progress) -> Result<Staged> {
    files::stage(folder, Audience::Everyone, |file| {
        let mut writer = release.bundle.write_archive(BufWriter::new(file), progress)?;
        writer.flush().map_err(Error::storage("writing an archive in", folder))
    })
}

/// Moves a target to `<place>/<sha256>.<base>`, unless it is there already.
fn put(staged: Staged, place: &Path, base: &str) -> Result<Sha256Digest> {
    let bytes = super::read(staged.path())?;
    let digest = Sha256Digest::of(&bytes);
    staged.keep_existing(&place.join(format!("{digest}.{base}")))?;
    Ok(digest)
}

fn length(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path).map_err(Error::storage("reading", path))?.len())
}
