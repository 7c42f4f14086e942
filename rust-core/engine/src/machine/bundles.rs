//! Transitions that bring bundles, promote them and drop them.

use airlock_protocol::{BundleId, NativeVersion, Sequence, UnixMillis};

use super::event::{Effect, OnNativeChange, Refusal};
use super::state::{Installed, Limits, NativeBuild};
use super::transition::Step;

impl Step<'_> {
    pub(super) fn installed(&mut self, id: BundleId, installed: Installed) -> Result<(), Refusal> {
        // The same tree can be published several times; what is known of it only ever goes up (B5).
        if self
            .state
            .sequence_of(&id)
            .is_some_and(|known| known >= installed.sequence)
        {
            return Ok(());
        }
        self.make_room(&id);
        if self.state.bundles.len() >= Limits::BUNDLES {
            return Err(Refusal::TooMany);
        }
        let sequence = installed.sequence;
        self.state.bundles.insert(id, installed);
        self.raise_floor(&id, sequence);
        Ok(())
    }

    /// R9: a tree that is confirmed stays so under a higher number, and the floor goes along.
    fn raise_floor(&mut self, id: &BundleId, sequence: Sequence) {
        if self.state.confirmed == Some(*id) {
            self.state.floor = self.state.floor.max(sequence.get());
        }
    }

    /// B7: at most three bundles beside the embedded one, as long as no more have a part to play.
    fn make_room(&mut self, id: &BundleId) {
        let mut unneeded: Vec<_> = self
            .state
            .bundles
            .iter()
            .filter(|(other, _)| *other != id && !self.state.needs(other))
            .map(|(other, installed)| (installed.installed_at, *other))
            .collect();
        unneeded.sort_unstable();
        let excess = (self.state.bundles.len() + 1).saturating_sub(Limits::BUNDLES_ON_DISK);
        self.remove_unneeded(unneeded.into_iter().take(excess).map(|(_, other)| other));
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

    pub(super) fn first_seen(&mut self, version: Option<NativeVersion>) {
        let known = self.state.native_version.take();
        self.state.native_version = known.or(version);
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

    /// R9, at every start: another native build, or another embedded bundle under the same version,
    /// drops what it outdates; other keys drop what was accepted under the old ones.
    pub(super) fn native(&mut self, build: &NativeBuild) {
        let rebuilt = replace(&mut self.state.native_version, &build.version)
            | replace(&mut self.state.embedded_sequence, &build.embedded_sequence);
        let trusts_others = replace(&mut self.state.trust, &build.trust);
        let reset = trusts_others || rebuilt && self.policy.on_native_change == OnNativeChange::Reset;
        if rebuilt || trusts_others {
            self.state.launch = None;
        }
        for id in self.state.bundles.keys().copied().collect::<Vec<_>>() {
            if reset || self.is_outdated(&id, build) {
                self.forget(id);
                self.effects.push(Effect::Remove(id));
            }
        }
        if self.state.confirmed.is_none() {
            self.state.confirmed = self.state.previous.take();
        }
    }

    /// Not made for this native version, or not newer than what the binary embeds.
    fn is_outdated(&self, id: &BundleId, build: &NativeBuild) -> bool {
        let Some(installed) = self.state.bundles.get(id) else {
            return true;
        };
        let native = self.state.native_version.as_ref();
        let outside = native
            .zip(installed.native.as_ref())
            .is_some_and(|(native, range)| !range.contains(native));
        let older = build
            .embedded_sequence
            .is_some_and(|embedded| installed.sequence <= embedded);
        outside || older
    }
}

/// Takes a fact over, where it is told; whether it contradicts the one that was known.
fn replace<T: Clone + PartialEq>(known: &mut Option<T>, told: &Option<T>) -> bool {
    match told {
        Some(told) if known.as_ref() != Some(told) => known.replace(told.clone()).is_some(),
        _ => false,
    }
}
