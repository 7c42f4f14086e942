//! The transition function: one match over the events, each arm a short rule.

use airlock_protocol::{BundleId, Sequence, UnixMillis};

use super::delay::{Delay, Moment};
use super::event::{Effect, Event, Keep, NewLaunch, Policy, Refusal, Transition};
use super::state::{Failed, FailureCause, LaunchRecord, Limits, State, Trial};

/// Launches a trial gets before a process that ends without evidence counts against it (R4).
/// Three, because a phone kills apps for its own reasons (memory, a call, a swipe) and a good
/// bundle must survive two of those (faults.md: Shorebird's and CodePush's one-strike rules rolled
/// back good bundles).
const TRIAL_LAUNCHES: u32 = 3;

/// The state machine. Pure: the same state, event and policy always give the same answer.
pub fn transition(state: &State, event: Event, policy: &Policy) -> Result<Transition, Refusal> {
    let mut step = Step {
        state: state.clone(),
        effects: Vec::new(),
        policy,
    };
    match event {
        Event::OpenedBy(app, channel) => step.opened_by(app, channel)?,
        Event::ChannelChosen(chosen, configured) => step.choose_channel(chosen, configured),
        Event::Named(name) => step.state.custom_id = name,
        Event::FirstSeen(version) => step.first_seen(version),
        Event::Recognised(id) => step.state.device_id = id.as_str().to_owned(),
        Event::ColdStart(launch) => step.cold_start(launch),
        Event::Reload(launch) => step.reload(launch),
        Event::Apply(launch) => step.apply(launch),
        Event::Set(id, launch) => step.set(id, launch)?,
        Event::Reset(launch) => step.reset(launch),
        Event::ToFallback(launch) => step.fall_back(launch),
        Event::Background(launch) => step.background(launch),
        Event::Foreground(now) => step.foreground(now),
        Event::Elapsed(ms, launch) => step.elapsed(ms, launch),
        Event::Ready(token) => step.ready(&token),
        Event::Crash(token, reason, launch) => step.crash(&token, reason, launch),
        Event::Unusable(id, launch) => step.unusable(id, launch),
        Event::Unreadable(launch) => step.unreadable(launch),
        Event::Newest(sequence) => step.newest(sequence),
        Event::Installed(id, installed) => step.installed(id, installed),
        Event::Next(id, now) => step.next(id, now)?,
        Event::Renumbered(id, sequence, version) => step.renumbered(id, sequence, version)?,
        Event::DelayUntil(delays) => step.delay_until(delays)?,
        Event::Delete(id) => step.delete(id)?,
        Event::Native(build) => step.native(&build),
        Event::FailureRead => step.state.unread_failure = None,
    }
    Ok(Transition {
        state: step.state,
        effects: step.effects,
    })
}

/// A transition in the making. How bundles come and go is in `bundles`.
pub(super) struct Step<'p> {
    pub(super) state: State,
    pub(super) effects: Vec<Effect>,
    pub(super) policy: &'p Policy,
}

