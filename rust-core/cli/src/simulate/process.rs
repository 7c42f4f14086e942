//! The app's process on the pretend phone: running or killed, in front or not, and how long its launch has been in
//! front without being confirmed.

use std::time::{Duration, Instant};

use airlock_engine::Launch;
use serde::Serialize;

/// Whether the app is what the user looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Visibility {
    /// On the screen.
    Foreground,
    /// Behind the home screen; its web view lives on.
    Background,
}

/// A running app process.
#[derive(Debug)]
pub(crate) struct Process {
    /// What the web view shows.
    pub(crate) launch: Launch,
    /// Counts the launches of this simulator from 1, so that the control page sees a switch to the same bundle.
    pub(crate) number: u64,
    /// Foreground or background.
    pub(crate) visibility: Visibility,
    /// Whether the page of this launch has reported ready.
    pub(crate) confirmed: bool,
    watch: Stopwatch,
    page_since: Option<Instant>,
}

impl Process {
    /// The process right after `launch`: in front, its page not asked for yet.
    pub(crate) fn new(launch: Launch, number: u64) -> Process {
        Process {
            launch,
            number,
            visibility: Visibility::Foreground,
            confirmed: false,
            watch: Stopwatch::default(),
            page_since: None,
        }
    }

    /// Shows another launch in the same process.
    pub(crate) fn switch(&mut self, launch: Launch, number: u64) {
        let visibility = self.visibility;
        *self = Process {
            visibility,
            ..Process::new(launch, number)
        };
    }

    /// The browser has asked for this launch's page. A phone loads its page by itself; here somebody has to open a
    /// tab, and a bundle must not be rolled back because nobody has.
    pub(crate) fn page_asked_for(&mut self, now: Instant) {
        if self.page_since.is_none() {
            self.page_since = Some(now);
            self.watch.since = Some(now);
        }
    }

    /// Moves the app to the front or away from it. Take the elapsed time first.
    pub(crate) fn set_visibility(&mut self, visibility: Visibility, now: Instant) {
        self.visibility = visibility;
        self.watch.since = (visibility == Visibility::Foreground).then_some(now);
    }

    /// The page reported ready. Answers whether this is the first time.
    pub(crate) fn confirm(&mut self) -> bool {
        !std::mem::replace(&mut self.confirmed, true)
    }

    /// Whether foreground time counts against this launch now.
    pub(crate) fn is_counting(&self, timeout: Duration) -> bool {
        self.page_since.is_some()
            && !self.confirmed
            && self.visibility == Visibility::Foreground
            && self.watch.total < timeout
    }

    /// Foreground time since the last call, to be told to the engine; at most what is left until `timeout`.
    pub(crate) fn take_elapsed(&mut self, timeout: Duration, now: Instant) -> Duration {
        if !self.is_counting(timeout) {
            self.watch.since = None;
            return Duration::ZERO;
        }
        self.watch.take(timeout, now)
    }

    /// Time that was taken but could not be told to the engine did not pass: the two must fire together.
    pub(crate) fn give_back(&mut self, passed: Duration) {
        self.watch.total = self.watch.total.saturating_sub(passed);
    }

    /// Foreground time of this launch so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.watch.total
    }

    /// Time since the page was first asked for, whatever the app did meanwhile.
    pub(crate) fn page_age(&self) -> Duration {
        self.page_since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

#[derive(Debug, Default)]
struct Stopwatch {
    since: Option<Instant>,
    total: Duration,
}

impl Stopwatch {
    fn take(&mut self, timeout: Duration, now: Instant) -> Duration {
        let Some(before) = self.since.replace(now) else {
            return Duration::ZERO;
        };
        let left = timeout.saturating_sub(self.total);
        let passed = now.saturating_duration_since(before).min(left);
        self.total += passed;
        passed
    }
}

#[cfg(test)]
mod tests {
    use airlock_engine::{Origin, Served};

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    fn process() -> Process {
        let bundle = Served {
            id: "ab".into(),
            version: "2.0.0".into(),
            origin: Origin::Ota,
        };
        Process::new(
            Launch {
                bundle,
                root: "/".into(),
                token: "t".into(),
                attempt: 1,
            },
            1,
        )
    }

    #[test]
    fn time_counts_only_in_front_with_a_page_until_the_timeout() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut process = process();
        assert_eq!(
            process.take_elapsed(TIMEOUT, at(5)),
            Duration::ZERO,
            "no page yet"
        );

        process.page_asked_for(at(5));
        assert_eq!(process.take_elapsed(TIMEOUT, at(7)), Duration::from_secs(2));
        process.give_back(Duration::from_secs(1));
        assert_eq!(process.elapsed(), Duration::from_secs(1));
        process.page_asked_for(at(8));
        assert_eq!(
            process.take_elapsed(TIMEOUT, at(8)),
            Duration::from_secs(1),
            "a reload winds nothing back"
        );

        process.set_visibility(Visibility::Background, at(8));
        assert_eq!(process.take_elapsed(TIMEOUT, at(60)), Duration::ZERO);

        process.set_visibility(Visibility::Foreground, at(60));
        assert_eq!(
            process.take_elapsed(TIMEOUT, at(99)),
            Duration::from_secs(8),
            "never beyond the timeout"
        );
        assert!(!process.is_counting(TIMEOUT));
    }

    #[test]
    fn a_confirmed_launch_stops_the_watch_and_a_switch_starts_a_new_one() {
        let start = Instant::now();
        let mut process = process();
        process.page_asked_for(start);
        assert!(process.is_counting(TIMEOUT));
        assert!(process.confirm());
        assert!(!process.confirm(), "once");
        assert_eq!(process.take_elapsed(TIMEOUT, start + TIMEOUT), Duration::ZERO);

        process.set_visibility(Visibility::Background, start);
        let next = process.launch.clone();
        process.switch(next, 2);
        assert_eq!((process.number, process.visibility), (2, Visibility::Background));
        assert!(!process.confirmed);
    }
}
