//! The transition function: one match over the events, each arm a short rule.

use airlock_protocol::{BundleId, Code, Sequence, UnixMillis};

use super::state::{Failed, FailureCause, Installed, LaunchRecord, Limits, NativeRelease, State, Trial};

/// Launches a trial gets before a process that ends without evidence counts against it (R4).
/// Three, because a phone kills apps for its own reasons (memory, a call, a swipe) and a good
/// bundle must survive two of those (faults.md: Shorebird's and CodePush's one-strike rules rolled
/// back good bundles).
const TRIAL_LAUNCHES: u32 = 3;

/// How long a failed tree stays banned: 7 days. Long enough that a broken release is withdrawn or
/// replaced meanwhile, short enough that a verdict caused by the device heals by itself.
const FAILED_TTL_MS: u64 = 7 * 24 * 3600 * 1000;

/// What the app's configuration decides.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Foreground milliseconds a trial has to report ready.
    pub app_ready_timeout_ms: u64,
    /// Whether the confirmed bundle is deleted when its successor is confirmed.
    pub previous: Keep,
    /// Whether a bundle that failed stays on the disk.
    pub failed: Keep,
    /// What a new native build does to the bundles of the old one.
    pub on_native_change: OnNativeChange,
}

/// Whether something that is no longer needed stays on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It stays until it is deleted by hand.
    Keep,
    /// It is deleted as part of the transition.
    Delete,
}

/// What a new native build does to the bundles of the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnNativeChange {
    /// Back to the embedded bundle; all others are dropped (`resetWhenUpdate`, the default).
    Reset,
    /// Only what the new build outdates is dropped: bundles not made for it, and bundles that are
    /// not newer than the one it embeds.
    DropOutdated,
}

/// The identity of a launch that is about to happen.
#[derive(Clone, Debug)]
pub struct NewLaunch {
    /// The token that only the page of this launch gets.
    pub token: String,
    /// The time of the launch.
    pub now: UnixMillis,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The device is asked for something that needs its id; nothing else changes.
    FirstSeen,
    /// The process starts and asks what to serve.
    ColdStart(NewLaunch),
    /// The page asks to be loaded again; a bundle that waits is taken along.
    Reload(NewLaunch),
    /// Serve this bundle now.
    Set(BundleId, NewLaunch),
    /// Serve the embedded bundle, or with `ToFallback` the last confirmed one, now.
    Reset(NewLaunch),
    /// Drop the trial and serve the last confirmed bundle now.
    ToFallback(NewLaunch),
    /// The app went to the background; a bundle that waits is applied.
    Background(NewLaunch),
    /// The app came to the foreground.
    Foreground,
    /// Foreground time passed.
    Elapsed(u64, NewLaunch),
    /// A page reports that it works.
    Ready(String),
    /// A page, or the system on its behalf, reports a crash.
    Crash(String, Option<String>, NewLaunch),
    /// The bundle that was about to be served does not verify (R8).
    Unusable(BundleId, NewLaunch),
    /// A verified tree is on the disk.
    Installed(BundleId, Installed),
    /// Make this bundle the next one.
    Next(BundleId, UnixMillis),
    /// A signed release renumbers a tree that is already here.
    Renumbered(BundleId, Sequence, String),
    /// Forget this bundle.
    Delete(BundleId),
    /// The native app is of this version now.
    NativeChanged(NativeRelease),
    /// The app has read the last failure.
    FailureRead,
}

/// What the driver does after the new state is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Show this bundle (`None`: the embedded one) with the launch token of the new state.
    Serve(Option<BundleId>),
    /// A trial ended badly.
    RolledBack(Failed),
    /// A trial ended well.
    Confirmed(BundleId),
    /// The tree is no longer needed.
    Remove(BundleId),
}

/// Why an event was refused; the state is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such bundle on the device.
    Unknown,
    /// The bundle has a part to play.
    InUse,
    /// The bundle failed before and nothing newer was signed (B4).
    FailedBefore,
    /// The bundle is older than what this device has confirmed (R9).
    BelowFloor,
    /// The device holds as many bundles as it may.
    TooMany,
}

