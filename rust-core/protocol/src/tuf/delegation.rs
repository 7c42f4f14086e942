//! Delegations: which role may speak for which target names (specification sections 4.5 and 5.6.7).

use serde::Deserialize;

use super::{
    expected::{Expected, MetaFile},
    keyring::{RoleKeys, WireKeys},
    pattern::path_matches,
    target::TargetName,
    url,
};
use crate::{Sha256Digest, UnixMillis, limits};

/// One delegated role, as the role above it describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delegation {
    pub(super) role: String,
    pub(super) keys: RoleKeys,
    pub(super) then: Then,
    scope: Scope,
}

/// What happens if a delegated role that covers a name does not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Later roles may have it.
    Continue,
    /// Nobody else may (a terminating delegation).
    Stop,
}

/// Which names a role may speak for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    Paths(Vec<String>),
    HashPrefixes(Vec<String>),
}

#[derive(Deserialize)]
pub(super) struct WireDelegations {
    keys: WireKeys,
    roles: Vec<WireDelegation>,
}

#[derive(Deserialize)]
struct WireDelegation {
    name: String,
    keyids: Vec<String>,
    threshold: u32,
    terminating: bool,
    paths: Option<Vec<String>>,
    path_hash_prefixes: Option<Vec<String>>,
}

/// Longest role name, percent-encoded: with a version and `.json` it must still be a file name.
const ROLE_NAME_BYTES: usize = 200;

const TOP_LEVEL: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];

/// Checks every delegation of one targets role, in order of precedence. An error is the broken rule.
pub(super) fn read(wire: WireDelegations) -> Result<Vec<Delegation>, String> {
    if wire.roles.len() > limits::KEYS_MAX {
        return Err("it delegates to too many roles".to_owned());
    }
    let mut delegations: Vec<Delegation> = Vec::new();
    for role in wire.roles {
        let delegation = read_one(role, &wire.keys)?;
        if delegations.iter().any(|other| other.role == delegation.role) {
            return Err(format!("it delegates to {:?} twice", delegation.role));
        }
        delegations.push(delegation);
    }
    Ok(delegations)
}

fn read_one(wire: WireDelegation, keys: &WireKeys) -> Result<Delegation, String> {
    // A role of this name would share a file with a top-level role, if only on a disk that ignores case.
    let is_top_level = |name: &&str| wire.name.eq_ignore_ascii_case(name);
    if wire.name.is_empty() || TOP_LEVEL.iter().any(is_top_level) {
        return Err(format!("a delegated role cannot be called {:?}", wire.name));
    }
    if url::segment(&wire.name).len() > ROLE_NAME_BYTES {
        return Err("the name of a delegated role is too long".to_owned());
    }
    let scope = match (wire.paths, wire.path_hash_prefixes) {
        (Some(paths), None) => Scope::Paths(paths),
        (None, Some(prefixes)) => Scope::HashPrefixes(prefixes),
        _ => {
            return Err(format!(
                "{:?} must have either paths or path_hash_prefixes",
                wire.name
            ));
        }
    };
    let then = if wire.terminating {
        Then::Stop
    } else {
        Then::Continue
    };
    Ok(Delegation {
        keys: RoleKeys::new(&wire.keyids, wire.threshold, keys)?,
        role: wire.name,
        then,
        scope,
    })
}

impl Delegation {
    /// The role's metadata as it must be: `meta` is what the snapshot says of it.
    pub(super) fn expected<'a>(&'a self, meta: &'a MetaFile, now: UnixMillis) -> Expected<'a> {
        Expected {
            role: &self.role,
            keys: &self.keys,
            meta,
            cap: limits::TARGETS_BYTES,
            now,
        }
    }

    /// Whether the role may speak for `name`.
    pub(super) fn covers(&self, name: &TargetName) -> bool {
        match &self.scope {
            Scope::Paths(patterns) => patterns
                .iter()
                .any(|pattern| path_matches(pattern, name.as_str())),
            Scope::HashPrefixes(prefixes) => {
                let hash = Sha256Digest::of(name.as_str().as_bytes()).to_string();
                prefixes.iter().any(|prefix| hash.starts_with(prefix.as_str()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_prefixes_select_by_the_hash_of_the_name() {
        let name: TargetName = "stable/1/checksum.json".parse().unwrap();
        let hash = Sha256Digest::of(name.as_str().as_bytes()).to_string();
        let covers = |prefix: &str| {
            let keys = RoleKeys::new(&[], 1, &WireKeys::new()).unwrap();
            let scope = Scope::HashPrefixes(vec![prefix.to_owned()]);
            Delegation {
                role: "r".into(),
                keys,
                then: Then::Continue,
                scope,
            }
            .covers(&name)
        };
        assert!(covers(&hash[..2]) && covers(&hash));
        assert!(!covers("zz") && !covers(&hash[1..]));
    }
}
