//! One life: step after step, each with its mishap, and at the end everything is mended and progress is demanded.

use std::sync::Arc;

use airlock_engine::{Engine, Error, Launch, ResetTo, Rollback};

use super::ledger::Ledger;
use super::{Event, Mishap, Step, Time};
use crate::disk::{Fault, Lie, Tree};
use crate::promises::{self, Essence, Held, broken, guarded, metadata_version};
use crate::world::{Manner, Phone, Shop};

const TEN_YEARS_MS: u64 = 10 * 365 * 24 * 3_600_000;

/// Rounds of sync and restart within which a mended phone runs the newest good release. More than the three of B6:
/// each bad release before it may have to be met and given up first, one of them after three launches.
const ROUNDS: usize = 16;

struct Life {
    phone: Phone,
    engine: Option<Engine>,
    /// What the page on the screen was started with.
    page: Option<Launch>,
    /// The token of the page before it, where that is known to be outdated.
    old_token: String,
    ledger: Ledger,
    right_time: u64,
    seed: u64,
    native: bool,
}

/// What a step did, as far as the ledger wants to know.
#[derive(Default)]
struct Done {
    handed_out: Option<Launch>,
    failed: Option<String>,
    synced: bool,
}

/// Lives these steps. The seed draws what power cuts leave.
pub(super) fn live(shop: &Arc<Shop>, seed: u64, lie: Option<Lie>, steps: &[Step]) -> Held {
    let phone = Phone::new(shop, 1).lying(lie);
    let mut life = Life {
        right_time: phone.clock.millis(),
        phone,
        engine: None,
        page: None,
        old_token: String::new(),
        ledger: Ledger::default(),
        seed,
        native: false,
    };
    for step in steps {
        life.step(*step)?;
    }
    life.mend()
}

impl Life {
    fn step(&mut self, step: Step) -> Held {
        let before = self.essence()?;
        let start = self.phone.disk.effects();
        if let Mishap::Error(errno, after, for_ever) = step.mishap {
            let fault = if for_ever {
                Fault::from_then_on
            } else {
                Fault::once
            };
            self.phone.disk.inject(fault(errno, after));
        }
        let done = self.perform(step.event)?;
        let given = match step.mishap {
            Mishap::Error(..) => self.phone.disk.heal(),
            _ => 0,
        };
        if given > 0 {
            // What was shown need not have been written down, and then the older page is still the current one.
            self.old_token.clear();
        }
        let after = self.essence()?;
        let end = self.phone.disk.effects();
        match step.mishap {
            Mishap::PowerCut(share, number) => {
                let cut = start + (end - start) * share / 1_000;
                let tree = self.phone.disk.after_power_cut(cut, self.seed, number);
                self.interrupted(tree, cut == end, &[before, after], done)
            }
            Mishap::Kill(share) => {
                let cut = start + (end - start) * share / 1_000;
                let tree = self.phone.disk.after_kill(cut);
                self.interrupted(tree, cut == end, &[before, after], done)
            }
            Mishap::None | Mishap::Error(..) => self.finished(done, &after, given > 0),
        }
    }

    /// Nothing was cut: the answers count.
    fn finished(&mut self, done: Done, essence: &Essence, met_errors: bool) -> Held {
        self.answer(&done)?;
        let seen = metadata_version(&self.phone.disk.tree());
        self.ledger.acknowledged(essence, seen)?;
        promises::contained(&self.phone)?;
        if done.synced && !met_errors {
            promises::tidy(&self.phone)?;
        }
        self.phone.disk.settle();
        Ok(())
    }

    /// The phone starts again from this disk: as before the step or as after it, and as after it if all of it
    /// had been done.
    fn interrupted(&mut self, tree: Tree, whole: bool, ends: &[Essence; 2], done: Done) -> Held {
        promises::contained(&self.phone)?;
        if whole {
            self.answer(&done)?;
        }
        self.engine = None;
        self.page = None;
        self.old_token.clear();
        self.phone = self.phone.with_disk(tree);
        let essence = self.essence()?;
        promises::named_trees_are_whole(&self.phone, &self.phone.boot())?;
        let [before, after] = ends;
        if essence != *after && (whole || essence != *before) {
            return broken("R7", format!("neither {before:?} nor {after:?}: {essence:?}"));
        }
        let seen = metadata_version(&self.phone.disk.tree());
        self.ledger.holds(&essence, seen)
    }

