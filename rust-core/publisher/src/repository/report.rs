//! Who signed what, judged by the author's own implementation: the second opinion beside the device's client.

use std::path::Path;

use airlock_protocol::UnixMillis;
use airlock_protocol::keys::PublicKey;
use tough::schema::{Delegations, Role, RoleType, Signed};

use super::holders::Quorum;
use super::{RoleName, expiry, metadata};
use crate::error::{Error, Result};

/// One role as it is signed.
#[derive(Debug, Clone)]
pub struct SignedRole {
    /// The role.
    pub role: RoleName,
    /// Its version.
    pub version: u64,
    /// When devices stop to accept it.
    pub expires: UnixMillis,
    /// How many keys must have signed.
    pub threshold: u64,
    /// The keys that may.
    pub keys: Vec<PublicKey>,
    /// Those of them that have.
    pub signed_by: Vec<PublicKey>,
}

/// Reads the repository without the device's client, verifies every signature, and tells whose they are.
pub(crate) fn signed_roles(folder: &Path) -> Result<Vec<SignedRole>> {
    let loaded = metadata::load(folder)?;
    let root = &loaded.root.signed;
    let quorum = |role: RoleType| Quorum::of_root(root, role);
    let mut roles = vec![
        signed(RoleName::Root, &loaded.root, &quorum(RoleType::Root)?)?,
        signed(RoleName::Targets, &loaded.targets, &quorum(RoleType::Targets)?)?,
        signed(RoleName::Snapshot, &loaded.snapshot, &quorum(RoleType::Snapshot)?)?,
        signed(
            RoleName::Timestamp,
            &loaded.timestamp,
            &quorum(RoleType::Timestamp)?,
        )?,
    ];
    let none = Delegations::new();
    let delegations = loaded.targets.signed.delegations.as_ref().unwrap_or(&none);
    for (name, channel) in &loaded.channels {
        let quorum = Quorum::of_channel(delegations, name)?;
        roles.push(signed(RoleName::Channel(name.clone()), channel, &quorum)?);
    }
    Ok(roles)
}

fn signed<T: Role>(role: RoleName, file: &Signed<T>, quorum: &Quorum) -> Result<SignedRole> {
    let message = file
        .signed
        .canonical_form()
        .map_err(|error| Error::Internal(format!("reading {role}.json: {error}")))?;
    let has_signed = |(id, key): &&(_, PublicKey)| {
        let by_it = file.signatures.iter().filter(|signature| signature.keyid == *id);
        by_it
            .into_iter()
            .any(|signature| key.verifies(&message, signature.sig.as_ref()))
    };
    Ok(SignedRole {
        version: file.signed.version().get(),
        expires: expiry::to_millis(file.signed.expires()),
        threshold: quorum.threshold(),
        keys: quorum.keys().map(|(_, key)| key.clone()).collect(),
        signed_by: quorum
            .keys()
            .filter(has_signed)
            .map(|(_, key)| key.clone())
            .collect(),
        role,
    })
}
