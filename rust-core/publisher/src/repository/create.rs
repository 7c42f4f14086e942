//! A repository before its first release.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use airlock_protocol::{ChannelName, UnixMillis};
use tough::schema::{Delegations, Metafile, Snapshot, Timestamp};

use super::expiry::{self, Lifetimes};
use super::{Keys, roles, sign, write};
use crate::error::{Error, Result};

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
    write::role(&metadata, "root", roles::root(keys, now)?, keys.root)?;

    let mut meta: HashMap<String, Metafile> = HashMap::new();
    let mut delegations = Delegations::new();
    for name in channels {
        let file = write::role(&metadata, name.as_str(), roles::targets(now)?, keys.release)?;
        meta.insert(format!("{name}.json"), file.entry());
        roles::delegate(&mut delegations, name, keys.release)?;
    }
    let mut targets = roles::targets(now)?;
    targets.delegations = Some(delegations);
    meta.insert(
        "targets.json".to_owned(),
        write::role(&metadata, "targets", targets, keys.release)?.entry(),
    );

    let mut snapshot = Snapshot::new(
        roles::SPEC_VERSION.to_owned(),
        roles::ONE,
        expiry::after(now, Lifetimes::SNAPSHOT_DAYS)?,
    );
    snapshot.meta = meta;
    let entry = write::role(&metadata, "snapshot", snapshot, keys.release)?.entry();
    let mut timestamp = Timestamp::new(
        roles::SPEC_VERSION.to_owned(),
        roles::ONE,
        expiry::after(now, Lifetimes::TIMESTAMP_DAYS)?,
    );
    timestamp.meta = HashMap::from([("snapshot.json".to_owned(), entry)]);
    write::timestamp(&metadata, &sign::sign(timestamp, keys.release)?)
}
