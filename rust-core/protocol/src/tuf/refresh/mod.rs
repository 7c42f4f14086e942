//! The refresh of the top-level metadata and one delegated role (specification sections 5.3 to 5.6).

mod resume;

use std::mem;

use super::{
    Anchor, Answer, Fetch, Mode, ROOT, SNAPSHOT, Step, StoreOp, Stored, TARGETS, TIMESTAMP, Trusted,
    delegation::Delegation,
    root::{self, Root},
    root_store::{self, Newest},
    snapshot::Snapshot,
    timestamp::Timestamp,
};
use crate::{Error, MetadataFault, UnixMillis, keys::PublicKeys, limits};

/// A refresh under way: [`Refresh::step`], fetch, [`Refresh::receive`], until done.
#[derive(Debug)]
pub struct Refresh {
    stored: Stored,
    now: UnixMillis,
    role: Option<String>,
    state: State,
    /// The timestamp.json that [`Mode::Quick`] has already fetched.
    probed: Option<Vec<u8>>,
    changed: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Some,
}

/// Where the refresh is: what is verified so far, and so what is waited for.
#[derive(Debug)]
enum State {
    /// timestamp.json, hoping that the stored one (everything in it verified) is still current.
    Probe(Box<Trusted>),
    /// The first root that the configured keys vouch for. `refusal` is why the one before was not it.
    FirstRoot {
        keys: PublicKeys,
        version: u64,
        refusal: Option<Error>,
    },
    /// The successor of `root`, if there is one.
    NextRoot { root: Root, rotations: u32 },
    /// timestamp.json. `seen` are the stored ones: for rollback checks, and for use while still current.
    Timestamp { root: Root, seen: Seen },
    /// The snapshot that `timestamp` names.
    Snapshot {
        root: Root,
        timestamp: Timestamp,
        seen: Option<Snapshot>,
    },
    /// The targets that `snapshot` names.
    Targets {
        root: Root,
        timestamp: Timestamp,
        snapshot: Snapshot,
    },
    /// The delegated role; `trusted` lacks it.
    Role {
        trusted: Box<Trusted>,
        delegation: Delegation,
    },
    /// All verified.
    Done(Box<Trusted>),
    /// Something was refused. Nothing more is accepted.
    Failed,
}

/// What earlier runs have accepted, verified again with the newest root.
#[derive(Debug, Default)]
struct Seen {
    timestamp: Option<Timestamp>,
    snapshot: Option<Snapshot>,
}

impl Refresh {
    /// Begins a refresh at the time `now`, which stays the same until its end (5.1). `role` is the name of a
    /// delegated targets role to load as well (a channel), directly below the top-level targets.
    ///
    /// # Errors
    /// `metadata_invalid` if the anchor is a root that does not verify.
    pub fn start(
        anchor: Anchor,
        stored: Stored,
        now: UnixMillis,
        mode: Mode,
        role: Option<&str>,
    ) -> Result<Refresh, Error> {
        let newest = root_store::newest_trusted(anchor, &stored)?;
        let role = role.map(str::to_owned);
        let mut refresh = Refresh {
            stored,
            now,
            role,
            state: State::Failed,
            probed: None,
            changed: Change::None,
        };
        refresh.state = match newest {
            Newest::None(keys) => State::FirstRoot {
                keys,
                version: 1,
                refusal: None,
            },
            Newest::Root(root) => match (mode, refresh.load_stored(&root)) {
                (Mode::Quick, Some(trusted)) => State::Probe(Box::new(trusted)),
                _ => State::NextRoot { root, rotations: 0 },
            },
        };
        Ok(refresh)
    }