    fn answer(&mut self, done: &Done) -> Held {
        let now = self.phone.clock.millis();
        if let Some(version) = &done.failed {
            self.ledger.failed(version, now);
        }
        match &done.handed_out {
            Some(launch) => self.ledger.handed_out(launch, now),
            None => Ok(()),
        }
    }

    fn essence(&self) -> Held<Essence> {
        Essence::of(&self.phone.boot())
    }

    fn engine(&mut self) -> &Engine {
        let phone = &self.phone;
        self.engine.get_or_insert_with(|| phone.boot())
    }

    fn perform(&mut self, event: Event) -> Held<Done> {
        match event {
            Event::Launch => {
                self.engine = None;
                let engine = self.phone.boot();
                // Judged after the fault is over: a disk that fails cannot be looked at.
                let launch = guarded("launch", || engine.launch())?;
                self.engine = Some(engine);
                self.show(launch)
            }
            Event::Page => self.play(),
            Event::StaleReady => {
                let token = self.old_token.clone();
                match guarded("ready", || self.engine().ready(&token))? {
                    Ok(ready) if ready.accepted => broken("R2", "an old token was accepted"),
                    outcome => self.nothing(outcome.map(drop)),
                }
            }
            Event::Crash => self.crash(),
            Event::Elapse(ms) => {
                let outcome = guarded("elapse", || self.engine().elapse(ms))?;
                self.rolled_back(outcome)
            }
            Event::Background => match guarded("background", || self.engine().background())? {
                Ok(Some(launch)) => self.show(launch),
                outcome => self.nothing(outcome.map(drop)),
            },
            Event::Foreground => {
                let outcome = guarded("foreground", || self.engine().foreground())?;
                self.nothing(outcome)
            }
            Event::Sync => {
                let outcome = guarded("sync", || self.engine().sync())?;
                let synced = outcome.is_ok();
                self.nothing(outcome.map(drop))?;
                Ok(Done {
                    synced,
                    ..Done::default()
                })
            }
            Event::Check => {
                let outcome = guarded("check", || self.engine().check())?;
                self.nothing(outcome.map(drop))
            }
            Event::Gc => {
                let outcome = guarded("gc", || self.engine().gc())?;
                self.nothing(outcome.map(drop))
            }
            other => self.perform_by_hand(other),
        }
    }

    /// What people do: they choose bundles, replace the app, and set clocks.
    fn perform_by_hand(&mut self, event: Event) -> Held<Done> {
        let id = |place: usize| {
            self.phone
                .shop()
                .releases()
                .get(place)
                .map_or_else(String::new, |release| release.id.clone())
        };
        let switched = match event {
            Event::Reset => guarded("reset", || self.engine().reset(ResetTo::Embedded))?,
            Event::ToFallback => guarded("reset", || self.engine().reset(ResetTo::LastSuccessful))?,
            Event::Reload => guarded("reload", || self.engine().reload())?,
            Event::Set(place) => {
                let id = id(place);
                guarded("set", || self.engine().set(&id))?
            }
            Event::Next(place) => {
                let id = id(place);
                self.ledger.chosen_by_hand();
                let outcome = guarded("next", || self.engine().next(&id))?;
                return self.nothing(outcome.map(drop));
            }
            Event::Delete(place) => {
                let id = id(place);
                let outcome = guarded("delete", || self.engine().delete(&id))?;
                return self.nothing(outcome);
            }
            Event::NativeUpdate => {
                self.native = !self.native;
                self.phone.set_native(if self.native { "2.0.0" } else { "1.0.0" });
                self.ledger.chosen_by_hand();
                self.engine = None;
                let version = if self.native { "2.0.0" } else { "1.0.0" }
                    .parse()
                    .expect("a version");
                let outcome = guarded("native update", || self.engine().native_update(&version))?;
                return self.nothing(outcome);
            }
            other => {
                self.perform_around(other);
                return Ok(Done::default());
            }
        };
        if !matches!(event, Event::Reload) {
            self.ledger.chosen_by_hand();
        }
        match switched {
            Ok(launch) => self.show(launch),
            Err(error) => self.nothing(Err(error)),
        }
    }

