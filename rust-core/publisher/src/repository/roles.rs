//! New roles, as TUF's specification names them (section 4).

use std::collections::HashMap;
use std::num::NonZeroU64;

use airlock_protocol::keys::PublicKeys;
use airlock_protocol::{ChannelName, UnixMillis};
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{DelegatedRole, Delegations, PathPattern, PathSet, RoleKeys, RoleType, Root, Targets};

use super::expiry::{self, Lifetimes};
use super::{Keys, holders, sign};
use crate::error::{Error, Result};

/// The version of the TUF specification that the metadata follows.
pub(super) const SPEC_VERSION: &str = "1.0.31";

/// The first version of every role, and every threshold.
pub(super) const ONE: NonZeroU64 = NonZeroU64::MIN;

/// The first root: its own key for itself, the release key for everything else.
pub(super) fn root(keys: &Keys<'_>, now: UnixMillis) -> Result<Root> {
    let mut root = Root {
        spec_version: SPEC_VERSION.to_owned(),
        consistent_snapshot: true,
        version: ONE,
        expires: expiry::after(now, Lifetimes::ROOT_DAYS)?,
        keys: HashMap::new(),
        roles: HashMap::new(),
        _extra: HashMap::new(),
    };
    let (root_key, release_key) = (keys.root.public_key()?, keys.release.public_key()?);
    assign(&mut root, RoleType::Root, &PublicKeys::new(vec![root_key], 1)?)?;
    let release = PublicKeys::new(vec![release_key], 1)?;
    for role in [RoleType::Targets, RoleType::Snapshot, RoleType::Timestamp] {
        assign(&mut root, role, &release)?;
    }
    Ok(root)
}

/// Gives a top-level role these keys, and drops keys that no role names any more.
pub(super) fn assign(root: &mut Root, role: RoleType, holders: &PublicKeys) -> Result<()> {
    let role_keys = RoleKeys {
        keyids: add_keys(&mut root.keys, holders)?,
        threshold: holders::threshold(holders),
        _extra: HashMap::new(),
    };
    root.roles.insert(role, role_keys);
    let named = |id: &Decoded<Hex>| root.roles.values().any(|role| role.keyids.contains(id));
    root.keys.retain(|id, _| named(id));
    Ok(())
}

/// Adds the keys to those that are known; their ids, sorted.
fn add_keys(known: &mut HashMap<Decoded<Hex>, Key>, holders: &PublicKeys) -> Result<Vec<Decoded<Hex>>> {
    let mut ids = Vec::new();
    for key in holders.iter() {
        let id = sign::key_id(key)?;
        known.insert(id.clone(), sign::tuf_key(key)?);
        ids.push(id);
    }
    ids.sort();
    Ok(ids)
}

/// A targets role without targets and delegations.
pub(super) fn targets(now: UnixMillis) -> Result<Targets> {
    let mut channel = Targets::new(
        SPEC_VERSION.to_owned(),
        ONE,
        expiry::after(now, Lifetimes::TARGETS_DAYS)?,
    );
    channel.delegations = None;
    Ok(channel)
}

/// Gives the channel's role the targets `<channel>/*/*` and nothing else; a TUF `*` does not cross a `/`. A
/// channel that is delegated already gets other keys.
pub(super) fn delegate(
    delegations: &mut Delegations,
    name: &ChannelName,
    holders: &PublicKeys,
) -> Result<()> {
    let keyids = add_keys(&mut delegations.keys, holders)?;
    let threshold = holders::threshold(holders);
    match delegations
        .roles
        .iter_mut()
        .find(|role| role.name == name.as_str())
    {
        Some(role) => (role.keyids, role.threshold) = (keyids, threshold),
        None => delegations.roles.push(DelegatedRole {
            name: name.to_string(),
            keyids,
            threshold,
            paths: PathSet::Paths(vec![channel_paths(name)?]),
            terminating: true,
            targets: None,
        }),
    }
    let named = |id: &Decoded<Hex>| delegations.roles.iter().any(|role| role.keyids.contains(id));
    delegations.keys.retain(|id, _| named(id));
    Ok(())
}

fn channel_paths(name: &ChannelName) -> Result<PathPattern> {
    PathPattern::new(format!("{name}/*/*"))
        .map_err(|error| Error::Internal(format!("delegating a channel: {error}")))
}
