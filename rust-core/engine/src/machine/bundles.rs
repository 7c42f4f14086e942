//! Transitions that bring bundles, promote them and drop them.

use airlock_protocol::{BundleId, Sequence, UnixMillis};

use super::event::Refusal;
use super::state::{Installed, Limits};
use super::transition::Step;

impl Step<'_> {
    pub(super) fn installed(&mut self, id: BundleId, installed: Installed) {
        // The same tree can be published several times; what is known of it only ever goes up (B5).
        if self
            .state
            .sequence_of(&id)
            .is_some_and(|known| known >= installed.sequence)
        {
            return;
        }
        self.make_room(&id);
        let sequence = installed.sequence;
        self.state.bundles.insert(id, installed);
        self.raise_floor(&id, sequence);
    }

    /// R9: a tree that is confirmed stays so under a higher number, and the floor goes along.
    fn raise_floor(&mut self, id: &BundleId, sequence: Sequence) {
        if self.state.confirmed == Some(*id) {
            self.state.floor = self.state.floor.max(sequence.get());
        }
    }

    /// R8: the fallback is lost, and the one before it takes its place, if it was kept. Its tree may have
    /// been signed again under a higher number meanwhile, so the floor goes along.
    pub(super) fn let_previous_step_up(&mut self) {
        if self.state.confirmed.is_some() {
            return;
        }
        self.state.confirmed = self.state.previous.take();
        if let Some((id, sequence)) = self
            .state
            .confirmed
            .and_then(|id| Some((id, self.state.sequence_of(&id)?)))
        {
            self.raise_floor(&id, sequence);
        }
    }

    /// B7: at most three bundles beside the embedded one, the arriving one included. What runs and
    /// what it would fall back to are two; so one place is always free, or can be made free.
    fn make_room(&mut self, id: &BundleId) {
        while self.others(id).count() >= Limits::BUNDLES
            && let Some(victim) = self.least_needed(id)
        {
            self.state.previous = self.state.previous.filter(|previous| *previous != victim);
            self.state.next = self.state.next.filter(|next| *next != victim);
            self.remove_unneeded([victim]);
        }
    }

    fn others<'s>(&'s self, id: &'s BundleId) -> impl Iterator<Item = (&'s BundleId, &'s Installed)> {
        self.state.bundles.iter().filter(move |(other, _)| *other != id)
    }

    /// What goes first: the oldest without a part to play; then `previous`, which is a mere comfort;
    /// then what waits, because what arrives is what somebody asked for last.
    fn least_needed(&self, id: &BundleId) -> Option<BundleId> {
        let idle = self
            .others(id)
            .filter(|(other, _)| !self.state.needs(other))
            .min_by_key(|(other, installed)| (installed.installed_at, **other));
        idle.map(|(other, _)| *other)
            .or(self.state.previous.filter(|previous| previous != id))
            .or(self.state.next.filter(|next| next != id))
    }

    pub(super) fn next(&mut self, id: BundleId, now: UnixMillis) -> Result<(), Refusal> {
        self.admit(&id, now)?;
        let replaced = self.state.next.take();
        if self.state.current() != Some(id) {
            self.state.next = Some(id);
        }
        self.remove_unneeded(replaced);
        Ok(())
    }

    /// The only gate to `next` and `trial`: known, not failed (B4), not below the floor (R9).
    pub(super) fn admit(&self, id: &BundleId, now: UnixMillis) -> Result<(), Refusal> {
        let installed = self.state.bundles.get(id).ok_or(Refusal::Unknown)?;
        if self.state.verdict(id, installed.sequence, now.get()).is_some() {
            return Err(Refusal::FailedBefore);
        }
        if installed.sequence.get() < self.state.floor && self.state.confirmed != Some(*id) {
            return Err(Refusal::BelowFloor);
        }
        Ok(())
    }

    /// The publisher went back on purpose: the same tree, signed again under a higher number.
    pub(super) fn renumbered(
        &mut self,
        id: BundleId,
        sequence: Sequence,
        version: String,
    ) -> Result<(), Refusal> {
        let installed = self.state.bundles.get_mut(&id).ok_or(Refusal::Unknown)?;
        if sequence > installed.sequence {
            installed.sequence = sequence;
            installed.version = version;
        }
        self.raise_floor(&id, sequence);
        Ok(())
    }

    pub(super) fn delete(&mut self, id: BundleId) -> Result<(), Refusal> {
        if !self.state.bundles.contains_key(&id) {
            return Err(Refusal::Unknown);
        }
        if self.state.needs(&id) {
            return Err(Refusal::InUse);
        }
        self.remove_unneeded([id]);
        Ok(())
    }

    /// What runs is the newest release: what waits with a lower number was withdrawn.
    pub(super) fn newest(&mut self, sequence: Sequence) {
        let withdrawn = self
            .state
            .next
            .filter(|id| self.state.sequence_of(id) < Some(sequence));
        if withdrawn.is_some() {
            self.state.next = None;
        }
        self.remove_unneeded(withdrawn);
    }
}
