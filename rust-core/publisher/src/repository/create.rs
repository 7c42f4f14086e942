//! A repository before its first release.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use airlock_protocol::{ChannelName, UnixMillis};
use tough::schema::{Delegations, RoleType, Snapshot, Timestamp};

use super::expiry::{self, Lifetimes};
use super::holders::Quorum;
use super::{Keys, roles, sign, write};
use crate::error::{Error, Result};
use crate::signer::Signers;

/// Writes version 1 of everything.
pub(super) fn create(
    folder: &Path,
    keys: &Keys<'_>,
    channels: &[ChannelName],
    now: UnixMillis,
) -> Result<()> {
    let metadata = folder.join("metadata");
    let targets_folder = folder.join("targets");
    fs::create_dir_all(&targets_folder).map_err(Error::storage("creating the folder", &targets_folder))?;
    let signers = Signers::one(keys.root)?.and(keys.release)?;
    let root = roles::root(keys, now)?;
    let quorum = |role: RoleType| Ok::<_, Error>([Quorum::of_root(&root, role)?]);
    let release = quorum(RoleType::Targets)?;
    let signed = sign::sign(root.clone(), &quorum(RoleType::Root)?, None, &signers)?;
    write::role(&metadata, "root", &signed)?;

    let mut snapshot = Snapshot::new(
        roles::SPEC_VERSION.to_owned(),
        roles::ONE,
        expiry::after(now, Lifetimes::SNAPSHOT_DAYS)?,
    );
    let mut delegations = Delegations::new();
    for name in channels {
        let file = sign::sign(roles::targets(now)?, &release, None, &signers)?;
        write::role(&metadata, name.as_str(), &file)?;
        snapshot.meta.insert(format!("{name}.json"), file.entry());
        let holders = super::holders::of_key(keys.release)?;
        roles::delegate(&mut delegations, name, &holders)?;
    }
    let mut targets = roles::targets(now)?;
    targets.delegations = Some(delegations);
    let file = sign::sign(targets, &release, None, &signers)?;
    write::role(&metadata, "targets", &file)?;
    snapshot.meta.insert("targets.json".to_owned(), file.entry());

    let file = sign::sign(snapshot, &release, None, &signers)?;
    write::role(&metadata, "snapshot", &file)?;
    let mut timestamp = Timestamp::new(
        roles::SPEC_VERSION.to_owned(),
        roles::ONE,
        expiry::after(now, Lifetimes::TIMESTAMP_DAYS)?,
    );
    timestamp.meta = HashMap::from([("snapshot.json".to_owned(), file.entry())]);
    write::timestamp(&metadata, &sign::sign(timestamp, &release, None, &signers)?)
}
