//! Transitions that come from outside the app: the binary around it, its keys, its channel.

use airlock_protocol::{AppId, BundleId, ChannelName, NativeVersion};

use super::event::{Effect, OnNativeChange, Refusal};
use super::state::NativeBuild;
use super::transition::Step;

impl Step<'_> {
    /// One store belongs to one app: two apps on one root would roll each other back. Another
    /// channel of the same app is legal.
    pub(super) fn opened_by(&mut self, app: AppId, channel: ChannelName) -> Result<(), Refusal> {
        if self.state.app.as_ref().is_some_and(|owner| *owner != app) {
            return Err(Refusal::AnotherApp);
        }
        self.state.app = Some(app);
        self.follow(channel);
        Ok(())
    }

    pub(super) fn first_seen(&mut self, version: Option<NativeVersion>) {
        let known = self.state.native_version.take();
        self.state.native_version = known.or(version);
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
        if reset {
            self.state.delays.clear();
        }
        for id in self.state.bundles.keys().copied().collect::<Vec<_>>() {
            if reset || self.is_outdated(&id, build) {
                self.forget(id);
                self.effects.push(Effect::Remove(id));
            }
        }
        self.let_previous_step_up();
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
