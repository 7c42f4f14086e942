//! The search for one target through delegations: pre-order, depth first (specification section 5.6.7).

use std::{collections::BTreeSet, mem};

use super::{
    Answer, Step, StoreOp, Stored, Trusted,
    delegation::{Delegation, Then},
    target::{TargetFile, TargetName},
    targets::Targets,
};
use crate::{Error, MetadataFault, limits};

/// A search under way: [`Search::step`], fetch, [`Search::receive`], until done, then [`Search::outcome`].
///
/// A role that was stored, or was valid through another delegator, is verified again with the keys of the
/// delegator it is reached through now.
#[derive(Debug)]
pub struct Search<'t> {
    trusted: &'t Trusted,
    stored: Stored,
    name: TargetName,
    visited: BTreeSet<String>,
    /// Delegations still to follow, the next one last.
    pending: Vec<Delegation>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The metadata of this role is waited for.
    Role(Delegation),
    /// Over, with or without the target.
    Done(Result<Option<TargetFile>, Error>),
}

impl<'t> Search<'t> {
    /// Begins a search in metadata that was just refreshed; `stored` may hold delegated roles of earlier
    /// searches.
    pub fn start(trusted: &'t Trusted, stored: Stored, name: TargetName) -> Search<'t> {
        let (visited, pending) = (BTreeSet::new(), Vec::new());
        let mut search = Search {
            trusted,
            stored,
            name,
            visited,
            pending,
            state: State::Done(Ok(None)),
        };
        search.state = match search.look_into(&trusted.targets) {
            Some(outcome) => State::Done(outcome),
            None => search.follow(),
        };
        search
    }

    /// What is needed next. Asking twice gives the same answer.
    pub fn step(&self) -> Step {
        let State::Role(delegation) = &self.state else {
            return Step::Done;
        };
        match self.trusted.snapshot.role(&delegation.role) {
            Some(meta) => {
                let expected = delegation.expected(meta, self.trusted.now);
                Step::Fetch(expected.fetch(self.trusted.root.layout()))
            }
            None => Step::Done,
        }
    }

    /// Takes what came of the [`Step::Fetch`].
    ///
    /// # Errors
    /// `metadata_invalid` or `metadata_expired` if the role's metadata is refused; the search is over then.
    pub fn receive(&mut self, answer: Answer) -> Result<Vec<StoreOp>, Error> {
        let delegation = match mem::replace(&mut self.state, State::Done(Ok(None))) {
            State::Role(delegation) => delegation,
            done => {
                self.state = done;
                return Ok(Vec::new());
            }
        };
        let accepted = self.accept(&delegation, answer);
        let (op, role) = accepted.inspect_err(|refusal| self.state = State::Done(Err(refusal.clone())))?;
        self.stored.apply(&op);
        self.state = match self.look_into(&role) {
            Some(outcome) => State::Done(outcome),
            None => self.follow(),
        };
        Ok(vec![op])
    }

    /// The target, if any role that may speak for it has it.
    ///
    /// # Errors
    /// `metadata_invalid` if a role on the way is refused or not in the snapshot, or the search was not
    /// finished; `checksum_mismatch` if no hash of the target is understood.
    pub fn outcome(self) -> Result<Option<TargetFile>, Error> {
        match self.state {
            State::Done(outcome) => outcome,
            State::Role(delegation) => Err(not_listed(&delegation.role)),
        }
    }

    fn accept(&self, delegation: &Delegation, answer: Answer) -> Result<(StoreOp, Targets), Error> {
        let meta = self
            .trusted
            .snapshot
            .role(&delegation.role)
            .ok_or_else(|| not_listed(&delegation.role))?;
        let expected = delegation.expected(meta, self.trusted.now);
        let document = expected.file_name();
        let Answer::Found(bytes) = answer else {
            return Err(MetadataFault::Missing { document }.into());
        };
        let role = expected.accept(&bytes)?;
        Ok((
            StoreOp::Write {
                name: document,
                bytes,
            },
            role,
        ))
    }

    /// Takes the target from `role`, or notes which of its delegations to follow.
    fn look_into(&mut self, role: &Targets) -> Option<Result<Option<TargetFile>, Error>> {
        if let Some(entry) = role.entry(self.name.as_str()) {
            let file = TargetFile::new(self.name.clone(), entry, self.trusted.root.layout());
            return Some(file.map(Some));
        }
        let mut children = Vec::new();
        for delegation in role
            .delegations()
            .iter()
            .filter(|delegation| delegation.covers(&self.name))
        {
            children.push(delegation.clone());
            if delegation.then == Then::Stop {
                self.pending.clear();
                break;
            }
        }
        self.pending.extend(children.into_iter().rev());
        None
    }

    /// Follows delegations through the store until a role must be fetched or nothing is left.
    fn follow(&mut self) -> State {
        while let Some(delegation) = self.pending.pop() {
            if !self.visited.insert(delegation.role.clone()) {
                continue;
            }
            if self.visited.len() > limits::DELEGATIONS {
                let detail = format!("more than {} roles were visited", limits::DELEGATIONS);
                return State::Done(Err(
                    MetadataFault::invalid("the search for a target", detail).into()
                ));
            }
            let Some(meta) = self.trusted.snapshot.role(&delegation.role) else {
                return State::Done(Err(not_listed(&delegation.role)));
            };
            let stored: Option<Targets> = delegation
                .expected(meta, self.trusted.now)
                .accept_stored(&self.stored);
            let Some(role) = stored else {
                return State::Role(delegation);
            };
            if let Some(outcome) = self.look_into(&role) {
                return State::Done(outcome);
            }
        }
        State::Done(Ok(None))
    }
}

fn not_listed(role: &str) -> Error {
    MetadataFault::invalid("snapshot.json", format!("it does not name the role {role:?}")).into()
}
