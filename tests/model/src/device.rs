//! What a device remembers, and what an event makes of it.
//!
//! Bundles are numbered 1 to 4, which is also their sequence; 0 is the embedded one. Bundle 1 may be
//! published again as sequence 5 (going back on purpose). There are two moments: `Now`, and `Late`,
//! eight days after it, when verdicts passed `Now` have expired, dates have come, and whoever was away
//! was away long enough. A clock may jump between the two at will.

/// Bundles that can be installed.
pub const BUNDLES: u8 = 4;
/// The embedded bundle's number.
pub const EMBEDDED: u8 = 0;

/// Conditions, as bits.
pub const KILL: u8 = 1;
pub const AWAY: u8 = 2;
pub const DATE: u8 = 4;

pub use crate::rules::{Event, Lacks, Rules, Time, Token};

/// The page that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    pub bundle: u8,
    pub ready: bool,
    pub halves: u8,
    pub front: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Device {
    /// Bundles on the disk, as bits.
    pub here: u8,
    pub confirmed: u8,
    pub previous: u8,
    pub trial: u8,
    pub attempts: u8,
    pub next: u8,
    pub floor: u8,
    /// Whether bundle 1 is known as sequence 5.
    pub raised: bool,
    /// Verdicts that stand `Now` and `Late`, as bits.
    pub failed: [u8; 2],
    /// Whether the verdict on bundle 1 was passed on sequence 5.
    pub failed_raised: bool,
    pub delays: u8,
    /// Since when the app is in the background.
    pub away: Option<Time>,
    pub page: Option<Page>,
    /// 0 until the host has told it.
    pub native: u8,
}

/// An event that was refused changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

pub fn bit(bundle: u8) -> u8 {
    if bundle == EMBEDDED { 0 } else { 1 << (bundle - 1) }
}

impl Device {
    pub fn current(&self) -> u8 {
        if self.trial > 0 {
            self.trial
        } else {
            self.confirmed
        }
    }

    pub fn sequence(&self, bundle: u8) -> u8 {
        if bundle == 1 && self.raised { 5 } else { bundle }
    }

    /// Bundles with a part to play, as bits.
    pub fn needed(&self) -> u8 {
        let page = self.page.map_or(EMBEDDED, |page| page.bundle);
        [self.confirmed, self.previous, self.trial, self.next, page]
            .into_iter()
            .fold(0, |bits, bundle| bits | bit(bundle))
    }

    pub fn is_banned(&self, bundle: u8, time: Time) -> bool {
        let overridden = bundle == 1 && self.raised && !self.failed_raised;
        self.failed[time as usize] & bit(bundle) > 0 && !overridden
    }

    pub fn admits(&self, bundle: u8, time: Time) -> bool {
        let high_enough = self.sequence(bundle) >= self.floor || self.confirmed == bundle;
        self.here & bit(bundle) > 0 && !self.is_banned(bundle, time) && high_enough
    }

    /// Applies an event, or refuses it.
    pub fn step(mut self, event: Event, rules: &Rules) -> Result<Self, Refused> {
        match event {
            Event::ColdStart(time) => self.cold_start(time, rules),
            Event::Reload(time) => self.start(true, time, rules),
            Event::Apply(time) => {
                self.settle(0, false, time);
                self.apply(time, rules);
            }
            Event::Set(bundle, time) => {
                self.must_admit(bundle, time)?;
                self.try_out(bundle, time, rules);
            }
            Event::Reset => {
                (self.confirmed, self.previous) = (0, 0);
                self.fall_back(rules);
            }
            Event::ToFallback => self.fall_back(rules),
            Event::Background(time) => self.background(time, rules),
            Event::Foreground(time) => {
                self.settle(0, self.was_away_long(time), time);
                self.come_to_front();
            }
            Event::HalfTimeout(time) => self.half_timeout(time, rules),
            Event::Ready(token) => self.ready(token, rules),
            Event::Crash(token, time) => {
                if token == Token::Current && self.page_is_trial() {
                    self.fail(time, rules);
                    self.serve(rules);
                }
            }
            Event::Damaged if self.current() > 0 => {
                self.forget(self.current());
                self.serve(rules);
            }
            Event::Damaged => {}
            Event::Unreadable => self.show(EMBEDDED),
            Event::Installed(bundle) => self.install(bundle, rules),
            Event::Raised => self.raise()?,
            Event::Next(bundle, time) => self.next_is(bundle, time)?,
            Event::Newest(sequence) => self.newest(sequence),
            Event::Delete(bundle) => self.delete(bundle)?,
            Event::DelayUntil(conditions) => self.delays = conditions,
            Event::Native(build) => self.native(build, rules),
        }
        Ok(self)
    }

