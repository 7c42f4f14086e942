//! The pretend phone: it starts and kills the app's process, moves it to the front and back, lets foreground time
//! pass, and shows in its web view whatever launch the engine says.
//!
//! All calls block (engine calls write to the disk): the server runs them off its async threads. One lock orders the
//! transitions; a sync holds another one, so that no page ever waits for the network.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use airlock_engine::ports::Credentials;
use airlock_engine::{Engine, Error, Launch, Ready, Rollback};
use serde_json::json;

use super::events::Events;
use super::locked;
use super::network::Lifeline;
use super::payload;
use super::process::{Process, Visibility};
use super::shim::Shim;
use super::timeline::Timeline;
use super::web_view::WebView;

/// Longest step in which foreground time is told to the engine; each is a durable write.
const STEP: Duration = Duration::from_millis(500);

/// The phone with its one app.
pub(crate) struct Phone {
    pub(crate) engine: Engine,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) web_view: Arc<WebView>,
    pub(super) events: Arc<Events>,
    pub(super) lifeline: Arc<Lifeline>,
    pub(super) credentials: Arc<Credentials>,
    /// A real process in the engine's place, which then only reads.
    pub(crate) shim: Option<Shim>,
    /// Held while something is fetched; the page's and the phone's own syncs take turns.
    pub(super) fetching: Mutex<()>,
    power: Mutex<Power>,
}

#[derive(Default)]
struct Power {
    process: Option<Process>,
    launches: u64,
}

/// The parts the phone shares with the engine's host.
pub(crate) struct Parts {
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) web_view: Arc<WebView>,
    pub(crate) events: Arc<Events>,
    pub(crate) lifeline: Arc<Lifeline>,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) shim: Option<Shim>,
}

impl Phone {
    /// A phone whose app does not run yet.
    pub(crate) fn new(engine: Engine, parts: Parts) -> Phone {
        let Parts {
            timeline,
            web_view,
            events,
            lifeline,
            credentials,
            shim,
        } = parts;
        Phone {
            engine,
            timeline,
            web_view,
            events,
            lifeline,
            credentials,
            shim,
            power: Mutex::default(),
            fetching: Mutex::default(),
        }
    }

    /// A cold start: kills the process if one runs, and launches.
    pub(crate) fn relaunch(self: &Arc<Self>) {
        self.kill();
        {
            let mut power = locked(&self.power);
            let launch = match self.launch_app() {
                Ok(launch) => launch,
                Err(error) => return self.record_error(&error),
            };
            power.launches += 1;
            let process = Process::new(launch.clone(), power.launches);
            power.process = Some(process);
            self.record_launch(&launch, "cold start");
            self.web_view.show(Some(&launch.token));
            self.events.deliver();
        }
        self.timeline.state_changed();
        self.sync_by_itself("the app started");
    }

    fn launch_app(self: &Arc<Self>) -> Result<Launch, Error> {
        match &self.shim {
            Some(shim) => shim.start(self),
            None => Ok(self.engine.launch()),
        }
    }

    /// The process ends without a word to anybody, as when the user swipes the app away.
    pub(crate) fn kill(&self) {
        let mut power = locked(&self.power);
        if power.process.take().is_none() {
            return;
        }
        self.lifeline.cut();
        if let Some(shim) = &self.shim {
            shim.kill();
        }
        self.timeline.record("kill", json!({}));
        self.web_view.show(None);
        drop(power);
        self.timeline.state_changed();
    }

    /// To the home screen; a staged bundle may be applied there.
    pub(crate) fn background(&self) -> Result<(), Error> {
        let mut power = locked(&self.power);
        self.pass_time(&mut power)?;
        let Some(process) = power
            .process
            .as_mut()
            .filter(|process| process.visibility == Visibility::Foreground)
        else {
            return Ok(());
        };
        process.set_visibility(Visibility::Background, Instant::now());
        self.timeline.record("background", json!({}));
        self.web_view.lifecycle("pause");
        let launch = match &self.shim {
            Some(shim) => {
                shim.life("background");
                None
            }
            None => self.engine.background()?,
        };
        if let Some(launch) = launch {
            self.switch(
                &mut power,
                launch,
                "a staged bundle was applied in the background",
            );
        }
        drop(power);
        self.timeline.state_changed();
        Ok(())
    }

    /// Back to the front.
    pub(crate) fn foreground(self: &Arc<Self>) -> Result<(), Error> {
        let told = {
            let mut power = locked(&self.power);
            let Some(process) = power
                .process
                .as_mut()
                .filter(|process| process.visibility == Visibility::Background)
            else {
                return Ok(());
            };
            process.set_visibility(Visibility::Foreground, Instant::now());
            self.timeline.record("foreground", json!({}));
            self.web_view.lifecycle("resume");
            match &self.shim {
                Some(shim) => {
                    shim.life("foreground");
                    Ok(())
                }
                None => self.engine.foreground(),
            }
        };
        self.timeline.state_changed();
        self.sync_by_itself("the app came to the front");
        told
    }

    /// A page reports ready with its token; the engine decides what that is worth.
    pub(crate) fn ready(&self, token: &str) -> Result<Ready, Error> {
        let mut power = locked(&self.power);
        let ready = self.engine.ready(token)?;
        let current = power
            .process
            .as_mut()
            .filter(|process| ready.accepted && process.launch.token == token);
        let first = current.is_some_and(Process::confirm);
        if first || !ready.accepted {
            let age = power.process.as_ref().map_or(Duration::ZERO, Process::page_age);
            let bundle = payload::bundle_info(&ready.bundle);
            let data = json!({ "accepted": ready.accepted, "bundle": bundle, "afterMs": millis(age) });
            self.timeline.record("ready", data);
        }
        self.events.deliver();
        drop(power);
        self.timeline.state_changed();
        Ok(ready)
    }

