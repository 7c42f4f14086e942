//! Who may sign what: the roles of a repository, the keys that the metadata names for them, and whether
//! enough of these are at hand.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use airlock_protocol::ChannelName;
use airlock_protocol::keys::{PublicKey, PublicKeys};
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{Delegations, RoleType, Root};

use super::{Repository, sign};
use crate::error::{Error, Result};
use crate::key::PrivateKey;
use crate::signer::{Signers, short};

/// A role of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleName {
    /// Says which keys the other top-level roles have.
    Root,
    /// Says which keys the channels have.
    Targets,
    /// Says which versions of targets and channels belong together.
    Snapshot,
    /// Says which snapshot is current, and runs out soonest.
    Timestamp,
    /// Lists the releases of one channel.
    Channel(ChannelName),
}

impl RoleName {
    /// The top-level roles.
    pub(super) const TOP_LEVEL: [RoleName; 4] = [
        RoleName::Root,
        RoleName::Targets,
        RoleName::Snapshot,
        RoleName::Timestamp,
    ];

    /// What `tough` calls it; nothing for a channel.
    pub(super) fn role_type(&self) -> Option<RoleType> {
        match self {
            RoleName::Root => Some(RoleType::Root),
            RoleName::Targets => Some(RoleType::Targets),
            RoleName::Snapshot => Some(RoleType::Snapshot),
            RoleName::Timestamp => Some(RoleType::Timestamp),
            RoleName::Channel(_) => None,
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RoleName::Root => "root",
            RoleName::Targets => "targets",
            RoleName::Snapshot => "snapshot",
            RoleName::Timestamp => "timestamp",
            RoleName::Channel(name) => name.as_str(),
        })
    }
}

impl FromStr for RoleName {
    type Err = airlock_protocol::Error;

    /// # Errors
    /// As a channel's name: a channel cannot be called like a top-level role.
    fn from_str(text: &str) -> std::result::Result<RoleName, Self::Err> {
        let known = RoleName::TOP_LEVEL
            .into_iter()
            .find(|role| role.to_string() == text);
        match known {
            Some(role) => Ok(role),
            None => text.parse().map(RoleName::Channel),
        }
    }
}

/// The keys of one role and how many of them must sign.
#[derive(Debug, Clone)]
pub(super) struct Quorum {
    role: String,
    keys: Vec<(Decoded<Hex>, PublicKey)>,
    threshold: u64,
}

impl Quorum {
    /// Of a top-level role.
    pub(super) fn of_root(root: &Root, role: RoleType) -> Result<Quorum> {
        let holders = root
            .roles
            .get(&role)
            .ok_or_else(|| Error::Metadata(format!("root.json names no keys for {role}")))?;
        Ok(Quorum {
            role: role.to_string(),
            keys: read_keys(&holders.keyids, &root.keys),
            threshold: holders.threshold.get(),
        })
    }

    /// Of a channel.
    pub(super) fn of_channel(delegations: &Delegations, channel: &ChannelName) -> Result<Quorum> {
        let role = delegations
            .roles
            .iter()
            .find(|role| role.name == channel.as_str())
            .ok_or_else(|| Error::Metadata(format!("targets.json does not delegate to {channel}")))?;
        Ok(Quorum {
            role: channel.to_string(),
            keys: read_keys(&role.keyids, &delegations.keys),
            threshold: role.threshold.get(),
        })
    }

    /// The keys, each under the id that the metadata gives it.
    pub(super) fn keys(&self) -> impl Iterator<Item = &(Decoded<Hex>, PublicKey)> {
        self.keys.iter()
    }

    /// How many of the keys must sign.
    pub(super) fn threshold(&self) -> u64 {
        self.threshold
    }

    /// Whether enough keys are at hand.
    pub(super) fn is_met(&self, signers: &Signers<'_>) -> bool {
        self.at_hand(signers) >= self.threshold
    }

    fn at_hand(&self, signers: &Signers<'_>) -> u64 {
        self.keys.iter().filter(|(_, key)| signers.contains(key)).count() as u64
    }