    fn must_admit(&self, bundle: u8, time: Time) -> Result<(), Refused> {
        if self.admits(bundle, time) {
            Ok(())
        } else {
            Err(Refused)
        }
    }

    fn was_away_long(&self, time: Time) -> bool {
        self.away == Some(Time::Now) && time == Time::Late
    }

    fn cold_start(&mut self, time: Time, rules: &Rules) {
        self.settle(KILL, self.was_away_long(time), time);
        self.come_to_front();
        self.end_used_up(time, rules);
        self.start(self.delays == 0, time, rules);
    }

    fn fall_back(&mut self, rules: &Rules) {
        (self.trial, self.next, self.delays) = (0, 0, 0);
        self.serve(rules);
    }

    fn background(&mut self, time: Time, rules: &Rules) {
        self.settle(0, false, time);
        self.away = self.away.or(Some(time));
        if let Some(page) = &mut self.page {
            page.front = false;
        }
        self.apply(time, rules);
    }

    fn raise(&mut self) -> Result<(), Refused> {
        if self.here & 1 == 0 {
            return Err(Refused);
        }
        self.raised = true;
        if self.confirmed == 1 {
            self.floor = self.floor.max(5);
        }
        Ok(())
    }

    fn next_is(&mut self, bundle: u8, time: Time) -> Result<(), Refused> {
        self.must_admit(bundle, time)?;
        let replaced = self.next;
        self.next = if self.current() == bundle { 0 } else { bundle };
        self.drop_idle(bit(replaced));
        Ok(())
    }

    fn newest(&mut self, sequence: u8) {
        if self.next > 0 && self.sequence(self.next) < sequence {
            let withdrawn = std::mem::take(&mut self.next);
            self.drop_idle(bit(withdrawn));
        }
    }

    fn delete(&mut self, bundle: u8) -> Result<(), Refused> {
        if self.here & bit(bundle) == 0 || self.needed() & bit(bundle) > 0 {
            return Err(Refused);
        }
        self.drop_idle(bit(bundle));
        Ok(())
    }

    fn settle(&mut self, kill: u8, away_long: bool, time: Time) {
        let date = if time == Time::Late { DATE } else { 0 };
        let away = if away_long { AWAY } else { 0 };
        self.delays &= !(kill | date | away);
    }

    fn come_to_front(&mut self) {
        self.away = None;
        if let Some(page) = &mut self.page {
            page.front = true;
        }
    }

    fn start(&mut self, may_apply: bool, time: Time, rules: &Rules) {
        match may_apply.then(|| self.take_next(time)).flatten() {
            Some(bundle) => self.try_out(bundle, time, rules),
            None => self.go_on(time, rules),
        }
    }

    fn apply(&mut self, time: Time, rules: &Rules) {
        if self.delays == 0
            && let Some(bundle) = self.take_next(time)
        {
            self.try_out(bundle, time, rules);
        }
    }

    fn take_next(&mut self, time: Time) -> Option<u8> {
        let bundle = std::mem::take(&mut self.next);
        let admitted = bundle > 0 && self.admits(bundle, time);
        if !admitted {
            self.drop_idle(bit(bundle));
        }
        admitted.then_some(bundle)
    }

    fn try_out(&mut self, bundle: u8, time: Time, rules: &Rules) {
        if self.next == bundle {
            self.next = 0;
        }
        if self.trial == bundle {
            return self.go_on(time, rules);
        }
        let superseded = std::mem::take(&mut self.trial);
        if rules.lacks == Lacks::ConfirmedFallback && superseded > 0 {
            self.confirmed = superseded;
        }
        self.attempts = 0;
        if self.confirmed != bundle {
            self.trial = bundle;
            if rules.lacks == Lacks::FloorAtConfirmation {
                self.floor = self.floor.max(self.sequence(bundle));
            }
        }
        if self.previous == bundle {
            self.previous = 0;
        }
        self.serve(rules);
        self.drop_idle(bit(superseded));
    }

    fn go_on(&mut self, time: Time, rules: &Rules) {
        self.end_used_up(time, rules);
        self.serve(rules);
    }

    fn end_used_up(&mut self, time: Time, rules: &Rules) {
        if self.trial > 0 && self.attempts >= 3 && rules.lacks != Lacks::ThreeLaunches {
            self.fail(time, rules);
        }
    }

    fn serve(&mut self, rules: &Rules) {
        if self.trial > 0 && rules.lacks != Lacks::AttemptBeforeServing {
            self.attempts = (self.attempts + 1).min(3);
        }
        self.show(self.current());
    }