impl Step<'_> {
    // --- launches -------------------------------------------------------------------------------

    fn cold_start(&mut self, launch: NewLaunch) {
        self.settle_delays(Moment::ColdStart, launch.now);
        self.set_foreground(true);
        self.end_used_up_trial(launch.now);
        match self.take_undelayed(launch.now) {
            Some(id) => self.begin_trial(id, launch),
            None => self.serve_current(launch),
        }
    }

    /// The app's own wish, so delay conditions do not count; those that are left go on for what
    /// waits next.
    fn reload(&mut self, launch: NewLaunch) {
        match self.take_next(launch.now) {
            Some(id) => self.begin_trial(id, launch),
            None => self.serve_current(launch),
        }
    }

    fn apply(&mut self, launch: NewLaunch) {
        self.settle_delays(Moment::Running, launch.now);
        if let Some(id) = self.take_undelayed(launch.now) {
            self.begin_trial(id, launch);
        }
    }

    fn take_undelayed(&mut self, now: UnixMillis) -> Option<BundleId> {
        match self.state.delays.is_empty() {
            true => self.take_next(now),
            false => None,
        }
    }

    /// What waits passes the gate again: since it was admitted a higher release may have been
    /// confirmed, or the same tree may have failed.
    fn take_next(&mut self, now: UnixMillis) -> Option<BundleId> {
        let id = self.state.next.take()?;
        if self.admit(&id, now).is_ok() {
            return Some(id);
        }
        self.remove_unneeded([id]);
        None
    }

    /// The new conditions replace the old ones, as in the peer's `setMultiDelay`.
    fn delay_until(&mut self, delays: Vec<Delay>) -> Result<(), Refusal> {
        if delays.len() > Limits::DELAYS {
            return Err(Refusal::TooManyDelays);
        }
        self.state.delays = delays;
        Ok(())
    }

    fn serve_current(&mut self, launch: NewLaunch) {
        self.end_used_up_trial(launch.now);
        self.serve(launch);
    }

    /// R4: a trial that was launched three times and never became ready has used up its chances. A
    /// cold start asks this before what waits can supersede the trial, or it would leave without a
    /// verdict and come back with three more.
    fn end_used_up_trial(&mut self, now: UnixMillis) {
        let attempts = self.state.trial.as_ref().map_or(0, |trial| trial.attempts);
        if attempts >= TRIAL_LAUNCHES {
            self.fail_trial(FailureCause::LaunchesExhausted, None, now);
        }
    }

    /// A bundle that is confirmed already needs no second trial, and one that is on trial already
    /// goes on with the launches it has left.
    fn begin_trial(&mut self, id: BundleId, launch: NewLaunch) {
        self.state.next = self.state.next.filter(|next| *next != id);
        if self.state.trial.as_ref().is_some_and(|trial| trial.id == id) {
            return self.serve_current(launch);
        }
        let superseded = self.state.trial.take().map(|trial| trial.id);
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
        self.hand_out(self.state.current(), launch);
    }

    fn hand_out(&mut self, bundle: Option<BundleId>, launch: NewLaunch) {
        let foreground = self.state.background_since.is_none();
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
        self.state.delays.clear();
        self.serve(launch);
    }

    fn fall_back(&mut self, launch: NewLaunch) {
        self.state.trial = None;
        self.state.next = None;
        self.state.delays.clear();
        self.serve(launch);
    }

    // --- foreground time and what pages report --------------------------------------------------

    fn background(&mut self, launch: NewLaunch) {
        self.settle_delays(Moment::Background, launch.now);
        self.set_foreground(false);
        if let Some(id) = self.take_undelayed(launch.now) {
            self.begin_trial(id, launch);
        }
    }

    /// Nothing is switched here: somebody is looking.
    fn foreground(&mut self, now: UnixMillis) {
        self.settle_delays(Moment::Foreground, now);
        self.set_foreground(true);
    }

    fn set_foreground(&mut self, foreground: bool) {
        if let Some(current) = &mut self.state.launch {
            current.foreground = foreground;
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
            expires: now.get().saturating_add(Failed::TTL_MS),
        };
        self.state.remember_failure(failed.clone());
        // What a bundle postponed falls with it: it may have been its own cure.
        self.state.delays.clear();
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
        self.let_previous_step_up();
        self.effects.push(Effect::Remove(id));
        self.serve(launch);
    }

    /// Unreadable is not corrupt (design section 5): the embedded bundle is served this once and
    /// nothing is dropped. A trial has spent one of its launches, so this cannot go on for ever.
    fn unreadable(&mut self, launch: NewLaunch) {
        self.hand_out(None, launch);
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
    pub(super) fn forget(&mut self, id: BundleId) {
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

    pub(super) fn remove_unneeded(&mut self, ids: impl IntoIterator<Item = BundleId>) {
        for id in ids {
            if !self.state.needs(&id) && self.state.bundles.remove(&id).is_some() {
                self.effects.push(Effect::Remove(id));
            }
        }
    }
}
