//! Other keys for a role: replaced, or shared among several people. Installed apps follow in band.
//!
//! Three things can be in force at a device while the files change: the root before, the root after, and the
//! timestamp of either. Every combination that a reader can meet must be accepted, also when the run is killed
//! between two files (docs/adr/0014-rotation-order.md):
//!
//! - While the old keys are at hand, everything is signed by old and new ones: timestamp first, root last.
//! - Without them (lost) a *bridge* comes first, a root that knows both old and new keys and lives for a day;
//!   then the timestamp; then the root that knows the new ones only.

use std::collections::BTreeMap;

use airlock_protocol::UnixMillis;
use airlock_protocol::keys::{PublicKey, PublicKeys};
use tough::schema::{Delegations, RoleType, Root};

use super::expiry::{self, Lifetimes};
use super::holders::Quorum;
use super::renew::Change;
use super::sign::SignedFile;
use super::{Repository, RoleName, roles, sign};
use crate::error::Result;
use crate::signer::Signers;

/// The root metadata that follows the present one.
#[derive(Debug)]
pub(super) struct NewRoots {
    /// Knows the old and the new keys.
    pub(super) bridge: Option<SignedFile<Root>>,
    /// Knows the new keys only.
    pub(super) last: SignedFile<Root>,
}

impl Repository {
    /// Gives roles other keys or thresholds and signs everything anew that hangs on them. Roles that are not
    /// named keep theirs. The root metadata is renewed unless only channels change.
    ///
    /// Root metadata is signed by the present root keys and, if they change, by the new ones too, each up to
    /// its threshold. The present keys of other roles are not needed.
    ///
    /// # Errors
    /// `config_invalid` when too few keys are at hand, before anything is written; `usage` for a channel that
    /// does not exist; `metadata_invalid` and others when devices would refuse the result; `storage_failure` or
    /// `no_space`. After an error devices accept the repository as before.
    pub fn rekey(
        &mut self,
        changes: &BTreeMap<RoleName, PublicKeys>,
        signers: &Signers<'_>,
        now: UnixMillis,
    ) -> Result<()> {
        let only_channels = !changes.is_empty() && changes.keys().all(|role| role.role_type().is_none());
        let mut change = Change::default();
        if !only_channels {
            change.roots = Some(self.new_roots(changes, signers, now)?);
        }
        let mut targets = self.targets.signed.clone();
        let delegations = targets.delegations.get_or_insert_with(Delegations::new);
        for (role, holders) in changes {
            if let RoleName::Channel(name) = role {
                self.quorum(role)?;
                roles::delegate(delegations, name, holders)?;
                if let Some(channel) = self.channels.get(name) {
                    change.channels.insert(name.clone(), channel.signed.clone());
                }
            }
        }
        if !change.channels.is_empty() || changes.contains_key(&RoleName::Targets) {
            change.targets = Some(targets);
        }
        self.renew(change, signers, now)
    }

    /// Refuses early what [`Repository::rekey`] of these roles would refuse for want of present keys: those of
    /// root or, if only channels change, those of targets.
    ///
    /// # Errors
    /// As [`Repository::rekey`].
    pub fn require_for_rekey(&self, roles: &[RoleName], signers: &Signers<'_>) -> Result<()> {
        let only_channels = roles.iter().all(|role| role.role_type().is_none());
        let by = if only_channels {
            RoleName::Targets
        } else {
            RoleName::Root
        };
        roles.iter().try_for_each(|role| self.quorum(role).map(drop))?;
        self.require(&[by], signers)
    }

    fn new_roots(
        &self,
        changes: &BTreeMap<RoleName, PublicKeys>,
        signers: &Signers<'_>,
        now: UnixMillis,
    ) -> Result<NewRoots> {
        let current = &self.root.signed;
        let mut root = current.clone();
        if let Some(holders) = changes.get(&RoleName::Root) {
            roles::assign(&mut root, RoleType::Root, holders)?;
        }
        let by_both = [
            Quorum::of_root(current, RoleType::Root)?,
            Quorum::of_root(&root, RoleType::Root)?,
        ];
        by_both.iter().try_for_each(|quorum| quorum.require(signers))?;
        let keys: Vec<PublicKey> = by_both
            .iter()
            .flat_map(Quorum::keys)
            .map(|(_, key)| key.clone())
            .collect();
        signers.unlock(&keys)?;

        let online: Vec<(RoleType, &PublicKeys)> = changes
            .iter()
            .filter(|(role, _)| **role != RoleName::Root)
            .filter_map(|(role, holders)| Some((role.role_type()?, holders)))
            .collect();
        let bridge = if self.old_keys_sign_too(&online, signers)? {
            None
        } else {
            let mut bridge = root.clone();
            for (role, holders) in &online {
                roles::assign(&mut bridge, *role, &self.old_and_new(*role, holders)?)?;
            }
            bridge.version = current.version.saturating_add(1);
            bridge.expires = expiry::after(now, Lifetimes::BRIDGE_DAYS)?;
            Some(sign::sign(bridge, &by_both, None, signers)?)
        };
        let before = bridge
            .as_ref()
            .map_or(current.version, |bridge| bridge.signed.signed.version);
        for (role, holders) in &online {
            roles::assign(&mut root, *role, holders)?;
        }
        root.version = before.saturating_add(1);
        root.expires = expiry::after(now, Lifetimes::ROOT_DAYS)?;
        let last = sign::sign(root, &by_both, None, signers)?;
        Ok(NewRoots { bridge, last })
    }

    fn old_keys_sign_too(&self, online: &[(RoleType, &PublicKeys)], signers: &Signers<'_>) -> Result<bool> {
        for (role, _) in online {
            if !Quorum::of_root(&self.root.signed, *role)?.is_met(signers) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Old and new keys together, with the lower of both thresholds, so that the old timestamp counts as well
    /// as the new one.
    fn old_and_new(&self, role: RoleType, new: &PublicKeys) -> Result<PublicKeys> {
        let old = Quorum::of_root(&self.root.signed, role)?;
        let mut keys: Vec<PublicKey> = old.keys().map(|(_, key)| key.clone()).collect();
        keys.extend(new.iter().cloned());
        keys.sort();
        keys.dedup();
        let threshold = old.threshold().min(new.threshold() as u64);
        Ok(PublicKeys::new(
            keys,
            u32::try_from(threshold).unwrap_or(u32::MAX),
        )?)
    }
}
