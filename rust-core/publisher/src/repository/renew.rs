//! Signing anew: after a change, and before the life of a signature ends.

use std::collections::{BTreeMap, HashMap};

use airlock_protocol::{ChannelName, UnixMillis};
use tough::schema::{Delegations, RoleType, Targets};

use super::expiry::{self, Lifetimes};
use super::{Keys, Repository, roles, sign, write};
use crate::audit;
use crate::error::{Error, Result};
use crate::key::PrivateKey;

impl Repository {
    /// Signs the present releases anew, so that devices go on accepting them; publishes nothing.
    ///
    /// # Errors
    /// As [`Repository::publish`].
    pub fn refresh(&mut self, key: &PrivateKey, now: UnixMillis) -> Result<()> {
        self.refuse_other_key(key)?;
        self.renew(BTreeMap::new(), key, now)
    }

    /// Gives the root metadata a new life, with the same keys, and tells devices through a new timestamp.
    ///
    /// # Errors
    /// `config_invalid` when either key is not the repository's; else as [`Repository::refresh`].
    pub fn renew_root(&mut self, keys: &Keys<'_>, now: UnixMillis) -> Result<()> {
        let root_keys = self.root.signed.roles.get(&RoleType::Root);
        let id = sign::key_id(keys.root)?;
        if !root_keys.is_some_and(|role| role.keyids.contains(&id)) {
            return Err(Error::Project(
                "the root key is not the one that this repository's root metadata names".into(),
            ));
        }
        self.refuse_other_key(keys.release)?;
        let mut root = self.root.signed.clone();
        root.version = root.version.saturating_add(1);
        root.expires = expiry::after(now, Lifetimes::ROOT_DAYS)?;
        self.root = write::role(&self.metadata_folder(), "root", root, keys.root)?.signed;
        self.refresh(keys.release, now)
    }

    /// Writes the changed channels, whatever is past the middle of its life, and always snapshot and
    /// timestamp.
    pub(super) fn renew(
        &mut self,
        mut changed: BTreeMap<ChannelName, Targets>,
        key: &PrivateKey,
        now: UnixMillis,
    ) -> Result<()> {
        let folder = self.metadata_folder();
        let expires = expiry::after(now, Lifetimes::TARGETS_DAYS)?;
        for (name, channel) in &self.channels {
            if expiry::is_half_over(channel.signed.expires, Lifetimes::TARGETS_DAYS, now) {
                changed
                    .entry(name.clone())
                    .or_insert_with(|| channel.signed.clone());
            }
        }
        let mut snapshot = self.snapshot.signed.clone();
        for (name, mut channel) in changed {
            channel.version = write::next_version(&folder, name.as_str(), channel.version)?;
            channel.expires = expires;
            let file = write::role(&folder, name.as_str(), channel, key)?;
            snapshot.meta.insert(format!("{name}.json"), file.entry());
            self.channels.insert(name, file.signed);
        }
        if let Some(mut targets) = self.changed_targets(key, now)? {
            targets.version = write::next_version(&folder, "targets", targets.version)?;
            targets.expires = expires;
            let file = write::role(&folder, "targets", targets, key)?;
            snapshot.meta.insert("targets.json".to_owned(), file.entry());
            self.targets = file.signed;
        }
        snapshot.version = write::next_version(&folder, "snapshot", snapshot.version)?;
        snapshot.expires = expiry::after(now, Lifetimes::SNAPSHOT_DAYS)?;
        let file = write::role(&folder, "snapshot", snapshot, key)?;
        let entry = file.entry();
        self.snapshot = file.signed;

        let mut timestamp = self.timestamp.signed.clone();
        timestamp.version = timestamp.version.saturating_add(1);
        timestamp.expires = expiry::after(now, Lifetimes::TIMESTAMP_DAYS)?;
        timestamp.meta = HashMap::from([("snapshot.json".to_owned(), entry)]);
        let file = sign::sign(timestamp, key)?;
        self.refuse_what_devices_refuse(&file.bytes, now)?;
        write::timestamp(&folder, &file)?;
        self.timestamp = file.signed;
        Ok(())
    }

    /// The last moment at which a mistake costs nothing: the device's own client reads the repository as it
    /// would be.
    fn refuse_what_devices_refuse(&self, timestamp: &[u8], now: UnixMillis) -> Result<()> {
        let root = super::read(
            &self
                .metadata_folder()
                .join(format!("{}.root.json", self.root.signed.version)),
        )?;
        self.channels
            .keys()
            .try_for_each(|name| audit::accepts(&self.folder, root.clone(), timestamp, name, now))
    }

    /// The targets role, if it has to be written again: for a new channel, or because half its life is over.
    fn changed_targets(&self, key: &PrivateKey, now: UnixMillis) -> Result<Option<Targets>> {
        let mut targets = self.targets.signed.clone();
        let known: Vec<String> = targets.role_names().into_iter().cloned().collect();
        let new: Vec<&ChannelName> = self
            .channels
            .keys()
            .filter(|name| !known.iter().any(|known| known == name.as_str()))
            .collect();
        let due = expiry::is_half_over(targets.expires, Lifetimes::TARGETS_DAYS, now);
        if new.is_empty() && !due {
            return Ok(None);
        }
        let delegations = targets.delegations.get_or_insert_with(Delegations::new);
        for name in new {
            roles::delegate(delegations, name, key)?;
        }
        Ok(Some(targets))
    }
}
