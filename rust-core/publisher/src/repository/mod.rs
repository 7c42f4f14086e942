//! The TUF repository that devices read: metadata signed with `tough`'s schema, targets named by content.
//!
//! ```text
//! metadata/N.root.json        signed by the root keys: which keys every other role has
//! metadata/N.targets.json     delegates `<channel>/*/*` to a role per channel
//! metadata/N.<channel>.json   the releases of one channel
//! metadata/N.snapshot.json    which versions of those belong together
//! metadata/timestamp.json     which snapshot is current: the one file that is ever replaced
//! targets/<channel>/<sequence>/<sha256>.<checksum.json | bundle.zip | from-<id>.dcz>
//! files/<sha256>.zst          every file of every release by itself, named by its plain content
//! ```
//!
//! Every file but `timestamp.json` is written once under a name of its own, and `timestamp.json` comes last,
//! so a reader sees the repository before a publication or after it, never in between.

mod acceptance;
mod create;
mod expiry;
mod holders;
mod metadata;
mod patches;
mod prune;
mod publish;
mod rekey;
mod release;
mod renew;
mod report;
mod republish;
mod roles;
mod sign;
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use airlock_protocol::{ChannelName, Sequence, UnixMillis};
use tough::schema::{Root, Signed, Snapshot, Targets, Timestamp};

pub use expiry::Lifetimes;
pub use holders::RoleName;
pub use patches::{PatchBases, PatchOutcome, PatchReport, SingleFiles};
pub use prune::{Prunable, Pruned};
pub use publish::Published;
pub use release::NewRelease;
pub use report::SignedRole;
pub(crate) use report::signed_roles;
pub use republish::{Republication, Republished};

use crate::error::{Error, Result};
use crate::files;
use crate::key::PrivateKey;
use crate::lock::PublishLock;

/// An author's repository, open for publishing. Everything in it was verified when it was opened.
///
/// After an error from a method that writes, drop it and open it again.
#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
    root: Signed<Root>,
    timestamp: Signed<Timestamp>,
    snapshot: Signed<Snapshot>,
    targets: Signed<Targets>,
    channels: BTreeMap<ChannelName, Signed<Targets>>,
    bases: PatchBases,
    files: SingleFiles,
    _lock: PublishLock,
}

impl Repository {
    /// Makes an empty repository in `folder`, with one delegated role per channel.
    ///
    /// `root` signs `root.json` and should then go offline; `release` signs everything else from now on.
    ///
    /// # Errors
    /// `config_invalid` when there is metadata in `folder` already; `storage_failure` or `no_space`.
    pub fn create(
        folder: &Path,
        keys: &Keys<'_>,
        channels: &[ChannelName],
        now: UnixMillis,
        lock: PublishLock,
    ) -> Result<Repository> {
        let root_path = folder.join("metadata/1.root.json");
        if root_path.exists() {
            return Err(files::already_there(&root_path));
        }
        create::create(folder, keys, channels, now)?;
        Repository::open(folder, lock)
    }

    /// Reads the repository and verifies every signature, version and hash in it, so that nothing that
    /// somebody else slipped in is ever signed on.
    ///
    /// Expired metadata is accepted: publishing is what renews it.
    ///
    /// # Errors
    /// `metadata_invalid` when something does not verify; `storage_failure` when a file cannot be read.
    pub fn open(folder: &Path, lock: PublishLock) -> Result<Repository> {
        let loaded = metadata::load(folder)?;
        files::remove_leftovers(folder)?;
        Ok(Repository {
            folder: folder.to_owned(),
            root: loaded.root,
            timestamp: loaded.timestamp,
            snapshot: loaded.snapshot,
            targets: loaded.targets,
            channels: loaded.channels,
            bases: PatchBases::default(),
            files: SingleFiles::default(),
            _lock: lock,
        })
    }

    /// The sequence that the next release takes by itself: one above the highest of all channels, so that a
    /// device that changes channels still compares like with like.
    ///
    /// # Errors
    /// `config_invalid` when all numbers are used up.
    pub fn next_sequence(&self) -> Result<Sequence> {
        let last = self
            .channels
            .values()
            .filter_map(|channel| release::last_sequence(&channel.signed))
            .max();
        Ok(Sequence::try_from(
            last.map_or(1, |last| last.get().saturating_add(1)),
        )?)
    }

    /// When the first of timestamp, snapshot, targets and channels runs out, and with it the repository or a
    /// part of it unless it is refreshed before.
    pub fn expires(&self) -> UnixMillis {
        let states = self.role_states();
        let below_root = states.iter().filter(|state| state.role != RoleName::Root);
        below_root
            .map(|state| state.expires)
            .min()
            .unwrap_or_else(|| expiry::to_millis(self.timestamp.signed.expires))
    }

    /// When the root metadata runs out. Devices refuse the whole repository after that moment.
    pub fn root_expires(&self) -> UnixMillis {
        expiry::to_millis(self.root.signed.expires)
    }

    /// Version and expiry of every role: the top-level ones, then the channels by name.
    pub fn role_states(&self) -> Vec<RoleState> {
        let state = |role, version: NonZeroU64, expires| RoleState {
            role,
            version: version.get(),
            expires: expiry::to_millis(expires),
        };
        let (root, targets) = (&self.root.signed, &self.targets.signed);
        let (snapshot, timestamp) = (&self.snapshot.signed, &self.timestamp.signed);
        let mut states = vec![
            state(RoleName::Root, root.version, root.expires),
            state(RoleName::Targets, targets.version, targets.expires),
            state(RoleName::Snapshot, snapshot.version, snapshot.expires),
            state(RoleName::Timestamp, timestamp.version, timestamp.expires),
        ];
        states.extend(self.channels.iter().map(|(name, channel)| {
            let (version, expires) = (channel.signed.version, channel.signed.expires);
            state(RoleName::Channel(name.clone()), version, expires)
        }));
        states
    }

    fn metadata_folder(&self) -> PathBuf {
        self.folder.join("metadata")
    }
}

/// The present metadata of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleState {
    /// The role.
    pub role: RoleName,
    /// Its version, which grows by at least one with each signature.
    pub version: u64,
    /// When devices stop to accept it.
    pub expires: UnixMillis,
}

/// The two keys of a new repository (design section 3). `rekey` makes more of them.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'k> {
    /// Signs the root metadata only.
    pub root: &'k PrivateKey,
    /// Signs targets, channels, snapshot and timestamp.
    pub release: &'k PrivateKey,
}

/// Reads a metadata file whole.
fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(Error::storage("reading", path))
}
