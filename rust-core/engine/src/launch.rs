//! Launches: which bundle is served, verified, and written down before it is handed out.

use std::sync::atomic::Ordering;

use airlock_protocol::BundleId;

use crate::config::VerifyOnLaunch;
use crate::engine::Engine;
use crate::error::Error;
use crate::install::{Depth, verify_tree};
use crate::machine::{Effect, Event, State, Transition, transition};
use crate::records::Launch;
use crate::session::{Session, new_launch};
use crate::statistics::Note;

impl Engine {
    /// A cold start: the process begins and asks what to show. Quick, no network, never fails: on
    /// any fault the answer is the best bundle that needs no write, ending at the embedded one (R6).
    /// Call it once a process start, before the web view loads.
    pub fn launch(&self) -> Launch {
        let launch = self.cold_start();
        self.unrecorded.store(launch.is_err(), Ordering::Relaxed);
        let launch = launch.unwrap_or_else(|_| self.launch_unrecorded());
        self.note(&Note::of("app_launch_start", &launch.bundle.version));
        launch
    }

    fn cold_start(&self) -> Result<Launch, Error> {
        let mut session = Session::open(self)?;
        let build = self.native_build(session.state(), self.host.native_version.clone());
        session.apply(Event::Native(build))?;
        let start = Event::ColdStart(session.new_launch()?);
        self.serve(&mut session, start)?
            .ok_or_else(|| Error::Internal("a cold start served nothing".to_owned()))
    }

    /// Applies an event that may serve a bundle. What would be served is verified first; what does
    /// not verify is dropped and the next candidate taken (R8), and all of it is one durable write.
    /// `None` when the event served nothing.
    pub(crate) fn serve(&self, session: &mut Session<'_>, event: Event) -> Result<Option<Launch>, Error> {
        let mut plan = session.plan(event)?;
        while let Some(id) = served(&plan).flatten() {
            match self.verify_served(&plan, &id) {
                Ok(()) => break,
                Err(error) if error.is_damage() => {
                    let launch = session.new_launch()?;
                    let next = transition(&plan.state, Event::Unusable(id, launch), &self.config.policy())?;
                    plan.effects.extend(next.effects);
                    plan.state = next.state;
                }
                // R8: what must be persisted (a rollback above all) is, whatever a file says.
                Err(_) => {
                    let launch = session.new_launch()?;
                    let next = transition(&plan.state, Event::Unreadable(launch), &self.config.policy())?;
                    plan.effects.extend(next.effects);
                    plan.state = next.state;
                }
            }
        }
        let serves = served(&plan).is_some();
        session.commit(plan)?;
        Ok(serves.then(|| self.launch_of(session.state())))
    }

    /// A first launch and a fall-back are always checked in full; the others as configured.
    fn verify_served(&self, plan: &Transition, id: &BundleId) -> Result<(), Error> {
        let first = plan.state.trial.as_ref().is_some_and(|trial| trial.attempts == 1);
        let fallback = plan
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::RolledBack(_) | Effect::Remove(_)));
        let depth = match self.config.verify_on_launch {
            VerifyOnLaunch::Quick if !first && !fallback => Depth::Sizes,
            _ => Depth::Bytes,
        };
        verify_tree(self.disk(), &self.layout.bundle(id), Some(id), depth).map(drop)
    }

    fn launch_of(&self, state: &State) -> Launch {
        let (id, token) = match &state.launch {
            Some(launch) => (launch.bundle, launch.token.clone()),
            None => (None, String::new()),
        };
        let attempt = state
            .trial
            .as_ref()
            .filter(|trial| Some(trial.id) == id)
            .map_or(1, |trial| trial.attempts);
        let root = match id {
            Some(id) => self.layout.bundle(&id),
            None => self.embedded(state).root(),
        };
        Launch {
            bundle: self.served(state, id),
            root,
            token,
            attempt,
        }
    }

    /// Nothing can be written down, so nothing may happen that must be (R7): the confirmed bundle if
    /// it is whole and made for this native build, else the embedded one. The token is unknown to
    /// the state, so this page can confirm nothing.
    fn launch_unrecorded(&self) -> Launch {
        let mut state = self.peek().unwrap_or_else(|_| State::new(String::new()));
        state.trial = None;
        state.next = None;
        let build = self.native_build(&state, self.host.native_version.clone());
        state = match transition(&state, Event::Native(build), &self.config.policy()) {
            Ok(next) => next.state,
            Err(_) => State::new(String::new()),
        };
        state.confirmed = state
            .confirmed
            .filter(|id| verify_tree(self.disk(), &self.layout.bundle(id), Some(id), Depth::Bytes).is_ok());
        let current = state.current();
        let root = match current {
            Some(id) => self.layout.bundle(&id),
            None => self.embedded(&state).root(),
        };
        let token = new_launch(self, state.launches)
            .map(|launch| launch.token)
            .unwrap_or_default();
        Launch {
            bundle: self.served(&state, current),
            root,
            token,
            attempt: 1,
        }
    }
}

/// What a plan serves in the end: `None` for nothing, `Some(None)` for the embedded bundle.
fn served(plan: &Transition) -> Option<Option<BundleId>> {
    plan.effects.iter().rev().find_map(|effect| match effect {
        Effect::Serve(bundle) => Some(*bundle),
        _ => None,
    })
}