    /// # Errors
    /// `config_invalid` when fewer keys than the threshold are at hand, naming those that are missing.
    pub(super) fn require(&self, signers: &Signers<'_>) -> Result<()> {
        if self.is_met(signers) {
            return Ok(());
        }
        let missing = self.keys.iter().filter(|(_, key)| !signers.contains(key));
        let missing: Vec<String> = missing.map(|(_, key)| short(key)).collect();
        Err(Error::Project(format!(
            "{}.json must be signed by {} of {} keys, and {} of them can sign here; missing: {}. Put the key \
             files where airlock.json says they are, or name them with --key; `airlock keys list` shows which \
             key is which",
            self.role,
            self.threshold,
            self.keys.len(),
            self.at_hand(signers),
            missing.join(", "),
        )))
    }

    /// As a set with a threshold.
    fn holders(&self) -> Result<PublicKeys> {
        let keys = self.keys.iter().map(|(_, key)| key.clone()).collect();
        let threshold = u32::try_from(self.threshold).unwrap_or(u32::MAX);
        Ok(PublicKeys::new(keys, threshold)?)
    }
}

impl Repository {
    /// Every role: the top-level ones, then the channels by name.
    pub fn role_names(&self) -> Vec<RoleName> {
        let channels = self.channels.keys().cloned().map(RoleName::Channel);
        RoleName::TOP_LEVEL.into_iter().chain(channels).collect()
    }

    /// The keys that may sign the role, and how many of them must.
    ///
    /// # Errors
    /// `usage` when there is no such channel; `public_key_invalid` when the metadata names fewer usable keys
    /// than must sign.
    pub fn holders(&self, role: &RoleName) -> Result<PublicKeys> {
        self.quorum(role)?.holders()
    }

    pub(super) fn quorum(&self, role: &RoleName) -> Result<Quorum> {
        match (role, role.role_type()) {
            (_, Some(role)) => Quorum::of_root(&self.root.signed, role),
            (RoleName::Channel(channel), None) if self.channels.contains_key(channel) => {
                match &self.targets.signed.delegations {
                    Some(delegations) => Quorum::of_channel(delegations, channel),
                    None => Err(no_role(role)),
                }
            }
            _ => Err(no_role(role)),
        }
    }

    /// Refuses early, before anything is written: each of these roles must find enough keys, and each key must
    /// open.
    pub(super) fn require(&self, roles: &[RoleName], signers: &Signers<'_>) -> Result<()> {
        let quorums = roles.iter().map(|role| self.quorum(role));
        let quorums = quorums.collect::<Result<Vec<_>>>()?;
        quorums.iter().try_for_each(|quorum| quorum.require(signers))?;
        let keys: Vec<PublicKey> = quorums
            .iter()
            .flat_map(Quorum::keys)
            .map(|(_, key)| key.clone())
            .collect();
        signers.unlock(&keys)
    }
}

fn no_role(role: &RoleName) -> Error {
    Error::Usage(format!(
        "the repository has no channel {role}: `airlock keys list` shows the roles that there are"
    ))
}

/// Keys of kinds that we do not know may stand there; they sign nothing.
fn read_keys(
    ids: &[Decoded<Hex>],
    known: &std::collections::HashMap<Decoded<Hex>, Key>,
) -> Vec<(Decoded<Hex>, PublicKey)> {
    let read = |id: &Decoded<Hex>| Some((id.clone(), sign::public_key(known.get(id)?)?));
    let keys: BTreeMap<PublicKey, Decoded<Hex>> =
        ids.iter().filter_map(read).map(|(id, key)| (key, id)).collect();
    keys.into_iter().map(|(key, id)| (id, key)).collect()
}

/// A threshold as `tough` writes it.
pub(super) fn threshold(holders: &PublicKeys) -> NonZeroU64 {
    NonZeroU64::new(holders.threshold() as u64).unwrap_or(NonZeroU64::MIN)
}

/// One key, which alone may sign.
pub(super) fn of_key(key: &PrivateKey) -> Result<PublicKeys> {
    Ok(PublicKeys::new(vec![key.public_key()?], 1)?)
}
