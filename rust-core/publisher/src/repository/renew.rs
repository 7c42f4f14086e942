//! Signing anew: after a change, and before the life of a signature ends.

use std::collections::{BTreeMap, HashMap};

use airlock_protocol::keys::PublicKey;
use airlock_protocol::{ChannelName, UnixMillis};
use tough::schema::{Delegations, RoleType, Root, Snapshot, Targets, Timestamp};

use super::expiry::{self, Lifetimes};
use super::holders::Quorum;
use super::rekey::NewRoots;
use super::sign::SignedFile;
use super::{Repository, RoleName, roles, sign, write};
use crate::error::{Error, Result};
use crate::signer::Signers;

/// What is to be signed besides snapshot and timestamp, which always are.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Channels with other content, or to be signed by other keys.
    pub(super) channels: BTreeMap<ChannelName, Targets>,
    /// The targets role with other delegations, or to be signed by other keys.
    pub(super) targets: Option<Targets>,
    /// The next root metadata.
    pub(super) roots: Option<NewRoots>,
}

impl Repository {
    /// Signs the present releases anew, so that devices go on accepting them; publishes nothing.
    ///
    /// Snapshot and timestamp are signed in any case. Targets and channels are when half of their life is over
    /// and their keys are at hand: where only the keys of snapshot and timestamp are, they wait for the run
    /// that has the others. [`Repository::expires`] tells how long that may take.
    ///
    /// # Errors
    /// As [`Repository::publish`].
    pub fn refresh(&mut self, signers: &Signers<'_>, now: UnixMillis) -> Result<()> {
        self.renew(Change::default(), signers, now)
    }

    /// Gives the root metadata a new life, with the same keys, and tells devices through a new timestamp.
    ///
    /// # Errors
    /// `config_invalid` when too few of the root keys are at hand; else as [`Repository::refresh`].
    pub fn renew_root(&mut self, signers: &Signers<'_>, now: UnixMillis) -> Result<()> {
        self.rekey(&BTreeMap::new(), signers, now)
    }

    /// Writes the change, whatever is past the middle of its life, and always snapshot and timestamp.
    ///
    /// Nothing that a reader could see is written before the device's own client has accepted all of it.
    pub(super) fn renew(&mut self, mut change: Change, signers: &Signers<'_>, now: UnixMillis) -> Result<()> {
        self.add_what_is_due(&mut change, signers, now)?;
        let signing = Signing::new(self, &change, signers)?;
        signing.require(&change)?;
        let folder = self.metadata_folder();
        let expires = expiry::after(now, Lifetimes::TARGETS_DAYS)?;

        let mut snapshot = self.snapshot.signed.clone();
        let mut channels = BTreeMap::new();
        for (name, mut channel) in change.channels {
            channel.version = write::next_version(&folder, name.as_str(), channel.version)?;
            channel.expires = expires;
            let file = signing.channel(&name, channel)?;
            write::role(&folder, name.as_str(), &file)?;
            snapshot.meta.insert(format!("{name}.json"), file.entry());
            channels.insert(name, file.signed);
        }
        let mut new_targets = None;
        if let Some(mut targets) = change.targets {
            targets.version = write::next_version(&folder, "targets", targets.version)?;
            targets.expires = expires;
            let file = signing.top_level(targets)?;
            write::role(&folder, "targets", &file)?;
            snapshot.meta.insert("targets.json".to_owned(), file.entry());
            new_targets = Some(file.signed);
        }
        snapshot.version = write::next_version(&folder, "snapshot", snapshot.version)?;
        snapshot.expires = expiry::after(now, Lifetimes::SNAPSHOT_DAYS)?;
        let snapshot: SignedFile<Snapshot> = signing.top_level(snapshot)?;
        write::role(&folder, "snapshot", &snapshot)?;

        let mut timestamp = self.timestamp.signed.clone();
        timestamp.version = timestamp.version.saturating_add(1);
        timestamp.expires = expiry::after(now, Lifetimes::TIMESTAMP_DAYS)?;
        timestamp.meta = HashMap::from([("snapshot.json".to_owned(), snapshot.entry())]);
        let timestamp: SignedFile<Timestamp> = signing.top_level(timestamp)?;
        let names: Vec<ChannelName> = self.channels.keys().chain(channels.keys()).cloned().collect();
        self.refuse_what_devices_refuse(&names, &timestamp.bytes, change.roots.as_ref(), now)?;
        put_in_place(&folder, &timestamp, change.roots.as_ref())?;

        self.channels.extend(channels);
        if let Some(targets) = new_targets {
            self.targets = targets;
        }
        self.snapshot = snapshot.signed;
        self.timestamp = timestamp.signed;
        if let Some(roots) = change.roots {
            self.root = roots.last.signed;
        }
        Ok(())
    }

