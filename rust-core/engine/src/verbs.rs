//! What the app, the page and the platform ask of the device.

use std::str::FromStr as _;
use std::sync::atomic::Ordering;

use airlock_protocol::{BundleId, Code, NativeVersion};

use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event as AppEvent;
use crate::install::{Depth, verify_tree};
use crate::machine::{Event, Refusal};
use crate::records::{Bundle, Failure, Launch, Ready, ResetTo, Rollback, Verified};
use crate::session::Session;
use crate::statistics::Note;
use crate::store::{self, Collected, Downloads, Lock, Wait};
use crate::view::failure;

impl Engine {
    /// A page reports that it works. A token other than that of the current launch changes nothing
    /// (R2). Errors: `locked`, `storage_failure`, `no_space`, `incompatible_app`.
    pub fn ready(&self, token: &str) -> Result<Ready, Error> {
        let mut session = Session::open(self)?;
        let accepted = session
            .state()
            .launch
            .as_ref()
            .is_some_and(|launch| launch.token == token);
        let first = session
            .state()
            .launch
            .as_ref()
            .is_some_and(|launch| !launch.ready);
        session.apply(Event::Ready(token.to_owned()))?;
        let bundle = self.bundle(session.state(), session.state().current());
        if accepted && first {
            self.emit(&AppEvent::AppReady {
                bundle: bundle.clone(),
            });
        }
        Ok(Ready { accepted, bundle })
    }

    /// A page, or the system on its behalf, reports a crash of the current launch. A bundle on trial
    /// is rolled back at once (R4). Errors: as for [`Engine::ready`].
    pub fn crash(&self, token: &str, reason: Option<&str>) -> Result<Rollback, Error> {
        let mut session = Session::open(self)?;
        let launch = session.new_launch()?;
        let event = Event::Crash(token.to_owned(), reason.map(str::to_owned), launch);
        self.serve(&mut session, event).map(rollback)
    }

    /// `ms` milliseconds passed in the foreground, by a monotonic clock; the ready timer may end the
    /// trial (R4). Errors: as for [`Engine::ready`].
    pub fn elapse(&self, ms: u64) -> Result<Rollback, Error> {
        if self.unrecorded.load(Ordering::Relaxed) {
            return Ok(rollback(None));
        }
        let mut session = Session::open(self)?;
        let launch = session.new_launch()?;
        self.serve(&mut session, Event::Elapsed(ms, launch)).map(rollback)
    }

    /// The app went to the background: a bundle that is next is applied now, where nobody looks, if its
    /// delay conditions are met. Errors: as for [`Engine::ready`].
    pub fn background(&self) -> Result<Option<Launch>, Error> {
        self.note(&Note::of("app_moved_to_background", ""));
        let mut session = Session::open(self)?;
        let launch = session.new_launch()?;
        self.serve(&mut session, Event::Background(launch))
    }

    /// The app came to the foreground. Errors: as for [`Engine::ready`].
    pub fn foreground(&self) -> Result<(), Error> {
        self.note(&Note::of("app_moved_to_foreground", ""));
        Session::open(self)?.apply(Event::Foreground(self.now()))
    }

    /// The native app is of this version now: bundles that it outdates are dropped (R9). The next
    /// launch serves what is left. Errors: as for [`Engine::ready`].
    pub fn native_update(&self, version: &NativeVersion) -> Result<(), Error> {
        let mut session = Session::open(self)?;
        let build = self.native_build(session.state(), Some(version.clone()));
        session.apply(Event::Native(build))
    }

    /// Makes an installed bundle the next one. Errors: `bundle_unknown`, `bundle_failed`,
    /// `downgrade_refused`, `incompatible_native`, and as for [`Engine::ready`].
    pub fn next(&self, id: &str) -> Result<Bundle, Error> {
        let mut session = Session::open(self)?;
        let id = self.admissible(&session, id)?;
        session.apply(Event::Next(id, self.now()))?;
        let bundle = self.bundle(session.state(), Some(id));
        self.note(&Note::of("set_next", &bundle.version));
        Ok(bundle)
    }

    /// Serves an installed bundle now, on trial. Errors: as for [`Engine::next`].
    pub fn set(&self, id: &str) -> Result<Launch, Error> {
        self.set_now(id).inspect_err(|error| {
            let version = self.version_of(id);
            self.note(&Note {
                code: Some(error.code().as_str()),
                ..Note::of("set_fail", &version)
            });
        })
    }

    fn set_now(&self, id: &str) -> Result<Launch, Error> {
        let mut session = Session::open(self)?;
        let launch = session.new_launch()?;
        let event = match self.embedded(session.state()).is_named(id) {
            true => Event::Reset(launch),
            false => Event::Set(self.admissible(&session, id)?, launch),
        };
        self.switch(&mut session, event)
    }

    /// Loads the web view again, with the next bundle if there is one, whatever its delay conditions
    /// say: this is the app's own decision. Errors: as for
    /// [`Engine::ready`].
    pub fn reload(&self) -> Result<Launch, Error> {
        let mut session = Session::open(self)?;
        let launch = session.new_launch()?;
        self.switch(&mut session, Event::Reload(launch))
    }

