//! One transition: lock, load, decide, persist, and only then act.

use crate::engine::Engine;
use crate::error::Error;
use crate::events::{Event as AppEvent, failure_reason};
use crate::failures::{self, Phase};
use crate::machine::{DeviceId, Effect, Event, Failed, NewLaunch, State, Transition, transition};
use crate::store::{self, Loaded, Lock, Wait};
use airlock_protocol::{BundleId, Sha256Digest};

/// The state under the state lock. Dropping it releases the lock.
pub(crate) struct Session<'e> {
    engine: &'e Engine,
    state: State,
    stored: Stored,
    _lock: Lock,
}

/// Whether the state is on the disk as it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    Yes,
    NotYet,
}

impl<'e> Session<'e> {
    /// Errors: `locked`, `storage_failure`, `no_space`, `incompatible_app`.
    pub(crate) fn open(engine: &'e Engine) -> Result<Self, Error> {
        store::create_dir(engine.disk(), engine.layout.root())?;
        let lock = Lock::take(engine.disk(), &engine.layout.state_lock(), Wait::ForTransition)?;
        let (state, stored) = match engine.slots.load_durable(engine.disk()) {
            Loaded::State(state) => (*state, Stored::Yes),
            Loaded::Fresh | Loaded::Corrupt => (new_state(engine)?, Stored::NotYet),
            Loaded::Unreadable(source) => return Err(Error::storage("read the state", source)),
        };
        let mut session = Self {
            engine,
            state,
            stored,
            _lock: lock,
        };
        session.claim()?;
        Ok(session)
    }

    /// One store belongs to one app. What this changes is written with the transition that follows.
    fn claim(&mut self) -> Result<(), Error> {
        let opened = self.engine.opened(&self.state)?;
        if opened != self.state {
            self.state = opened;
            self.stored = Stored::NotYet;
        }
        Ok(())
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// A token and a time for a launch that may happen.
    pub(crate) fn new_launch(&self) -> Result<NewLaunch, Error> {
        new_launch(self.engine, self.state.launches)
    }

    /// What `event` would do; nothing happens yet.
    pub(crate) fn plan(&self, event: Event) -> Result<Transition, Error> {
        Ok(transition(&self.state, event, &self.engine.config.policy())?)
    }

    /// Persists a planned transition, then carries out its effects (R1, R7). A plan that changes
    /// nothing writes nothing.
    pub(crate) fn commit(&mut self, plan: Transition) -> Result<(), Error> {
        if plan.state != self.state || self.stored == Stored::NotYet {
            self.engine.slots.save(self.engine.disk(), &plan.state)?;
            self.stored = Stored::Yes;
        }
        let old = std::mem::replace(&mut self.state, plan.state);
        for effect in &plan.effects {
            self.act(effect, &old);
        }
        let (before, now) = (served(&old), served(&self.state));
        let serves = plan
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Serve(_)));
        if serves && before != now {
            let bundle = self.engine.bundle(&self.state, now);
            self.engine.note_set(&bundle.version, &old, before);
            self.engine.emit(&AppEvent::Set { bundle });
        }
        Ok(())
    }

    /// Plans and commits.
    pub(crate) fn apply(&mut self, event: Event) -> Result<(), Error> {
        let plan = self.plan(event)?;
        self.commit(plan)
    }

    fn act(&self, effect: &Effect, old: &State) {
        match effect {
            Effect::Remove(id) => store::discard_bundle(self.engine.disk(), &self.engine.layout, id),
            Effect::RolledBack(failed) => self.rolled_back(failed, old),
            Effect::Serve(_) | Effect::Confirmed(_) => {}
        }
    }

    fn rolled_back(&self, failed: &Failed, old: &State) {
        let bundle = self.engine.failed_bundle(old, failed);
        let (code, reason) = (failed.cause.as_str(), failed.reason.clone());
        let attempt = old.trial.as_ref().map_or(1, |trial| trial.attempts);
        let said = failure_reason(code, reason.as_deref());
        failures::record_trial(self.engine, failed, &said, attempt);
        self.engine.emit(&AppEvent::UpdateFailed {
            bundle,
            code,
            reason,
            attempt,
            phase: Phase::Trial,
        });
    }
}

/// What the page that runs shows; `None` is the embedded bundle.
fn served(state: &State) -> Option<BundleId> {
    state.launch.as_ref().and_then(|launch| launch.bundle)
}

/// A token is 128 random bits; the counter sets launches of a repeatable source apart.
pub(crate) fn new_launch(engine: &Engine, launches: u64) -> Result<NewLaunch, Error> {
    let random = engine.host.random.bytes(launches.saturating_add(1))?;
    let token = Sha256Digest::of(&random).to_string().chars().take(32).collect();
    Ok(NewLaunch {
        token,
        now: engine.now(),
    })
}

/// The state of a device that has never run an update, as far as anyone here remembers.
fn new_state(engine: &Engine) -> Result<State, Error> {
    let id = DeviceId::from_random(&engine.host.random.bytes(0)?);
    Ok(State::new(id.as_str().to_owned()))
}