    /// Adds to the change what half of its life is over, as far as the keys are at hand, and a delegation for
    /// each channel that is new.
    fn add_what_is_due(&self, change: &mut Change, signers: &Signers<'_>, now: UnixMillis) -> Result<()> {
        let is_due = |targets: &Targets| expiry::is_half_over(targets.expires, Lifetimes::TARGETS_DAYS, now);
        let at_hand = |role: &RoleName| Ok::<_, Error>(self.quorum(role)?.is_met(signers));
        for (name, channel) in &self.channels {
            let known = change.channels.contains_key(name);
            if !known && is_due(&channel.signed) && at_hand(&RoleName::Channel(name.clone()))? {
                change.channels.insert(name.clone(), channel.signed.clone());
            }
        }
        let current = &self.targets.signed;
        let new: Vec<&ChannelName> = change
            .channels
            .keys()
            .filter(|name| !self.channels.contains_key(*name))
            .collect();
        let due = is_due(current) && at_hand(&RoleName::Targets)?;
        if change.targets.is_none() && (due || !new.is_empty()) {
            change.targets = Some(current.clone());
        }
        if let Some(targets) = change.targets.as_mut().filter(|_| !new.is_empty()) {
            let holders = self.holders(&RoleName::Targets)?;
            let delegations = targets.delegations.get_or_insert_with(Delegations::new);
            for name in new {
                roles::delegate(delegations, name, &holders)?;
            }
        }
        Ok(())
    }
}

/// What readers see, in an order in which every moment between two steps is a repository that they accept: a
/// root that knows old and new keys, the timestamp, the root that knows the new ones only.
fn put_in_place(
    folder: &std::path::Path,
    timestamp: &SignedFile<Timestamp>,
    roots: Option<&NewRoots>,
) -> Result<()> {
    if let Some(bridge) = roots.and_then(|roots| roots.bridge.as_ref()) {
        write::role(folder, "root", bridge)?;
    }
    write::timestamp(folder, timestamp)?;
    match roots {
        Some(roots) => write::role(folder, "root", &roots.last),
        None => Ok(()),
    }
}

/// Who signs what in one run.
struct Signing<'a> {
    signers: &'a Signers<'a>,
    /// The root that will be in force, and the one that is.
    root: Root,
    before: Option<Root>,
    delegations: Delegations,
}

impl<'a> Signing<'a> {
    fn new(repository: &Repository, change: &Change, signers: &'a Signers<'a>) -> Result<Signing<'a>> {
        let current = &repository.root.signed;
        let targets = change.targets.as_ref().unwrap_or(&repository.targets.signed);
        Ok(Signing {
            signers,
            root: match &change.roots {
                Some(roots) => roots.last.signed.signed.clone(),
                None => current.clone(),
            },
            before: change.roots.as_ref().map(|_| current.clone()),
            delegations: targets.delegations.clone().unwrap_or_default(),
        })
    }

    /// Everything that will be signed must find its keys, before anything is written.
    fn require(&self, change: &Change) -> Result<()> {
        let mut quorums = Vec::new();
        for name in change.channels.keys() {
            quorums.push(Quorum::of_channel(&self.delegations, name)?);
        }
        if change.targets.is_some() {
            quorums.push(Quorum::of_root(&self.root, RoleType::Targets)?);
        }
        quorums.push(Quorum::of_root(&self.root, RoleType::Snapshot)?);
        quorums.push(Quorum::of_root(&self.root, RoleType::Timestamp)?);
        quorums
            .iter()
            .try_for_each(|quorum| quorum.require(self.signers))?;
        let keys: Vec<PublicKey> = quorums
            .iter()
            .flat_map(Quorum::keys)
            .map(|(_, key)| key.clone())
            .collect();
        self.signers.unlock(&keys)
    }

    fn channel(&self, name: &ChannelName, channel: Targets) -> Result<SignedFile<Targets>> {
        let quorum = Quorum::of_channel(&self.delegations, name)?;
        sign::sign(channel, &[quorum], None, self.signers)
    }

    /// Signed by the keys that will be in force, and, as far as they are at hand, by those that are: a device
    /// that has not seen the new root yet accepts it as well.
    fn top_level<T: tough::schema::Role + serde::Serialize>(&self, role: T) -> Result<SignedFile<T>> {
        let quorum = Quorum::of_root(&self.root, T::TYPE)?;
        let before = self.before.as_ref().map(|root| Quorum::of_root(root, T::TYPE));
        sign::sign(role, &[quorum], before.transpose()?.as_ref(), self.signers)
    }
}
