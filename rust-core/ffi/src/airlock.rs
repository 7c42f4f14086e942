//! The object, and the life of its process: start, front and back, time, crashes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use airlock_engine::ports::{Credentials, SystemClock, SystemRandom};
use airlock_engine::{AutoUpdate, Engine, Host};

use crate::conditions::{Conditions, Surroundings};
use crate::error::{AirlockError, guarded, locked};
use crate::events::EventSink;
use crate::identity::{Bearer, ClientIdentity};
use crate::outbox::{Ears, Outbox};
use crate::process::{Process, millis_up};
use crate::records::{Launch, Tick};
use crate::schedule::UnderWay;
use crate::secure::{SecureStore, Vault};
use crate::setup::{Setup, understand};
use crate::trust::{Judge, ServerTrust};
use crate::turns::Turns;

/// The updater of one app in one process.
#[derive(uniffi::Object)]
pub struct Airlock {
    core: Result<Core, AirlockError>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) process: Mutex<Option<Process>>,
    pub(crate) turns: Turns,
    pub(crate) under_way: UnderWay,
    warnings: Vec<String>,
}

struct Core {
    engine: Engine,
    credentials: Arc<Credentials>,
    /// Why the configuration could not be read; whatever needs it fails with this.
    unusable: Option<AirlockError>,
}

#[uniffi::export]
impl Airlock {
    /// Understands the setup. Touches no file and no network, and never fails: what is wrong is in
    /// [`Airlock::warnings`] and comes back from the calls that need it. Without `server_trust` the platform's
    /// own verifier is asked, which Android does not let Rust have. Without `secure_store` the device's id lives
    /// in the store's files alone and goes with them; without `client_identity` no server is shown a certificate; without
    /// `conditions` `wifiOnly` holds nothing back.
    #[uniffi::constructor(default(server_trust = None, secure_store = None, client_identity = None, conditions = None))]
    pub fn new(
        setup: Setup,
        events: Arc<dyn EventSink>,
        server_trust: Option<Arc<dyn ServerTrust>>,
        secure_store: Option<Arc<dyn SecureStore>>,
        client_identity: Option<Arc<dyn ClientIdentity>>,
        conditions: Option<Arc<dyn Conditions>>,
    ) -> Arc<Self> {
        let outbox = Arc::new(Outbox::new(events));
        let mut warnings = Vec::new();
        let core = guarded(|| {
            let understood = understand(&setup)?;
            warnings = understood.warnings;
            let config = understood.config;
            let mut credentials = config.credentials(None, Box::new(SystemClock), Box::new(SystemRandom))?;
            if let Some(store) = &secure_store {
                credentials = credentials.kept_in(Box::new(Vault(Arc::clone(store))));
            }
            let credentials = Arc::new(credentials);
            let mut http = config.transport().with_credentials(Arc::clone(&credentials));
            if let Some(trust) = server_trust {
                http = http.trusting(Arc::new(Judge(trust)));
            }
            if let (Some(identity), Some(url)) = (client_identity, &config.update_url) {
                http = http.identified(Arc::new(Bearer(identity)), url);
            }
            let host = Host {
                root: setup.state_dir.into(),
                embedded: setup.embedded.into(),
                platform: setup.platform.into(),
                native_version: understood.native_version,
                clock: Box::new(SystemClock),
                random: Box::new(SystemRandom),
                transport: Box::new(http),
                events: Box::new(Ears(Arc::clone(&outbox))),
            };
            let mut engine = Engine::new(config, host);
            if let Some(conditions) = conditions {
                engine = engine.with_conditions(Box::new(Surroundings(conditions)));
            }
            Ok(Core {
                engine: match secure_store {
                    Some(store) => engine.with_secure_store(Box::new(Vault(store))),
                    None => engine,
                },
                credentials,
                unusable: understood.unusable,
            })
        });
        Arc::new(Self {
            core,
            outbox,
            process: Mutex::default(),
            turns: Turns::default(),
            under_way: UnderWay::default(),
            warnings,
        })
    }

