//! A phone around the device: a disk with trees, a process that dies, a publisher, pages good and bad.
//!
//! Every write of the state may be cut: before it (nothing happened), or after it and before its
//! effects (the process is gone, what was to be removed is still there). A sync is a chain of steps
//! between which anything else may happen.

use crate::device::{AWAY, DATE, Device, EMBEDDED, Event, KILL, Lacks, Rules, Time, Token, bit};

/// The bundle that never reports ready.
pub const BROKEN: u8 = 2;

/// What may happen in an exploration; less of it makes a world small enough to be exhausted.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Releases that are published, one after the other; number 5 is bundle 1 again.
    pub releases: u8,
    /// Whether the app calls set, reload, reset, next and delete by itself.
    pub app_calls: bool,
    pub delays: bool,
    /// Whether a bit may flip on the disk, once at a time, and files may be unreadable.
    pub damage: bool,
    pub native_updates: bool,
    /// Whether eight days pass, or the clock is set back by as many.
    pub clock: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sync {
    Idle,
    /// The release's bytes are complete and verified, in the staging directory.
    Fetched(u8),
    /// Its tree has its name, and the state names it: both under the state lock.
    Installed(u8),
    /// It is next; what nobody names is to be removed.
    Done,
}

/// Where a write of the state is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Not,
    BeforeWrite,
    BeforeEffects,
}

#[derive(Clone, Copy, Debug)]
pub enum Action {
    Happens(Event, Cut),
    /// A cold start with the native build that is installed; `Unreadable` when files cannot be read.
    Starts(Cut),
    StartsUnreadable,
    Dies,
    Publishes,
    Syncs,
    /// The process dies between the name of a new tree and the state that names it.
    SyncDies,
    StoreUpdates,
    BitFlips(u8),
    ClockJumps,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub device: Device,
    /// Whole trees on the disk, and those of them with a flipped bit.
    pub trees: u8,
    pub damaged: u8,
    pub alive: bool,
    pub sync: Sync,
    pub published: u8,
    pub native: u8,
    pub time: Time,
    /// Bundles that have reported ready themselves.
    pub worked: u8,
    /// Cold starts that served the broken bundle since another one was applied, its tree was damaged,
    /// or the app or the clock had a say.
    pub silent: u8,
}

impl World {
    pub fn new() -> Self {
        Self {
            device: Device::default(),
            trees: 0,
            damaged: 0,
            alive: false,
            sync: Sync::Idle,
            published: 0,
            native: 1,
            time: Time::Now,
            worked: 0,
            silent: 0,
        }
    }

    /// Everything that can happen now.
    pub fn successors(&self, scope: &Scope, rules: &Rules, out: &mut Vec<(Action, Self)>) {
        if self.published < scope.releases {
            let published = self.published + 1;
            out.push((Action::Publishes, Self { published, ..*self }));
        }
        if scope.clock {
            let time = if self.time == Time::Now {
                Time::Late
            } else {
                Time::Now
            };
            out.push((
                Action::ClockJumps,
                Self {
                    time,
                    silent: 0,
                    ..*self
                },
            ));
        }
        if scope.damage && self.damaged == 0 {
            for bundle in (1..=4).filter(|bundle| self.device.here & self.trees & bit(*bundle) > 0) {
                let damaged = bit(bundle);
                out.push((Action::BitFlips(bundle), Self { damaged, ..*self }));
            }
        }
        if scope.native_updates {
            let native = 3 - self.native;
            out.push((
                Action::StoreUpdates,
                Self {
                    native,
                    silent: 0,
                    ..self.dead()
                },
            ));
        }
        for cut in [Cut::Not, Cut::BeforeWrite, Cut::BeforeEffects] {
            out.push((Action::Starts(cut), self.started(cut, false, rules)));
        }
        if scope.damage {
            out.push((Action::StartsUnreadable, self.started(Cut::Not, true, rules)));
        }
        if !self.alive {
            return;
        }
        out.push((Action::Dies, self.dead()));
        out.push((Action::Syncs, self.sync_step(rules)));
        if let Sync::Fetched(release) = self.sync {
            out.push((Action::SyncDies, self.sync_cut(release, rules)));
        }
        for event in self.events(scope) {
            for cut in [Cut::Not, Cut::BeforeWrite, Cut::BeforeEffects] {
                if let Some(next) = self.happened(event, cut, rules) {
                    out.push((Action::Happens(event, cut), next));
                }
            }
        }
    }