    /// What is needed next. Asking twice gives the same answer.
    pub fn step(&self) -> Step {
        match &self.state {
            State::Probe(_) | State::Timestamp { .. } => fetch(TIMESTAMP, limits::TIMESTAMP_BYTES),
            State::FirstRoot { version, .. } => fetch(&root::fetch_name(*version), limits::ROOT_BYTES),
            State::NextRoot { root, .. } => fetch(
                &root::fetch_name(root.version().saturating_add(1)),
                limits::ROOT_BYTES,
            ),
            State::Snapshot { root, timestamp, .. } => {
                Step::Fetch(self.expected_snapshot(root, timestamp).fetch(root.layout()))
            }
            State::Targets { root, snapshot, .. } => {
                Step::Fetch(self.expected_targets(root, snapshot).fetch(root.layout()))
            }
            State::Role { trusted, delegation } => match self.expected_role(trusted, delegation) {
                Some(expected) => Step::Fetch(expected.fetch(trusted.root.layout())),
                None => Step::Done,
            },
            State::Done(_) | State::Failed => Step::Done,
        }
    }

    /// Takes what came of the [`Step::Fetch`]. The returned operations must be durable before
    /// anything is done because of them: together with those of the steps that follow, or one by one.
    ///
    /// # Errors
    /// `metadata_invalid`, `metadata_expired` or `downgrade_refused`; the refresh is over then, and what was
    /// stored before stays as it is.
    pub fn receive(&mut self, answer: Answer) -> Result<Vec<StoreOp>, Error> {
        let mut ops = Vec::new();
        let state = mem::replace(&mut self.state, State::Failed);
        self.state = self.advance(state, answer, &mut ops)?;
        for op in &ops {
            self.changed = Change::Some;
            self.stored.apply(op);
        }
        Ok(ops)
    }

    /// Whether everything is as the last run left it.
    pub fn unchanged(&self) -> bool {
        self.changed == Change::None
    }

    /// The verified metadata, once [`Refresh::step`] says [`Step::Done`].
    ///
    /// # Errors
    /// `metadata_invalid` if the refresh is not finished or has failed.
    pub fn into_trusted(self) -> Result<Trusted, Error> {
        match self.state {
            State::Done(trusted) => Ok(*trusted),
            _ => {
                Err(MetadataFault::invalid("the repository's metadata", "its refresh is not finished").into())
            }
        }
    }

    fn advance(&mut self, state: State, answer: Answer, ops: &mut Vec<StoreOp>) -> Result<State, Error> {
        match state {
            State::Probe(trusted) => Ok(self.probe(*trusted, found(answer, TIMESTAMP)?)),
            State::FirstRoot {
                keys,
                version,
                refusal,
            } => first_root(keys, version, refusal, answer, ops),
            State::NextRoot { root, rotations } => self.next_root(root, rotations, answer, ops),
            State::Timestamp { root, seen } => self.timestamp(root, seen, &found(answer, TIMESTAMP)?, ops),
            State::Snapshot {
                root,
                timestamp,
                seen,
            } => {
                let bytes = found(answer, SNAPSHOT)?;
                let snapshot: Snapshot = self.expected_snapshot(&root, &timestamp).accept(&bytes)?;
                if let Some(seen) = seen {
                    snapshot.check_follows(&seen)?;
                }
                ops.push(StoreOp::write(SNAPSHOT, &bytes));
                Ok(self.enter_targets(root, timestamp, snapshot))
            }
            State::Targets {
                root,
                timestamp,
                snapshot,
            } => {
                let bytes = found(answer, TARGETS)?;
                let targets = self.expected_targets(&root, &snapshot).accept(&bytes)?;
                ops.push(StoreOp::write(TARGETS, &bytes));
                Ok(self.enter_role(Trusted {
                    root,
                    timestamp,
                    snapshot,
                    targets,
                    role: None,
                    now: self.now,
                }))
            }
            State::Role { trusted, delegation } => self.role(*trusted, delegation, answer, ops),
            done @ (State::Done(_) | State::Failed) => Ok(done),
        }
    }

    fn probe(&mut self, trusted: Trusted, bytes: Vec<u8>) -> State {
        if self.stored.file(TIMESTAMP) == Some(&bytes) {
            return State::Done(Box::new(trusted));
        }
        self.probed = Some(bytes);
        State::NextRoot {
            root: trusted.root,
            rotations: 0,
        }
    }

