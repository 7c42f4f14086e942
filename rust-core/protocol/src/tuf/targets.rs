//! targets.json and delegated targets (specification section 4.5).

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Deserialize;
use serde_json::Value;

use super::{
    delegation::{self, Delegation, WireDelegations},
    document::{Body, Header},
    hashes::Hashes,
};

/// A targets role signed by the keys its delegator names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Targets {
    header: Header,
    targets: BTreeMap<String, Entry>,
    delegations: Vec<Delegation>,
}

/// What a targets role says of one target. Its name is not yet known to be safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) length: u64,
    pub(super) hashes: Hashes,
    pub(super) custom: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct WireTargets {
    targets: BTreeMap<String, WireEntry>,
    delegations: Option<WireDelegations>,
}

#[derive(Deserialize)]
struct WireEntry {
    length: u64,
    hashes: BTreeMap<String, String>,
    custom: Option<Value>,
}

impl Body for Targets {
    const TYPE: &'static str = "targets";
    type Wire = WireTargets;

    fn read(wire: WireTargets, header: Header) -> Result<Targets, String> {
        let mut targets = BTreeMap::new();
        for (name, wire) in wire.targets {
            let hashes =
                Hashes::read(&wire.hashes).ok_or_else(|| format!("a hash of {name:?} is malformed"))?;
            let entry = Entry {
                length: wire.length,
                hashes,
                custom: wire.custom,
            };
            targets.insert(name, entry);
        }
        let delegations = wire
            .delegations
            .map(delegation::read)
            .transpose()?
            .unwrap_or_default();
        Ok(Targets {
            header,
            targets,
            delegations,
        })
    }

    fn header(&self) -> Header {
        self.header
    }
}

impl Targets {
    pub(super) fn version(&self) -> u64 {
        self.header.version
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.targets.get(name)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.targets.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The entries whose names begin with `prefix`, without it.
    pub(super) fn entries_from(&self, prefix: &str) -> impl Iterator<Item = (&str, &Entry)> {
        let from = self
            .targets
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.map_while(move |(name, entry)| Some((name.strip_prefix(prefix)?, entry)))
    }

    /// In order of precedence.
    pub(super) fn delegations(&self) -> &[Delegation] {
        &self.delegations
    }

    pub(super) fn delegation(&self, role: &str) -> Option<&Delegation> {
        self.delegations.iter().find(|delegation| delegation.role == role)
    }
}