    /// Lets the engine switch the web view (`set`, `reload`, `reset`) and shows what it says.
    pub(crate) fn switch_by(
        &self,
        why: &str,
        verb: impl FnOnce(&Engine) -> Result<Launch, Error>,
    ) -> Result<(), Error> {
        let mut power = locked(&self.power);
        let launch = verb(&self.engine)?;
        self.switch(&mut power, launch, why);
        drop(power);
        self.timeline.state_changed();
        Ok(())
    }

    /// Shows another launch if `wanted` says so, asked once nothing else can happen.
    pub(super) fn switch_if(&self, launch: Launch, why: &str, wanted: impl FnOnce() -> bool) {
        let mut power = locked(&self.power);
        if wanted() {
            self.switch(&mut power, launch, why);
        }
    }

    /// The page of the launch with this token is confirmed. Answers whether it is the one that runs.
    pub(super) fn confirm(&self, token: &str) -> bool {
        let mut power = locked(&self.power);
        let current = power
            .process
            .as_mut()
            .filter(|process| process.launch.token == token);
        current.map(Process::confirm).is_some()
    }

    /// Time since the page was first asked for.
    pub(super) fn page_age(&self) -> Duration {
        self.with_process(|process| process.map_or(Duration::ZERO, Process::page_age))
    }

    /// Applies what waits, unless its delay conditions hold it back.
    pub(super) fn apply_next(&self, why: &str) -> Result<(), Error> {
        let mut power = locked(&self.power);
        if let Some(launch) = self.engine.apply_next()? {
            self.switch(&mut power, launch, why);
        }
        drop(power);
        self.timeline.state_changed();
        Ok(())
    }

    /// Foreground time since the last call passes; the ready timer may fire. Answers when to call again.
    pub(crate) fn tick(&self) -> Duration {
        let mut power = locked(&self.power);
        if let Err(error) = self.pass_time(&mut power) {
            self.record_error(&error);
        }
        let timeout = self.timeout();
        let process = power
            .process
            .as_ref()
            .filter(|process| process.is_counting(timeout));
        process.map_or(STEP, |process| {
            timeout.saturating_sub(process.elapsed()).min(STEP)
        })
    }

    /// The launch whose page the browser is about to load, if the app runs.
    pub(crate) fn page_asked_for(&self) -> Option<Launch> {
        let mut power = locked(&self.power);
        let process = power.process.as_mut()?;
        process.page_asked_for(Instant::now());
        let launch = process.launch.clone();
        if let Some(shim) = &self.shim {
            shim.page_began();
        }
        drop(power);
        self.timeline.state_changed();
        Some(launch)
    }

    /// The launch whose files the web view may read, if the app runs.
    pub(crate) fn launch(&self) -> Option<Launch> {
        locked(&self.power)
            .process
            .as_ref()
            .map(|process| process.launch.clone())
    }

    /// Reads the process under the phone's lock.
    pub(crate) fn with_process<T>(&self, read: impl FnOnce(Option<&Process>) -> T) -> T {
        read(locked(&self.power).process.as_ref())
    }

    /// Foreground time a launch has to report ready.
    pub(crate) fn timeout(&self) -> Duration {
        self.engine.config().app_ready_timeout
    }

    /// Notes a failure that nobody waits for.
    pub(crate) fn record_error(&self, error: &Error) {
        self.timeline.record(
            "error",
            json!({ "code": error.code().as_str(), "message": error.to_string() }),
        );
    }

    /// Tells the engine the foreground time that passed and follows its verdict.
    fn pass_time(&self, power: &mut MutexGuard<'_, Power>) -> Result<(), Error> {
        let timeout = self.timeout();
        let Some(process) = power.process.as_mut() else {
            return Ok(());
        };
        let passed = process.take_elapsed(timeout, Instant::now());
        // A real process has a clock of its own.
        if passed.is_zero() || self.shim.is_some() {
            return Ok(());
        }
        let from = process.launch.bundle.clone();
        let Rollback { launch, .. } = self
            .engine
            .elapse(millis_up(passed))
            .inspect_err(|_| process.give_back(passed))?;
        if let Some(launch) = launch {
            let data = json!({
                "from": payload::served(&from),
                "to": payload::served(&launch.bundle),
                "reason": format!("no notifyAppReady within {} s in front", timeout.as_secs_f64()),
            });
            self.timeline.record("rollback", data);
            self.switch(power, launch, "rolled back");
            self.timeline.state_changed();
        }
        Ok(())
    }

    /// Shows another launch: the old page is sent away before anybody hears what happened.
    fn switch(&self, power: &mut MutexGuard<'_, Power>, launch: Launch, why: &str) {
        power.launches += 1;
        let number = power.launches;
        let Some(process) = power.process.as_mut() else {
            return;
        };
        self.record_launch(&launch, why);
        self.web_view.show(Some(&launch.token));
        process.switch(launch, number);
        self.events.deliver();
    }

    fn record_launch(&self, launch: &Launch, why: &str) {
        let bundle = payload::served(&launch.bundle);
        self.timeline.record(
            "launch",
            json!({ "bundle": bundle, "attempt": launch.attempt, "why": why }),
        );
    }
}

/// Whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Rounded up: the steps must add up to the timeout, or the timer would never fire.
fn millis_up(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
