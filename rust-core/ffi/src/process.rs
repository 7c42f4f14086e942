//! The app's process: which launch its page belongs to, and how long that page has been in front without
//! reporting ready. Time is passed in, from a monotonic clock that stands still while the device sleeps.

use std::time::{Duration, Instant};

/// Whether the app is what the user looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visibility {
    Foreground,
    Background,
}

/// Whether the page of the launch has reported ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Report {
    Awaited,
    Heard,
}

/// A running app process.
#[derive(Debug)]
pub(crate) struct Process {
    token: String,
    visibility: Visibility,
    report: Report,
    /// Foreground time of this launch that the engine was told of.
    total: Duration,
    /// Since when time counts that it was not told of.
    since: Option<Instant>,
}

impl Process {
    /// The process right after a cold start. Time counts from the first look at it: a process that the system
    /// starts in the background, for a push message for one, is not looked at before it comes to the front.
    pub(crate) fn new(token: String) -> Self {
        Self {
            token,
            visibility: Visibility::Foreground,
            report: Report::Awaited,
            total: Duration::ZERO,
            since: None,
        }
    }

    /// Another launch in the same process.
    pub(crate) fn switch(&mut self, token: String, now: Instant) {
        let visibility = self.visibility;
        *self = Self::new(token);
        self.set_visibility(visibility, now);
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Moves the app to the front. Time behind it never counts.
    pub(crate) fn foreground(&mut self, now: Instant) {
        self.set_visibility(Visibility::Foreground, now);
    }

    /// Moves the app away from the front. Take the elapsed time first.
    pub(crate) fn background(&mut self, now: Instant) {
        self.set_visibility(Visibility::Background, now);
    }

    fn set_visibility(&mut self, visibility: Visibility, now: Instant) {
        let before = std::mem::replace(&mut self.visibility, visibility);
        match visibility {
            Visibility::Background => self.since = None,
            Visibility::Foreground if before == visibility && self.since.is_some() => {}
            Visibility::Foreground => self.since = Some(now),
        }
    }

    /// The page reported ready.
    pub(crate) fn confirm(&mut self) {
        self.report = Report::Heard;
    }

    /// Foreground time since the last call, to be told to the engine; at most what is left until `timeout`.
    pub(crate) fn take_elapsed(&mut self, timeout: Duration, now: Instant) -> Duration {
        if !self.is_counting(timeout) {
            return Duration::ZERO;
        }
        let passed = self
            .since
            .replace(now)
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.add(passed, timeout)
    }

    /// The same with time that somebody else measured.
    pub(crate) fn add_elapsed(&mut self, passed: Duration, timeout: Duration) -> Duration {
        match self.is_counting(timeout) {
            true => self.add(passed, timeout),
            false => Duration::ZERO,
        }
    }

    /// Time that was taken but could not be told to the engine did not pass: the two must fire together.
    pub(crate) fn give_back(&mut self, passed: Duration) {
        self.total = self.total.saturating_sub(passed);
    }

    /// How long until the timer may fire, if nothing happens; `None` while nothing counts.
    pub(crate) fn left(&self, timeout: Duration) -> Option<Duration> {
        self.is_counting(timeout)
            .then(|| timeout.saturating_sub(self.total))
    }

    fn is_counting(&self, timeout: Duration) -> bool {
        self.report == Report::Awaited && self.visibility == Visibility::Foreground && self.total < timeout
    }

    fn add(&mut self, passed: Duration, timeout: Duration) -> Duration {
        let passed = passed.min(timeout.saturating_sub(self.total));
        self.total += passed;
        passed
    }
}

/// Whole milliseconds, rounded up: what was told must add up to the timeout, or the timer would never fire.
pub(crate) fn millis_up(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn time_counts_in_front_only_and_never_beyond_the_timeout() {
        let start = Instant::now();
        let mut process = Process::new("a".to_owned());
        assert_eq!(process.left(TIMEOUT), Some(TIMEOUT));
        assert_eq!(
            process.take_elapsed(TIMEOUT, start),
            Duration::ZERO,
            "however long ago the process started"
        );
        assert_eq!(process.take_elapsed(TIMEOUT, start + seconds(2)), seconds(2));
        process.give_back(seconds(1));
        assert_eq!(process.left(TIMEOUT), Some(seconds(9)));

        process.background(start + seconds(2));
        assert_eq!(process.left(TIMEOUT), None);
        assert_eq!(process.take_elapsed(TIMEOUT, start + seconds(60)), Duration::ZERO);
        process.foreground(start + seconds(60));
        process.foreground(start + seconds(61));
        assert_eq!(process.take_elapsed(TIMEOUT, start + seconds(62)), seconds(2));
        assert_eq!(process.take_elapsed(TIMEOUT, start + seconds(999)), seconds(7));
        assert_eq!(process.left(TIMEOUT), None);
    }

    #[test]
    fn a_report_stops_the_watch_and_a_switch_winds_it_up_again() {
        let start = Instant::now();
        let mut process = Process::new("a".to_owned());
        process.confirm();
        assert_eq!(process.take_elapsed(TIMEOUT, start + TIMEOUT), Duration::ZERO);
        assert_eq!(process.add_elapsed(TIMEOUT, TIMEOUT), Duration::ZERO);
        process.switch("b".to_owned(), start + TIMEOUT);
        assert_eq!((process.token(), process.left(TIMEOUT)), ("b", Some(TIMEOUT)));
        assert_eq!(process.add_elapsed(seconds(99), TIMEOUT), TIMEOUT);
    }

    #[test]
    fn a_switch_in_the_background_counts_from_the_foreground_on() {
        let start = Instant::now();
        let mut process = Process::new("a".to_owned());
        process.background(start);
        process.switch("b".to_owned(), start);
        assert_eq!(process.take_elapsed(TIMEOUT, start + seconds(5)), Duration::ZERO);
        process.foreground(start + seconds(5));
        assert_eq!(process.take_elapsed(TIMEOUT, start + seconds(6)), seconds(1));
    }

    #[test]
    fn a_part_of_a_millisecond_is_a_whole_one() {
        assert_eq!(millis_up(Duration::from_nanos(1)), 1);
        assert_eq!(millis_up(Duration::from_millis(2)), 2);
        assert_eq!(millis_up(Duration::ZERO), 0);
    }
}
