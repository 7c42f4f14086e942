//! A new release: its targets first, then the metadata that names them.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use airlock_protocol::keys::PublicKeys;
use airlock_protocol::{BundleId, CHECKSUM_FILE, ChannelName, Sequence, Sha256Digest, UnixMillis};

use super::release::{self, ARCHIVE_FILE, NewRelease};
use super::renew::Change;
use super::{PatchReport, Repository, RoleName, SingleFiles, roles};
use crate::error::{Error, Result};
use crate::files::{self, Audience, Staged};
use crate::hash::digest_of;
use crate::progress::Progress;
use crate::signer::Signers;

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
    /// The size of all its files one by one, compressed, in bytes; `None` when they are left out.
    pub files_bytes: Option<u64>,
    /// The patches, newest base first.
    pub patches: Vec<PatchReport>,
}

impl Repository {
    /// Publishes a release: writes its targets, then new metadata, `timestamp.json` last.
    ///
    /// A channel that the repository does not know yet gets its delegation now.
    ///
    /// # Errors
    /// `downgrade_refused` unless the sequence is higher than every earlier one on the channel;
    /// `config_invalid` when too few of the keys are at hand that the metadata names for the channel, snapshot
    /// and timestamp; `tree_invalid` when a file changed
    /// since the tree was read; `storage_failure` or `no_space`. After an error the repository is as readers
    /// knew it before.
    pub fn publish(
        &mut self,
        channel: &ChannelName,
        release: &NewRelease<'_>,
        signers: &Signers<'_>,
        now: UnixMillis,
        progress: &dyn Progress,
    ) -> Result<Published> {
        self.require_to_publish(channel, signers)?;
        let checksum = release.bundle.checksum();
        let sequence = checksum.sequence();
        let mut listed = match self.channels.get(channel) {
            Some(channel) => channel.signed.clone(),
            None => roles::targets(now)?,
        };
        if let Some(last) = release::last_sequence(&listed).filter(|last| sequence <= *last) {
            return Err(Error::Sequence {
                channel: channel.to_string(),
                asked: sequence.get(),
                last: last.get(),
            });
        }

        let place = self
            .folder
            .join("targets")
            .join(channel.as_str())
            .join(sequence.to_string());
        let checksum_bytes = release.bundle.checksum_bytes();
        let description = files::stage_bytes(&self.folder, Audience::Everyone, checksum_bytes)?;
        let digest = put(description, &place, CHECKSUM_FILE)?;
        let target = release::target(&digest, checksum_bytes.len() as u64, release.custom(self.files));
        listed.add_target(release::target_name(channel, sequence, CHECKSUM_FILE)?, target);

        let archive = stage_archive(&self.folder, release, progress)?;
        let archive_bytes = length(archive.path())?;
        let digest = put(archive, &place, ARCHIVE_FILE)?;
        let target = release::target(&digest, archive_bytes, HashMap::new());
        listed.add_target(release::target_name(channel, sequence, ARCHIVE_FILE)?, target);

        let files_bytes = match self.files {
            SingleFiles::Written => Some(self.write_files(release.bundle, progress)?),
            SingleFiles::LeftOut => None,
        };
        let sized = (release.bundle, archive_bytes);
        let patches = self.add_patches(&mut listed, channel, sized, &place, progress)?;

        let change = Change {
            channels: BTreeMap::from([(channel.clone(), listed)]),
            ..Change::default()
        };
        self.renew(change, signers, now)?;
        Ok(Published {
            channel: channel.clone(),
            sequence,
            id: checksum.id(),
            archive_bytes,
            files_bytes,
            patches,
        })
    }

    /// Refuses early what [`Repository::publish`] would refuse for want of keys, and opens those that it needs.
    ///
    /// # Errors
    /// `config_invalid` when too few keys are at hand, or one does not open.
    pub fn require_to_publish(&self, channel: &ChannelName, signers: &Signers<'_>) -> Result<()> {
        self.require(&self.roles_to_publish(channel), signers)
    }

    /// The roles that sign a publication on the channel.
    pub(super) fn roles_to_publish(&self, channel: &ChannelName) -> Vec<RoleName> {
        let channel_role = if self.channels.contains_key(channel) {
            RoleName::Channel(channel.clone())
        } else {
            // It is delegated now, to the keys of the targets role.
            RoleName::Targets
        };
        vec![channel_role, RoleName::Snapshot, RoleName::Timestamp]
    }

    /// The keys that sign releases and bundles of the channel, with their threshold.
    ///
    /// # Errors
    /// As [`Repository::holders`].
    pub fn channel_keys(&self, channel: &ChannelName) -> Result<PublicKeys> {
        match self.roles_to_publish(channel).first() {
            Some(role) => self.holders(role),
            None => self.holders(&RoleName::Targets),
        }
    }
}

fn stage_archive(folder: &Path, release: &NewRelease<'_>, progress: &dyn Progress) -> Result<Staged> {
    files::stage(folder, Audience::Everyone, |file| {
        let mut writer = release.bundle.write_archive(BufWriter::new(file), progress)?;
        writer
            .flush()
            .map_err(Error::storage("writing an archive in", folder))
    })
}

/// Moves a target to `<place>/<sha256>.<base>`, unless it is there already.
pub(super) fn put(staged: Staged, place: &Path, base: &str) -> Result<Sha256Digest> {
    let path = staged.path();
    let (digest, _) = File::open(path)
        .and_then(|file| digest_of(file, |_| {}))
        .map_err(Error::storage("reading", path))?;
    staged.keep_existing(&place.join(format!("{digest}.{base}")))?;
    Ok(digest)
}

pub(super) fn length(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path).map_err(Error::storage("reading", path))?.len())
}