impl Refusal {
    /// The stable code of the refusal.
    pub fn code(self) -> Code {
        match self {
            Self::Unknown => Code::BundleUnknown,
            Self::InUse | Self::TooMany => Code::BundleInUse,
            Self::FailedBefore => Code::BundleFailed,
            Self::BelowFloor => Code::DowngradeRefused,
        }
    }
}

/// A new state and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The state to persist.
    pub state: State,
    /// What to do once it is durable, in order.
    pub effects: Vec<Effect>,
}

/// The state machine. Pure: the same state, event and policy always give the same answer.
pub fn transition(state: &State, event: Event, policy: &Policy) -> Result<Transition, Refusal> {
    let mut step = Step {
        state: state.clone(),
        effects: Vec::new(),
        policy,
    };
    match event {
        Event::FirstSeen => {}
        Event::ColdStart(launch) => step.cold_start(launch),
        Event::Reload(launch) => step.take_next_or_serve_current(launch),
        Event::Set(id, launch) => step.set(id, launch)?,
        Event::Reset(launch) => step.reset(launch),
        Event::ToFallback(launch) => step.fall_back(launch),
        Event::Background(launch) => step.background(launch),
        Event::Foreground => step.foreground(),
        Event::Elapsed(ms, launch) => step.elapsed(ms, launch),
        Event::Ready(token) => step.ready(&token),
        Event::Crash(token, reason, launch) => step.crash(&token, reason, launch),
        Event::Unusable(id, launch) => step.unusable(id, launch),
        Event::Installed(id, installed) => step.installed(id, installed)?,
        Event::Next(id, now) => step.next(id, now)?,
        Event::Renumbered(id, sequence, version) => step.renumbered(id, sequence, version)?,
        Event::Delete(id) => step.delete(id)?,
        Event::NativeChanged(native) => step.native_changed(&native),
        Event::FailureRead => step.state.unread_failure = None,
    }
    Ok(Transition {
        state: step.state,
        effects: step.effects,
    })
}

struct Step<'p> {
    state: State,
    effects: Vec<Effect>,
    policy: &'p Policy,
}