    fn show(&mut self, bundle: u8) {
        self.page = Some(Page {
            bundle,
            ready: false,
            halves: 0,
            front: self.away.is_none(),
        });
    }

    pub fn page_is_trial(&self) -> bool {
        self.trial > 0 && self.page.is_some_and(|page| page.bundle == self.trial)
    }

    fn half_timeout(&mut self, time: Time, rules: &Rules) {
        let is_trial = self.page_is_trial();
        let Some(page) = self.page.as_mut().filter(|page| is_trial && page.front) else {
            return;
        };
        page.halves += 1;
        if page.halves == 2 {
            self.fail(time, rules);
            self.serve(rules);
        }
    }

    fn ready(&mut self, token: Token, rules: &Rules) {
        if token == Token::Other && rules.lacks != Lacks::LaunchToken {
            return;
        }
        let Some(page) = &mut self.page else { return };
        page.ready = true;
        if !self.page_is_trial() {
            return;
        }
        let old = [self.confirmed, self.previous];
        self.previous = if rules.keep_previous { self.confirmed } else { 0 };
        self.confirmed = std::mem::take(&mut self.trial);
        self.attempts = 0;
        self.floor = self.floor.max(self.sequence(self.confirmed));
        self.failed = self.failed.map(|bits| bits & !bit(self.confirmed));
        self.drop_idle(bit(old[0]) | bit(old[1]));
    }

    fn fail(&mut self, time: Time, rules: &Rules) {
        let bundle = std::mem::take(&mut self.trial);
        self.attempts = 0;
        self.failed = self.failed.map(|bits| bits & !bit(bundle));
        self.failed_raised = if bundle == 1 {
            self.raised
        } else {
            self.failed_raised
        };
        self.delays = 0;
        if self.page.is_some_and(|page| page.bundle == bundle) {
            self.page = None;
        }
        match rules.lacks {
            Lacks::Verdict => {}
            Lacks::Expiry => self.failed = self.failed.map(|bits| bits | bit(bundle)),
            _ => self.failed[time as usize] |= bit(bundle),
        }
        if !rules.keep_failed {
            self.drop_idle(bit(bundle));
        }
    }

    fn forget(&mut self, bundle: u8) {
        for part in [&mut self.confirmed, &mut self.previous, &mut self.next] {
            *part = if *part == bundle { 0 } else { *part };
        }
        if self.trial == bundle {
            (self.trial, self.attempts) = (0, 0);
        }
        self.page = self.page.filter(|page| page.bundle != bundle);
        self.here &= !bit(bundle);
        self.raised &= self.here & 1 > 0;
        if self.confirmed == 0 {
            self.confirmed = std::mem::take(&mut self.previous);
            self.floor = self.floor.max(self.sequence(self.confirmed));
        }
    }

    fn install(&mut self, bundle: u8, rules: &Rules) {
        if self.here & bit(bundle) > 0 {
            return;
        }
        while self.here.count_ones() >= 3 && rules.lacks != Lacks::Room {
            let idle = (1..=BUNDLES).filter(|other| self.here & !self.needed() & bit(*other) > 0);
            let oldest = idle.min_by_key(|other| rules.rank[*other as usize]);
            let victim = match oldest {
                Some(idle) => idle,
                None if rules.lacks == Lacks::FallbackStays && self.confirmed > 0 => self.confirmed,
                None if self.previous > 0 => self.previous,
                None if self.next > 0 => self.next,
                None => break,
            };
            for part in [&mut self.previous, &mut self.next] {
                *part = if *part == victim { 0 } else { *part };
            }
            if rules.lacks == Lacks::FallbackStays && self.confirmed == victim {
                self.confirmed = 0;
            }
            self.drop_idle(bit(victim));
        }
        self.here |= bit(bundle);
    }

    fn native(&mut self, build: u8, rules: &Rules) {
        let rebuilt = self.native > 0 && self.native != build;
        self.native = build;
        if rebuilt {
            self.page = None;
        }
        let reset = rebuilt && rules.reset_on_native;
        if reset {
            self.delays = 0;
        }
        for bundle in 1..=BUNDLES {
            let outdated = build == 2 && (bundle == 4 || self.sequence(bundle) <= 2);
            if self.here & bit(bundle) > 0 && (reset || outdated) {
                self.forget(bundle);
            }
        }
    }

    /// Drops those of `bundles` that have no part to play.
    fn drop_idle(&mut self, bundles: u8) {
        self.here &= !(bundles & !self.needed());
        self.raised &= self.here & 1 > 0;
    }
}
