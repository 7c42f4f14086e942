//! What earlier runs have stored, and how far it carries this one. Everything is verified again.

use super::{Refresh, Seen, State};
use crate::{
    Error, json, limits,
    tuf::{
        ROOT, SNAPSHOT, StoreOp, TIMESTAMP, Trusted, delegation::Delegation, expected::Expected, root::Root,
        snapshot::Snapshot, targets::Targets, timestamp::Timestamp,
    },
};

impl Refresh {
    /// Everything stored, if all of it verifies, fits together and has not expired.
    pub(super) fn load_stored(&self, root: &Root) -> Option<Trusted> {
        root.header().check_fresh(ROOT, self.now).ok()?;
        let timestamp = Timestamp::verify(self.stored.file(TIMESTAMP)?, root.timestamp_keys()).ok()?;
        timestamp.check_fresh(self.now).ok()?;
        match self.enter_snapshot(root.clone(), timestamp, None) {
            State::Done(trusted) => Some(*trusted),
            _ => None,
        }
    }

    /// The stored timestamp and snapshot. If the newest root's keys did not sign one of them, keys were
    /// rotated and both go (5.3.11): that is how a repository recovers from a fast-forward attack. One that
    /// is damaged goes alone, so that a bad sector does not take the other's rollback protection along.
    pub(super) fn seen(&self, root: &Root, ops: &mut Vec<StoreOp>) -> Seen {
        let timestamp = self.judge(TIMESTAMP, |bytes| Timestamp::verify(bytes, root.timestamp_keys()));
        let snapshot = self.judge(SNAPSHOT, |bytes| Snapshot::verify(bytes, root.snapshot_keys()));
        let rotated = matches!(timestamp, Kept::Rotated) || matches!(snapshot, Kept::Rotated);
        let mut keep = |name: &str, damaged: bool| {
            if rotated || damaged {
                let name = name.to_owned();
                ops.push(StoreOp::Remove { name });
            }
            !rotated && !damaged
        };
        let timestamp_kept = keep(TIMESTAMP, matches!(timestamp, Kept::Damaged));
        let snapshot_kept = keep(SNAPSHOT, matches!(snapshot, Kept::Damaged));
        Seen {
            timestamp: timestamp.into_good().filter(|_| timestamp_kept),
            snapshot: snapshot.into_good().filter(|_| snapshot_kept),
        }
    }

    fn judge<T>(&self, name: &str, verify: impl FnOnce(&[u8]) -> Result<T, Error>) -> Kept<T> {
        let Some(bytes) = self.stored.file(name) else {
            return Kept::Absent;
        };
        match verify(bytes) {
            Ok(document) => Kept::Good(document),
            Err(_) if json::parse(bytes, limits::TARGETS_BYTES).is_ok() => Kept::Rotated,
            Err(_) => Kept::Damaged,
        }
    }

    pub(super) fn enter_snapshot(&self, root: Root, timestamp: Timestamp, seen: Option<Snapshot>) -> State {
        let stored: Option<Snapshot> = self
            .expected_snapshot(&root, &timestamp)
            .accept_stored(&self.stored);
        match stored {
            Some(snapshot) => self.enter_targets(root, timestamp, snapshot),
            None => State::Snapshot {
                root,
                timestamp,
                seen,
            },
        }
    }

    pub(super) fn enter_targets(&self, root: Root, timestamp: Timestamp, snapshot: Snapshot) -> State {
        let stored: Option<Targets> = self
            .expected_targets(&root, &snapshot)
            .accept_stored(&self.stored);
        match stored {
            Some(targets) => self.enter_role(Trusted {
                root,
                timestamp,
                snapshot,
                targets,
                role: None,
                now: self.now,
            }),
            None => State::Targets {
                root,
                timestamp,
                snapshot,
            },
        }
    }

    pub(super) fn enter_role(&self, mut trusted: Trusted) -> State {
        let wanted = self
            .role
            .as_deref()
            .and_then(|role| trusted.targets.delegation(role))
            .cloned();
        let Some(delegation) = wanted else {
            return State::Done(Box::new(trusted));
        };
        let Some(expected) = self.expected_role(&trusted, &delegation) else {
            return State::Done(Box::new(trusted));
        };
        match expected.accept_stored(&self.stored) {
            Some(role) => {
                trusted.role = Some((delegation, role));
                State::Done(Box::new(trusted))
            }
            None => State::Role {
                trusted: Box::new(trusted),
                delegation,
            },
        }
    }

    pub(super) fn expected_snapshot<'a>(&self, root: &'a Root, timestamp: &'a Timestamp) -> Expected<'a> {
        let (keys, meta) = (root.snapshot_keys(), timestamp.snapshot());
        Expected {
            role: "snapshot",
            keys,
            meta,
            cap: limits::SNAPSHOT_BYTES,
            now: self.now,
        }
    }

    pub(super) fn expected_targets<'a>(&self, root: &'a Root, snapshot: &'a Snapshot) -> Expected<'a> {
        let (keys, meta) = (root.targets_keys(), snapshot.targets());
        Expected {
            role: "targets",
            keys,
            meta,
            cap: limits::TARGETS_BYTES,
            now: self.now,
        }
    }

    /// Nothing if the snapshot does not name the role: then it must not be used.
    pub(super) fn expected_role<'a>(
        &self,
        trusted: &'a Trusted,
        delegation: &'a Delegation,
    ) -> Option<Expected<'a>> {
        let meta = trusted.snapshot.role(&delegation.role)?;
        Some(delegation.expected(meta, self.now))
    }
}

/// What became of a stored document.
enum Kept<T> {
    Absent,
    Good(T),
    /// It is whole and other keys signed it.
    Rotated,
    /// It is not even JSON.
    Damaged,
}

impl<T> Kept<T> {
    fn into_good(self) -> Option<T> {
        match self {
            Kept::Good(document) => Some(document),
            _ => None,
        }
    }
}