    /// Applies the bundle that waits, if its delay conditions are met: for hosts that apply an update
    /// as soon as it is staged. Errors: as for [`Engine::ready`].
    pub fn apply_next(&self) -> Result<Option<Launch>, Error> {
        let mut session = Session::open(self)?;
        let launch = session.new_launch()?;
        self.serve(&mut session, Event::Apply(launch))
    }

    /// Goes back, now. Errors: as for [`Engine::ready`].
    pub fn reset(&self, to: ResetTo) -> Result<Launch, Error> {
        let mut session = Session::open(self)?;
        let launch = session.new_launch()?;
        let event = match to {
            ResetTo::Embedded => Event::Reset(launch),
            ResetTo::LastSuccessful => Event::ToFallback(launch),
        };
        let launch = self.switch(&mut session, event)?;
        self.note(&Note::of("reset", &launch.bundle.version));
        Ok(launch)
    }

    /// Deletes a bundle that has no part to play. Errors: `bundle_unknown`, `bundle_in_use`, and as
    /// for [`Engine::ready`].
    pub fn delete(&self, id: &str) -> Result<(), Error> {
        let mut session = Session::open(self)?;
        if self.embedded(session.state()).is_named(id) {
            return Err(Error::Refused(Refusal::InUse));
        }
        let version = self.version_of(id);
        session.apply(Event::Delete(parse_id(id)?))?;
        self.note(&Note::of("delete", &version));
        Ok(())
    }

    /// The last rollback, once (`getFailedUpdate`). Errors: as for [`Engine::ready`].
    pub fn take_failed_update(&self) -> Result<Option<Failure>, Error> {
        let mut session = Session::open(self)?;
        let unread = session.state().unread_failure.as_ref().map(failure);
        session.apply(Event::FailureRead)?;
        Ok(unread)
    }

    /// Checks every byte of one bundle, or of all of them. Reads without a lock. Errors:
    /// `bundle_unknown`, `storage_failure`.
    pub fn verify(&self, id: Option<&str>) -> Result<Vec<Verified>, Error> {
        let state = self.peek()?;
        let embedded = self.embedded(&state);
        let mut verdicts = Vec::new();
        if id.is_none_or(|id| embedded.is_named(id)) {
            verdicts.push(verdict(embedded.id_text(), embedded.verify(self.disk()).err()));
        }
        for own in state
            .bundles
            .keys()
            .filter(|own| id.is_none_or(|id| own.to_string() == id))
        {
            let outcome = verify_tree(self.disk(), &self.layout.bundle(own), Some(own), Depth::Bytes);
            verdicts.push(verdict(own.to_string(), outcome.err()));
        }
        match verdicts.is_empty() {
            true => Err(Error::Refused(Refusal::Unknown)),
            false => Ok(verdicts),
        }
    }

    /// Removes everything temporary and every tree that the state does not name. Errors: `locked`,
    /// `storage_failure`.
    pub fn gc(&self) -> Result<Collected, Error> {
        store::create_dir(self.disk(), self.layout.root())?;
        let _sync = Lock::take(self.disk(), &self.layout.sync_lock(), Wait::No)?;
        let session = Session::open(self)?;
        let state = Some(session.state());
        Ok(store::collect(self.disk(), &self.layout, Downloads::Go, state))
    }

    fn switch(&self, session: &mut Session<'_>, event: Event) -> Result<Launch, Error> {
        self.serve(session, event)?
            .ok_or_else(|| Error::Internal("a switch served nothing".to_owned()))
    }

    /// The version of an installed bundle; empty where there is none, and where nobody wants to know.
    fn version_of(&self, id: &str) -> String {
        let state = self.config.stats_url().and_then(|_| self.peek().ok());
        let installed = state.zip(id.parse().ok());
        let version = installed.and_then(|(state, id)| Some(state.bundles.get(&id)?.version.clone()));
        version.unwrap_or_default()
    }

    /// The bundle named `id`, if this native build may run it.
    fn admissible(&self, session: &Session<'_>, id: &str) -> Result<BundleId, Error> {
        let id = parse_id(id)?;
        let state = session.state();
        let range = state
            .bundles
            .get(&id)
            .and_then(|installed| installed.native.as_ref());
        match (range, self.native_version(state)) {
            (Some(range), Some(native)) if !range.contains(&native) => Err(Error::Usage {
                code: Code::IncompatibleNative,
                text: format!(
                    "this bundle needs a native app {range}, and this one is {native}; update the app first"
                ),
            }),
            _ => Ok(id),
        }
    }
}

fn verdict(id: String, error: Option<Error>) -> Verified {
    let (code, message) = error.map(|error| (error.code(), error.to_string())).unzip();
    Verified {
        id,
        valid: code.is_none(),
        code,
        message,
    }
}

fn rollback(launch: Option<Launch>) -> Rollback {
    Rollback {
        rolled_back: launch.is_some(),
        launch,
    }
}

fn parse_id(id: &str) -> Result<BundleId, Error> {
    BundleId::from_str(id).map_err(|_| Error::Refused(Refusal::Unknown))
}
