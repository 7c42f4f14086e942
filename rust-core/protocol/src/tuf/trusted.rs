//! What a finished refresh knows.

use super::{
    delegation::Delegation,
    release::{self, Release},
    root::{Layout, Root},
    snapshot::Snapshot,
    targets::Targets,
    timestamp::Timestamp,
};
use crate::{ChannelName, Error, MetadataFault, UnixMillis, keys::PublicKeys};

/// Metadata that passed the whole client workflow. There is no other way to get one.
#[derive(Debug, Clone)]
pub struct Trusted {
    pub(super) root: Root,
    pub(super) timestamp: Timestamp,
    pub(super) snapshot: Snapshot,
    pub(super) targets: Targets,
    pub(super) role: Option<(Delegation, Targets)>,
    pub(super) now: UnixMillis,
}

/// The versions of the trusted metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// Of root.json.
    pub root: u64,
    /// Of timestamp.json.
    pub timestamp: u64,
    /// Of snapshot.json.
    pub snapshot: u64,
    /// Of targets.json.
    pub targets: u64,
    /// Of the delegated role the refresh was asked for, if the repository has it.
    pub role: Option<u64>,
}

impl Trusted {
    /// Every release of `channel`, by ascending sequence. The refresh must have been asked for its role.
    ///
    /// # Errors
    /// `metadata_invalid` if the repository has no such channel, is not laid out for consistent snapshots,
    /// or describes a release wrongly.
    pub fn releases(&self, channel: &ChannelName) -> Result<Vec<Release>, Error> {
        if self.root.layout() == Layout::Plain {
            let detail = "consistent_snapshot is off, and Airlock repositories need it";
            return Err(MetadataFault::invalid("root.json", detail).into());
        }
        let (delegation, role) = self.channel(channel)?;
        release::read_all(channel, delegation, role)
    }

    /// The keys that may sign the releases (and so the bundles) of `channel`, with their threshold.
    ///
    /// # Errors
    /// `metadata_invalid` if the repository has no such channel, `public_key_invalid` if its keys cannot
    /// meet their threshold.
    pub fn channel_keys(&self, channel: &ChannelName) -> Result<PublicKeys, Error> {
        self.channel(channel)?.0.keys.public_keys()
    }

    /// The channels that the repository has, in its own order. A role that is no channel's name, and one that the snapshot
    /// does not vouch for, is left out. Needs no role to have been asked for.
    pub fn channels(&self) -> Vec<ChannelName> {
        let delegations = self.targets.delegations().iter();
        delegations
            .filter(|delegation| self.snapshot.role(&delegation.role).is_some())
            .filter_map(|delegation| delegation.role.parse().ok())
            .collect()
    }

    /// The versions of everything that was verified.
    pub fn versions(&self) -> Versions {
        Versions {
            root: self.root.version(),
            timestamp: self.timestamp.version(),
            snapshot: self.snapshot.version(),
            targets: self.targets.version(),
            role: self.role.as_ref().map(|(_, role)| role.version()),
        }
    }

    fn channel(&self, channel: &ChannelName) -> Result<&(Delegation, Targets), Error> {
        let role = self
            .role
            .as_ref()
            .filter(|(delegation, _)| delegation.role == channel.as_str());
        role.ok_or_else(|| {
            MetadataFault::NoChannel {
                channel: channel.to_string(),
            }
            .into()
        })
    }
}