    /// What a developer should read in the log: an unreadable configuration, a version that is none,
    /// `allowUnsigned`.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// A cold start: what to show. Once a process start, before the web view loads; a few file operations, so it
    /// may run on the main thread. Never fails: on any fault the answer is the best bundle that needs no
    /// write, ending at the embedded one (R6).
    pub fn launch(&self) -> Launch {
        let launched = guarded(|| {
            let _transition = self.outbox.transition();
            let mut process = locked(&self.process);
            let launch = Launch::from(&self.engine()?.launch());
            *process = Some(Process::new(launch.token.clone()));
            self.outbox.switching();
            Ok(launch)
        });
        self.outbox.deliver();
        launched.unwrap_or_else(|_| Launch::embedded_unrecorded())
    }

    /// The web view shows the launch with this token now: events that waited for its page come out, on this
    /// thread. Another launch's token changes nothing.
    pub fn shown(&self, token: String) {
        let current = locked(&self.process);
        if current.as_ref().is_some_and(|process| process.token() == token) {
            self.outbox.shown();
        }
        drop(current);
        self.outbox.deliver();
    }

    /// Foreground time passed, by a monotonic clock; a bundle on trial that did not report ready in time is rolled
    /// back (R4). The first call after [`Airlock::launch`] only starts the watch. Call it when a launch was shown, when the app comes to the front, and after the milliseconds
    /// that it answers with. Errors: `locked`, `storage_failure`, `no_space`, `incompatible_app`; then call it again
    /// in a second: the time is not lost.
    pub fn tick(&self) -> Result<Tick, AirlockError> {
        self.pass_time(|process, timeout| process.take_elapsed(timeout, Instant::now()))
    }

    /// The same with `ms` milliseconds that the caller measured, for hosts with a clock of their own.
    /// Errors: as for [`Airlock::tick`].
    pub fn elapse(&self, ms: u64) -> Result<Tick, AirlockError> {
        self.pass_time(|process, timeout| process.add_elapsed(Duration::from_millis(ms), timeout))
    }

    /// The app went to the background. A staged bundle is applied now, where nobody looks, if its delay conditions
    /// are met: show what this answers with. Errors: as for [`Airlock::tick`].
    pub fn background(&self) -> Result<Option<Launch>, AirlockError> {
        // Time in front ends here, whatever becomes of what it did.
        let ticked = self.tick().map(|tick| tick.launch);
        if let Some(process) = locked(&self.process).as_mut() {
            process.background(Instant::now());
        }
        let rolled_back = ticked?;
        match self.switch(|engine| Ok(engine.background()?)) {
            // What was rolled back must be shown, whatever failed after it.
            Err(_) if rolled_back.is_some() => Ok(rolled_back),
            applied => Ok(applied?.or(rolled_back)),
        }
    }

    /// The app came to the front; call [`Airlock::tick`] and, on a worker, [`Airlock::auto_update`] next.
    /// Errors: as for [`Airlock::tick`].
    pub fn foreground(&self) -> Result<(), AirlockError> {
        if let Some(process) = locked(&self.process).as_mut() {
            process.foreground(Instant::now());
        }
        self.call(|engine| Ok(engine.foreground()?))
    }

    /// A page, or the system on its behalf, reports a crash of the launch with this token. A bundle on trial is
    /// rolled back at once (R4): show what this answers with. Errors: as for [`Airlock::tick`].
    pub fn crash(&self, token: String, reason: Option<String>) -> Result<Option<Launch>, AirlockError> {
        self.switch(|engine| Ok(engine.crash(&token, reason.as_deref())?.launch))
    }