    /// What happens to the world around the phone.
    fn perform_around(&self, event: Event) {
        let network = &self.phone.network;
        match event {
            Event::Publish => network.publish(network.published() + 1),
            Event::Network(up) => network.set_up(up),
            Event::Break(pieces) => network.break_after(pieces),
            Event::Clock(Time::Epoch) => self.phone.clock.set(0),
            Event::Clock(Time::TenYearsAhead) => self.phone.clock.set(self.right_time + TEN_YEARS_MS),
            Event::Clock(Time::Right) => self.phone.clock.set(self.right_time),
            Event::Full(free) => self.phone.disk.limit(free),
            _ => {}
        }
    }

    fn show(&mut self, launch: Launch) -> Held<Done> {
        promises::whole(&self.phone, &launch)?;
        let old = self.page.replace(launch.clone());
        self.old_token = old.map_or_else(String::new, |old| old.token);
        Ok(Done {
            handed_out: Some(launch),
            ..Done::default()
        })
    }

    /// A refusal is an answer, and an internal error is none.
    fn nothing(&self, outcome: Result<(), Error>) -> Held<Done> {
        match outcome {
            Err(Error::Internal(text)) => broken("no panic", format!("an internal error: {text}")),
            _ => Ok(Done::default()),
        }
    }

    fn manner(&self) -> Manner {
        let page = self
            .page
            .as_ref()
            .and_then(|page| self.phone.shop().by_id(&page.bundle.id));
        page.map_or(Manner::Good, |release| release.manner)
    }

    fn play(&mut self) -> Held<Done> {
        let Some(page) = self.page.clone() else {
            return Ok(Done::default());
        };
        match self.manner() {
            Manner::Good => {
                self.ledger.reports_ready(&page.bundle.version);
                let outcome = guarded("ready", || self.engine().ready(&page.token))?;
                self.nothing(outcome.map(drop))
            }
            Manner::Dies => Ok(Done::default()),
            Manner::Crashes => self.crash(),
            Manner::Hangs => {
                let outcome = guarded("elapse", || self.engine().elapse(10_000))?;
                self.rolled_back(outcome)
            }
        }
    }

    fn crash(&mut self) -> Held<Done> {
        let Some(page) = self.page.clone() else {
            return Ok(Done::default());
        };
        let outcome = guarded("crash", || self.engine().crash(&page.token, None))?;
        self.rolled_back(outcome)
    }

    fn rolled_back(&mut self, outcome: Result<Rollback, Error>) -> Held<Done> {
        let failed = self.page.as_ref().map(|page| page.bundle.version.clone());
        match outcome {
            Ok(Rollback {
                launch: Some(launch), ..
            }) => {
                let done = self.show(launch)?;
                Ok(Done { failed, ..done })
            }
            other => self.nothing(other.map(drop)),
        }
    }

    /// Everything is mended: the phone must find its way to the newest good release that it has not given up.
    fn mend(mut self) -> Held {
        self.phone.disk.heal();
        self.phone.network.set_up(true);
        self.phone.network.break_after(usize::MAX);
        self.phone.clock.set(self.right_time);
        let mut essence = self.essence()?;
        for _ in 0..ROUNDS {
            self.engine = None;
            let engine = self.phone.boot();
            let launch = promises::launch(&self.phone, &engine)?;
            crate::recovery::play_page(&self.phone, &engine, &launch)?;
            if let Err(error) = guarded("sync", || engine.sync())?
                && error.code().as_str() != "downgrade_refused"
            {
                return broken("B6", format!("a clean sync fails: {error}"));
            }
            promises::tidy(&self.phone)?;
            essence = Essence::of(&engine)?;
        }
        let published = self.phone.network.published();
        let target = self.phone.shop().newest_good(published);
        let given_up = essence.failed.contains(&target.version) || self.ledger.is_banned(&target.version);
        match essence.current == target.version && essence.fallback == target.version || given_up {
            true => Ok(()),
            false => broken(
                "B6",
                format!(
                    "{} is the newest good release, and the device is at {essence:?}",
                    target.version
                ),
            ),
        }
    }
}