    /// 5.3.3 to 5.3.11: one root at a time until there is no newer one, then look at its date.
    fn next_root(
        &mut self,
        root: Root,
        rotations: u32,
        answer: Answer,
        ops: &mut Vec<StoreOp>,
    ) -> Result<State, Error> {
        if let Answer::Found(bytes) = answer {
            if rotations >= limits::ROOT_ROTATIONS {
                return Err(MetadataFault::invalid(ROOT, "there are too many new versions at once").into());
            }
            let next = root.successor(&bytes)?;
            ops.extend(next.store_ops());
            return Ok(State::NextRoot {
                root: next,
                rotations: rotations + 1,
            });
        }
        if self.stored.file(ROOT) != Some(root.bytes()) {
            ops.extend(root.store_ops());
        }
        root.header().check_fresh(ROOT, self.now)?;
        let seen = self.seen(&root, ops);
        match self.probed.take() {
            Some(bytes) => self.timestamp(root, seen, &bytes, ops),
            None => Ok(State::Timestamp { root, seen }),
        }
    }

    /// 5.4: signatures, no going back, equal means unchanged, date.
    fn timestamp(
        &mut self,
        root: Root,
        seen: Seen,
        bytes: &[u8],
        ops: &mut Vec<StoreOp>,
    ) -> Result<State, Error> {
        let new = Timestamp::verify(bytes, root.timestamp_keys())?;
        let timestamp = match seen.timestamp {
            Some(old) if old.version() == new.version() => old,
            old => {
                old.map_or(Ok(()), |old| new.check_follows(&old))?;
                new.check_fresh(self.now)?;
                ops.push(StoreOp::write(TIMESTAMP, bytes));
                new
            }
        };
        timestamp.check_fresh(self.now)?;
        Ok(self.enter_snapshot(root, timestamp, seen.snapshot))
    }

    /// 5.6 for the delegated role.
    fn role(
        &self,
        mut trusted: Trusted,
        delegation: Delegation,
        answer: Answer,
        ops: &mut Vec<StoreOp>,
    ) -> Result<State, Error> {
        if let Some(expected) = self.expected_role(&trusted, &delegation) {
            let name = expected.file_name();
            let bytes = found(answer, &name)?;
            let role = expected.accept(&bytes)?;
            ops.push(StoreOp::write(&name, &bytes));
            trusted.role = Some((delegation, role));
        }
        Ok(State::Done(Box::new(trusted)))
    }
}

/// Looks for the first root that the configured keys vouch for. Older ones, valid but signed by other keys,
/// are skipped; anything that is not a root at all is refused.
fn first_root(
    keys: PublicKeys,
    version: u64,
    refusal: Option<Error>,
    answer: Answer,
    ops: &mut Vec<StoreOp>,
) -> Result<State, Error> {
    let name = root::fetch_name(version);
    let bytes = found(answer, &name).map_err(|missing| refusal.unwrap_or(missing))?;
    let root = Root::anchor(&bytes)?;
    if root.version() != version {
        let detail = format!("it has version {}", root.version());
        return Err(MetadataFault::invalid(&name, detail).into());
    }
    match root.check_vouched(&keys) {
        Ok(()) => {
            ops.extend(root.store_ops());
            Ok(State::NextRoot { root, rotations: 0 })
        }
        Err(refusal) if version < limits::ROOT_SKIPS => Ok(State::FirstRoot {
            keys,
            version: version + 1,
            refusal: Some(refusal),
        }),
        Err(refusal) => Err(refusal),
    }
}

fn found(answer: Answer, name: &str) -> Result<Vec<u8>, Error> {
    match answer {
        Answer::Found(bytes) => Ok(bytes),
        Answer::Missing => Err(MetadataFault::Missing {
            document: name.to_owned(),
        }
        .into()),
    }
}

fn fetch(name: &str, max_bytes: u64) -> Step {
    Step::Fetch(Fetch {
        name: name.to_owned(),
        max_bytes,
    })
}