impl Step<'_> {
    // --- launches -------------------------------------------------------------------------------

    /// R4: a trial that was launched three times and never became ready has used up its chances.
    fn cold_start(&mut self, launch: NewLaunch) {
        self.foreground();
        if self.state.next.is_none() && self.trial_is_exhausted() {
            self.fail_trial(FailureCause::LaunchesExhausted, None, launch.now);
        }
        self.take_next_or_serve_current(launch);
    }

    fn take_next_or_serve_current(&mut self, launch: NewLaunch) {
        match self.state.next.take() {
            Some(id) => self.begin_trial(id, launch),
            None if self.trial_is_exhausted() => {
                self.fail_trial(FailureCause::LaunchesExhausted, None, launch.now);
                self.serve(launch);
            }
            None => self.serve(launch),
        }
    }

    fn trial_is_exhausted(&self) -> bool {
        self.state
            .trial
            .as_ref()
            .is_some_and(|trial| trial.attempts >= TRIAL_LAUNCHES)
    }

    /// A bundle that is confirmed already needs no second trial.
    fn begin_trial(&mut self, id: BundleId, launch: NewLaunch) {
        self.state.next = self.state.next.filter(|next| *next != id);
        let superseded = self
            .state
            .trial
            .take()
            .map(|trial| trial.id)
            .filter(|old| *old != id);
        if self.state.confirmed != Some(id) {
            self.state.trial = Some(Trial { id, attempts: 0 });
        }
        if self.state.previous == Some(id) {
            self.state.previous = None;
        }
        self.serve(launch);
        self.remove_unneeded(superseded);
    }

    /// R1: the attempt is part of the state that is persisted before anything is served.
    fn serve(&mut self, launch: NewLaunch) {
        if let Some(trial) = &mut self.state.trial {
            trial.attempts = trial.attempts.saturating_add(1);
        }
        let foreground = self.state.launch.as_ref().is_none_or(|last| last.foreground);
        let bundle = self.state.current();
        self.state.launches = self.state.launches.saturating_add(1);
        self.state.launch = Some(LaunchRecord {
            token: launch.token,
            bundle,
            ready: false,
            elapsed_ms: 0,
            foreground,
        });
        self.effects.push(Effect::Serve(bundle));
    }

    fn set(&mut self, id: BundleId, launch: NewLaunch) -> Result<(), Refusal> {
        self.admit(&id, launch.now)?;
        self.begin_trial(id, launch);
        Ok(())
    }

    fn reset(&mut self, launch: NewLaunch) {
        self.state.trial = None;
        self.state.next = None;
        self.state.confirmed = None;
        self.state.previous = None;
        self.serve(launch);
    }

    fn fall_back(&mut self, launch: NewLaunch) {
        self.state.trial = None;
        self.state.next = None;
        self.serve(launch);
    }

    // --- foreground time and what pages report --------------------------------------------------

    fn background(&mut self, launch: NewLaunch) {
        if let Some(current) = &mut self.state.launch {
            current.foreground = false;
        }
        if let Some(id) = self.state.next.take() {
            self.begin_trial(id, launch);
        }
    }

    fn foreground(&mut self) {
        if let Some(current) = &mut self.state.launch {
            current.foreground = true;
        }
    }

    fn elapsed(&mut self, ms: u64, launch: NewLaunch) {
        if !self.launch_is_trial() {
            return;
        }
        let Some(current) = self.state.launch.as_mut().filter(|current| current.foreground) else {
            return;
        };
        current.elapsed_ms = current.elapsed_ms.saturating_add(ms);
        if current.elapsed_ms >= self.policy.app_ready_timeout_ms {
            self.roll_back(FailureCause::NotReady, None, launch);
        }
    }

    /// R2: only the token of the current launch counts. R9: the floor rises here and nowhere else.
    fn ready(&mut self, token: &str) {
        if !self.is_current(token) {
            return;
        }
        if let Some(current) = &mut self.state.launch {
            current.ready = true;
        }
        if self.launch_is_trial() {
            self.confirm_trial();
        }
    }

    fn confirm_trial(&mut self) {
        let Some(trial) = self.state.trial.take() else {
            return;
        };
        let sequence = self.state.sequence_of(&trial.id).map_or(0, Sequence::get);
        let dropped = match self.policy.previous {
            Keep::Delete => [self.state.confirmed.take(), self.state.previous.take()],
            Keep::Keep => [self.state.previous.take(), None],
        };
        self.state.previous = self.state.confirmed.take();
        self.state.confirmed = Some(trial.id);
        self.state.floor = self.state.floor.max(sequence);
        self.state.failed.retain(|failed| failed.id != trial.id);
        self.effects.push(Effect::Confirmed(trial.id));
        self.remove_unneeded(dropped.into_iter().flatten());
    }

    /// R4: a crash of a trial is evidence. A crash of a confirmed bundle is the app's own affair.
    fn crash(&mut self, token: &str, reason: Option<String>, launch: NewLaunch) {
        if self.is_current(token) && self.launch_is_trial() {
            self.roll_back(FailureCause::Crashed, reason, launch);
        }
    }

    fn roll_back(&mut self, cause: FailureCause, reason: Option<String>, launch: NewLaunch) {
        self.fail_trial(cause, reason, launch.now);
        self.serve(launch);
    }

    fn fail_trial(&mut self, cause: FailureCause, reason: Option<String>, now: UnixMillis) {
        let Some(trial) = self.state.trial.take() else {
            return;
        };
        let Some(installed) = self.state.bundles.get(&trial.id) else {
            return;
        };
        let failed = Failed {
            id: trial.id,
            version: installed.version.clone(),
            sequence: installed.sequence,
            cause,
            reason: reason.map(|text| text.chars().take(Limits::REASON_CHARS).collect()),
            at: now.get(),
            expires: now.get().saturating_add(FAILED_TTL_MS),
        };
        self.state.remember_failure(failed.clone());
        self.state.launch = self
            .state
            .launch
            .take()
            .filter(|launch| launch.bundle != Some(trial.id));
        self.effects.push(Effect::RolledBack(failed));
        if self.policy.failed == Keep::Delete {
            self.remove_unneeded([trial.id]);
        }
    }

    /// R8: what does not verify is dropped, and the next candidate is served; the chain ends at the
    /// embedded bundle, so it is never longer than the bundles on the disk. Damage on the disk is no
    /// fault of the release: the tree is not banned and the next sync brings it again.
    fn unusable(&mut self, id: BundleId, launch: NewLaunch) {
        self.forget(id);
        if self.state.confirmed.is_none() {
            self.state.confirmed = self.state.previous.take();
        }
        self.effects.push(Effect::Remove(id));
        self.serve(launch);
    }

    // --- bundles --------------------------------------------------------------------------------

    fn installed(&mut self, id: BundleId, installed: Installed) -> Result<(), Refusal> {
        self.make_room(&id);
        if self.state.bundles.len() >= Limits::BUNDLES {
            return Err(Refusal::TooMany);
        }
        self.state.bundles.insert(id, installed);
        Ok(())
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

    fn next(&mut self, id: BundleId, now: UnixMillis) -> Result<(), Refusal> {
        self.admit(&id, now)?;
        let replaced = self.state.next.take();
        if self.state.current() != Some(id) {
            self.state.next = Some(id);
        }
        self.remove_unneeded(replaced);
        Ok(())
    }

    /// The only gate to `next` and `trial`: known, not failed (B4), not below the floor (R9).
    fn admit(&self, id: &BundleId, now: UnixMillis) -> Result<(), Refusal> {
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
    fn renumbered(&mut self, id: BundleId, sequence: Sequence, version: String) -> Result<(), Refusal> {
        let installed = self.state.bundles.get_mut(&id).ok_or(Refusal::Unknown)?;
        if sequence > installed.sequence {
            installed.sequence = sequence;
            installed.version = version;
        }
        if self.state.confirmed == Some(id) {
            self.state.floor = self.state.floor.max(sequence.get());
        }
        Ok(())
    }

    fn delete(&mut self, id: BundleId) -> Result<(), Refusal> {
        if !self.state.bundles.contains_key(&id) {
            return Err(Refusal::Unknown);
        }
        if self.state.needs(&id) {
            return Err(Refusal::InUse);
        }
        self.remove_unneeded([id]);
        Ok(())
    }

    fn native_changed(&mut self, native: &NativeRelease) {
        if self.state.native_version.as_ref() == Some(&native.version) {
            return;
        }
        let first_seen = self
            .state
            .native_version
            .replace(native.version.clone())
            .is_none();
        if first_seen {
            return;
        }
        self.state.launch = None;
        for id in self.state.bundles.keys().copied().collect::<Vec<_>>() {
            if self.is_outdated(&id, native) {
                self.forget(id);
                self.effects.push(Effect::Remove(id));
            }
        }
        if self.state.confirmed.is_none() {
            self.state.confirmed = self.state.previous.take();
        }
    }

    fn is_outdated(&self, id: &BundleId, native: &NativeRelease) -> bool {
        let Some(installed) = self.state.bundles.get(id) else {
            return true;
        };
        let outside = installed
            .native
            .as_ref()
            .is_some_and(|range| !range.contains(&native.version));
        let older = native
            .embedded_sequence
            .is_some_and(|embedded| installed.sequence <= embedded);
        self.policy.on_native_change == OnNativeChange::Reset || outside || older
    }

    // --- small helpers --------------------------------------------------------------------------

    fn is_current(&self, token: &str) -> bool {
        self.state
            .launch
            .as_ref()
            .is_some_and(|launch| launch.token == token)
    }

    fn launch_is_trial(&self) -> bool {
        let launched = self.state.launch.as_ref().and_then(|launch| launch.bundle);
        launched.is_some() && launched == self.state.trial.as_ref().map(|trial| trial.id)
    }

    /// Drops a bundle from every role.
    fn forget(&mut self, id: BundleId) {
        let other = |slot: &Option<BundleId>| slot.filter(|value| *value != id);
        self.state.confirmed = other(&self.state.confirmed);
        self.state.previous = other(&self.state.previous);
        self.state.next = other(&self.state.next);
        self.state.trial = self.state.trial.take().filter(|trial| trial.id != id);
        self.state.launch = self
            .state
            .launch
            .take()
            .filter(|launch| launch.bundle != Some(id));
        self.state.bundles.remove(&id);
    }

    fn remove_unneeded(&mut self, ids: impl IntoIterator<Item = BundleId>) {
        for id in ids {
            if !self.state.needs(&id) && self.state.bundles.remove(&id).is_some() {
                self.effects.push(Effect::Remove(id));
            }
        }
    }
}