    /// What the page, the app and the system may do while the process lives.
    pub fn events(&self, scope: &Scope) -> impl Iterator<Item = Event> {
        let time = self.time;
        let shown = self.device.page.map_or(EMBEDDED, |page| page.bundle);
        let ready = (shown != BROKEN).then_some(Event::Ready(Token::Current));
        let away = match self.device.away {
            None => [Event::Background(time), Event::HalfTimeout(time)],
            Some(_) => [Event::Foreground(time), Event::Ready(Token::Other)],
        };
        let page = [
            Event::Ready(Token::Other),
            Event::Crash(Token::Current, time),
            Event::Crash(Token::Other, time),
        ];
        let delays = [0, KILL, AWAY, DATE].map(Event::DelayUntil);
        let calls = (1..=4).flat_map(move |bundle| {
            [
                Event::Set(bundle, time),
                Event::Next(bundle, time),
                Event::Delete(bundle),
            ]
        });
        let moves = [
            Event::Reload(time),
            Event::Apply(time),
            Event::Reset,
            Event::ToFallback,
        ];
        let calls = calls.chain(moves).filter(move |_| scope.app_calls);
        let delays = delays.into_iter().filter(move |_| scope.delays);
        ready
            .into_iter()
            .chain(away)
            .chain(page)
            .chain(calls)
            .chain(delays)
            .collect::<Vec<_>>()
            .into_iter()
    }

    pub fn dead(&self) -> Self {
        Self {
            alive: false,
            sync: Sync::Idle,
            ..*self
        }
    }

    /// A cold start: the build first, then what to serve; two writes.
    pub fn started(&self, cut: Cut, unreadable: bool, rules: &Rules) -> Self {
        let mut world = self.dead();
        world.device = world.device.step(Event::Native(self.native), rules).unwrap();
        world.remove_unnamed(self.device.here);
        if cut == Cut::BeforeWrite {
            return world;
        }
        let mut started = world.device.step(Event::ColdStart(self.time), rules).unwrap();
        started = match unreadable {
            true => started.step(Event::Unreadable, rules).unwrap(),
            false => world.verified(started, rules),
        };
        let mut next = world.written(started, cut, rules);
        next.alive = cut == Cut::Not;
        if next.alive && next.shown() == BROKEN && next.device.trial == BROKEN {
            next.silent = (next.silent + 1).min(4);
        }
        next
    }

    /// An event of a running process; `None` when it is refused.
    pub fn happened(&self, event: Event, cut: Cut, rules: &Rules) -> Option<Self> {
        let mut planned = self.device.step(event, rules).ok()?;
        if serves(event, &self.device, &planned) {
            planned = self.verified(planned, rules);
        }
        let mut next = self.written(planned, cut, rules);
        match event {
            Event::Ready(Token::Current) if cut != Cut::BeforeWrite => next.worked |= bit(self.shown()),
            Event::Set(..) | Event::Next(..) | Event::Reload(_) | Event::Apply(_) => next.silent = 0,
            Event::Reset | Event::ToFallback => next.silent = 0,
            _ => {}
        }
        Some(next)
    }

    /// One write of the state and what follows from it.
    fn written(&self, planned: Device, cut: Cut, rules: &Rules) -> Self {
        let mut next = *self;
        if rules.lacks == Lacks::StateBeforeRemoval {
            next.trees &= !(self.device.here & !planned.here);
        }
        if cut == Cut::BeforeWrite {
            return next.dead();
        }
        next.device = planned;
        let dropped_as_damaged = self.damaged & !planned.here & bit(BROKEN) > 0;
        let waiting = self.device.next;
        let shows = planned.page.is_some_and(|page| page.bundle == waiting);
        let applied = waiting > 0 && planned.next == 0 && (shows || planned.trial == waiting);
        if dropped_as_damaged || applied && waiting != BROKEN {
            next.silent = 0;
        }
        if cut == Cut::BeforeEffects {
            return next.dead();
        }
        next.remove_unnamed(self.device.here);
        next
    }

    fn remove_unnamed(&mut self, before: u8) {
        self.trees &= !(before & !self.device.here);
        self.damaged &= self.trees;
    }

    /// R8: what would be served is looked at; what is not whole makes room for the next candidate.
    fn verified(&self, mut planned: Device, rules: &Rules) -> Device {
        let whole = self.trees & !self.damaged;
        while rules.lacks != Lacks::Verification
            && let Some(page) = planned.page
            && page.bundle > 0
            && whole & bit(page.bundle) == 0
        {
            planned = planned.step(Event::Damaged, rules).unwrap();
        }
        planned
    }