    /// Does what `autoUpdate` in the configuration says for the start of the process and for each time the app comes to
    /// the front: nothing, fetch, or fetch and apply at once. Uses the network: on a worker. Show what this
    /// answers with. Errors: as for [`Airlock::sync`]; listeners hear them too.
    pub fn auto_update(&self) -> Result<Option<Launch>, AirlockError> {
        let _under_way = self.under_way.begin();
        let policy = self.call(|_| self.policy())?;
        if policy == AutoUpdate::Off {
            let _best_effort = self.fetch(|engine| Ok(engine.flush_statistics()?));
            return Ok(None);
        }
        let asked_by = self.token();
        let staged = self.sync()?.result == "staged";
        // Only in the launch that asked for it: the user has moved on from any other.
        if !staged || policy != AutoUpdate::AtOnce || self.token() != asked_by {
            return Ok(None);
        }
        self.switch(|engine| Ok(engine.apply_next()?))
    }

    /// Foreground milliseconds a bundle on trial has to report ready.
    pub fn app_ready_timeout_ms(&self) -> u64 {
        self.engine()
            .map_or(0, |engine| millis_up(engine.config().app_ready_timeout))
    }
}

impl Airlock {
    pub(crate) fn engine(&self) -> Result<&Engine, AirlockError> {
        self.core.as_ref().map(|core| &core.engine).map_err(Clone::clone)
    }

    /// What the app's servers are told of who asks.
    pub(crate) fn credentials(&self) -> Result<&Credentials, AirlockError> {
        self.core
            .as_ref()
            .map(|core| core.credentials.as_ref())
            .map_err(Clone::clone)
    }

    /// The engine for what needs a configuration. Errors: why it has none.
    pub(crate) fn configured(&self) -> Result<&Engine, AirlockError> {
        let core = self.core.as_ref().map_err(Clone::clone)?;
        match &core.unusable {
            None => Ok(&core.engine),
            Some(error) => Err(error.clone()),
        }
    }

    /// A call that does not switch the page.
    pub(crate) fn call<T>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, AirlockError>,
    ) -> Result<T, AirlockError> {
        let answer = guarded(|| work(self.engine()?));
        self.settle();
        answer
    }

    /// A call that may switch the page: the old page hears nothing of it.
    pub(crate) fn switch(
        &self,
        work: impl FnOnce(&Engine) -> Result<Option<airlock_engine::Launch>, AirlockError>,
    ) -> Result<Option<Launch>, AirlockError> {
        let answer = guarded(|| {
            let _transition = self.outbox.transition();
            let mut process = locked(&self.process);
            let launch = work(self.engine()?)?.map(|launch| Launch::from(&launch));
            if let Some(launch) = &launch {
                self.follow(process.as_mut(), launch);
            }
            Ok(launch)
        });
        self.settle();
        answer
    }

    /// After a call: listeners hear, and what happened is kept for the server at `statsUrl`, where there is one.
    pub(crate) fn settle(&self) {
        self.outbox.deliver();
        let _best_effort = guarded(|| {
            self.engine()?.keep_statistics();
            Ok(())
        });
    }

    fn follow(&self, process: Option<&mut Process>, launch: &Launch) {
        if let Some(process) = process {
            process.switch(launch.token.clone(), Instant::now());
        }
        self.outbox.switching();
    }

    fn pass_time(&self, take: impl FnOnce(&mut Process, Duration) -> Duration) -> Result<Tick, AirlockError> {
        let answer = guarded(|| {
            let engine = self.engine()?;
            let timeout = engine.config().app_ready_timeout;
            let _transition = self.outbox.transition();
            let mut running = locked(&self.process);
            let Some(process) = running.as_mut() else {
                return Ok(Tick {
                    launch: None,
                    next_ms: None,
                });
            };
            let passed = take(process, timeout);
            let launch = match passed.is_zero() {
                true => None,
                false => {
                    engine
                        .elapse(millis_up(passed))
                        .inspect_err(|_| process.give_back(passed))?
                        .launch
                }
            };
            let launch = launch.map(|launch| Launch::from(&launch));
            if let Some(launch) = &launch {
                self.follow(Some(process), launch);
            }
            Ok(Tick {
                launch,
                next_ms: process.left(timeout).map(millis_up),
            })
        });
        self.outbox.deliver();
        answer
    }

    fn token(&self) -> Option<String> {
        locked(&self.process)
            .as_ref()
            .map(|process| process.token().to_owned())
    }
}
