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
use serde_json::{Value, json};
use tough::schema::{Delegations, RoleType, Root};

use super::expiry::{self, Lifetimes};
use super::holders::Quorum;
use super::renew::Change;
use super::sign::SignedFile;
use super::{Repository, RoleName, roles, sign};
use crate::error::{Error, Result};
use crate::signer::Signers;

/// Where a bridge says which holders it leads to, so that another run can finish what a killed one has begun.
/// Clients ignore it, as TUF asks them to (specification section 4.2).
const NEXT: &str = "x-airlock-next";

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
        // What a killed run had begun goes on, whatever else was asked for.
        let mut wanted = self.unfinished()?;
        wanted.extend(
            changes
                .iter()
                .map(|(role, holders)| (role.clone(), holders.clone())),
        );
        let changes = &wanted;
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

    /// The change of keys that a killed run has begun: the present root is a bridge, and these are the holders
    /// that it leads to. Empty if there is none. The next [`Repository::rekey`] finishes it.
    ///
    /// # Errors
    /// `metadata_invalid` when the bridge does not say it in a way that can be read.
    pub fn unfinished(&self) -> Result<BTreeMap<RoleName, PublicKeys>> {
        match self.root.signed._extra.get(NEXT) {
            Some(next) => read_next(next).ok_or_else(|| {
                Error::Metadata(format!(
                    "root.json has a {NEXT} that cannot be read: restore the repository from where you publish it"
                ))
            }),
            None => Ok(BTreeMap::new()),
        }
    }

    /// The holders of a role as they are meant to be: on a bridge, those that it leads to.
    ///
    /// # Errors
    /// As [`Repository::holders`] and [`Repository::unfinished`].
    pub fn intended_holders(&self, role: &RoleName) -> Result<PublicKeys> {
        match self.unfinished()?.remove(role) {
            Some(holders) => Ok(holders),
            None => self.holders(role),
        }
    }

    fn new_roots(
        &self,
        changes: &BTreeMap<RoleName, PublicKeys>,
        signers: &Signers<'_>,
        now: UnixMillis,
    ) -> Result<NewRoots> {
        let current = &self.root.signed;
        let mut root = current.clone();
        root._extra.remove(NEXT);
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
            bridge._extra.insert(NEXT.to_owned(), write_next(changes));
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

/// `{"<role>": {"threshold": 1, "keys": ["<PEM>"]}}`.
fn write_next(changes: &BTreeMap<RoleName, PublicKeys>) -> Value {
    let holders = |holders: &PublicKeys| {
        let keys: Vec<Value> = holders.iter().map(|key| json!(key.to_pem())).collect();
        json!({"threshold": holders.threshold(), "keys": keys})
    };
    changes
        .iter()
        .map(|(role, each)| (role.to_string(), holders(each)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn read_next(next: &Value) -> Option<BTreeMap<RoleName, PublicKeys>> {
    let holders = |value: &Value| {
        let pems = value.get("keys")?.as_array()?.iter().map(Value::as_str);
        let threshold = u32::try_from(value.get("threshold")?.as_u64()?).ok()?;
        PublicKeys::from_pems(&pems.collect::<Option<Vec<_>>>()?, threshold).ok()
    };
    let roles = next.as_object()?.iter();
    roles
        .map(|(role, value)| Some((role.parse().ok()?, holders(value)?)))
        .collect()
}