    pub fn shown(&self) -> u8 {
        self.device.page.map_or(EMBEDDED, |page| page.bundle)
    }

    /// The next step of the sync, or its first.
    pub fn sync_step(&self, rules: &Rules) -> Self {
        let mut next = *self;
        match self.sync {
            Sync::Idle => return self.sync_begun(rules),
            Sync::Fetched(release) => {
                next.place(release);
                next = next.written(next.named(release, rules), Cut::Not, rules);
                next.sync = Sync::Installed(release);
            }
            Sync::Installed(release) => {
                if let Ok(staged) = next.device.step(Event::Next(tree(release), self.time), rules) {
                    next = next.written(staged, Cut::Not, rules);
                }
                next.sync = Sync::Done;
            }
            Sync::Done => {
                next.trees &= self.device.here;
                next.damaged &= next.trees;
                next.sync = Sync::Idle;
            }
        }
        next
    }

    /// Data, then name, then state: what a death in between leaves.
    fn sync_cut(&self, release: u8, rules: &Rules) -> Self {
        let mut next = self.dead();
        match rules.lacks {
            Lacks::DataBeforeState => next.device = next.named(release, rules),
            _ => next.place(release),
        }
        next
    }

    fn place(&mut self, release: u8) {
        self.trees |= bit(tree(release));
        self.damaged &= !bit(tree(release));
    }

    fn named(&self, release: u8, rules: &Rules) -> Device {
        let installed = self.device.step(Event::Installed(tree(release)), rules).unwrap();
        match release {
            5 => installed.step(Event::Raised, rules).unwrap_or(installed),
            _ => installed,
        }
    }

    fn sync_begun(&self, rules: &Rules) -> Self {
        let mut next = *self;
        next.sync = Sync::Done;
        match self.selected() {
            Selected::Newer(release) => {
                let bundle = tree(release);
                let here = self.device.here & self.trees & !self.damaged & bit(bundle) > 0;
                next.sync = Sync::Fetched(release);
                if here {
                    let raised = self.device.step(Event::Raised, rules).unwrap_or(self.device);
                    let known = if release == 5 { raised } else { self.device };
                    next = next.written(known, Cut::Not, rules);
                    next.sync = Sync::Installed(release);
                }
            }
            Selected::Same(release) => {
                let mut device = self.device;
                if release == 5 {
                    device = device.step(Event::Raised, rules).unwrap_or(device);
                }
                device = device.step(Event::Newest(release), rules).unwrap();
                next = next.written(device, Cut::Not, rules);
            }
            Selected::Nothing => {}
        }
        next
    }

    /// The release that the device would choose, newest first.
    pub fn selected(&self) -> Selected {
        let device = &self.device;
        let running = device.current();
        let mut blocked = false;
        let embedded = if self.native == 2 { 2 } else { 0 };
        for release in (1..=self.published).rev() {
            if tree(release) == running {
                return if blocked {
                    Selected::Nothing
                } else {
                    Selected::Same(release)
                };
            }
            let lowest = device.floor.max(device.sequence(running) + 1).max(embedded + 1);
            if release < lowest {
                return Selected::Nothing;
            }
            let raises = release == 5 && !device.failed_raised;
            let banned = device.failed[self.time as usize] & bit(tree(release)) > 0 && !raises;
            if !banned && self.native_runs(release) {
                return Selected::Newer(release);
            }
            blocked = true;
        }
        Selected::Nothing
    }

    fn native_runs(&self, release: u8) -> bool {
        release != 4 || self.native == 1
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// What a sync finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selected {
    Newer(u8),
    Same(u8),
    Nothing,
}

/// The bundle of a release.
pub fn tree(release: u8) -> u8 {
    if release == 5 { 1 } else { release }
}

fn serves(event: Event, before: &Device, after: &Device) -> bool {
    match event {
        Event::Reload(_) | Event::Set(..) | Event::Reset | Event::ToFallback => true,
        Event::Apply(_) | Event::Background(_) => {
            before.next > 0 && after.next == 0 && after.page.is_some_and(|page| page.bundle == before.next)
        }
        Event::HalfTimeout(_) | Event::Crash(..) => before.trial > 0 && after.trial == 0,
        _ => false,
    }
}
