//! New roles, as TUF's specification names them (section 4).

use std::collections::HashMap;
use std::num::NonZeroU64;

use airlock_protocol::{ChannelName, UnixMillis};
use tough::schema::{DelegatedRole, Delegations, PathPattern, PathSet, RoleKeys, RoleType, Root, Targets};

use super::expiry::{self, Lifetimes};
use super::{Keys, sign};
use crate::error::{Error, Result};
use crate::key::PrivateKey;

/// The version of the TUF specification that the metadata follows.
pub(super) const SPEC_VERSION: &str = "1.0.31";

/// The first version of every role, and every threshold.
pub(super) const ONE: NonZeroU64 = NonZeroU64::MIN;

/// The first root: its own key for itself, the release key for everything else.
pub(super) fn root(keys: &Keys<'_>, now: UnixMillis) -> Result<Root> {
    let role = |key| -> Result<RoleKeys> {
        Ok(RoleKeys {
            keyids: vec![sign::key_id(key)?],
            threshold: ONE,
            _extra: HashMap::new(),
        })
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

/// Gives the channel's role the targets `<channel>/*/*` and nothing else; a TUF `*` does not cross a `/`.
pub(super) fn delegate(delegations: &mut Delegations, name: &ChannelName, key: &PrivateKey) -> Result<()> {
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
