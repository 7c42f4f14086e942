//! What a layer of tests is, and how one ended.

use std::fmt;

use anyhow::Result;

use super::Context;

/// One kind of check, from the cheapest to the dearest.
pub(super) struct Layer {
    pub(super) name: &'static str,
    /// What is known when it passes.
    pub(super) proves: &'static str,
    pub(super) run: fn(&Context) -> Result<Outcome>,
}

/// Counts of one layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) passed: u32,
    pub(super) failed: u32,
    pub(super) skipped: u32,
    /// Why something was skipped, or what failed when no test of its own says so.
    pub(super) note: Option<String>,
}

impl Outcome {
    /// A check that is one test by itself.
    pub(super) fn single(passed: bool) -> Outcome {
        Outcome {
            passed: u32::from(passed),
            failed: u32::from(!passed),
            ..Outcome::default()
        }
    }

    pub(super) fn skipped(reason: String) -> Outcome {
        Outcome {
            skipped: 1,
            note: Some(reason),
            ..Outcome::default()
        }
    }

    /// The layer itself failed to run.
    pub(super) fn broken(reason: String) -> Outcome {
        Outcome {
            failed: 1,
            note: Some(reason),
            ..Outcome::default()
        }
    }

    pub(super) fn plus(self, other: Outcome) -> Outcome {
        Outcome {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            note: self.note.or(other.note),
        }
    }

    /// A runner that exits with an error while all its counts are good has still failed.
    pub(super) fn with_exit(mut self, succeeded: bool, command: &str) -> Outcome {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
            self.note = Some(format!("`{command}` failed; its output is above"));
        }
        self
    }

    /// A layer in which nothing ran proves nothing.
    pub(super) fn or_failed_when_empty(self) -> Outcome {
        if self.passed + self.failed + self.skipped == 0 {
            return Outcome::broken("no test ran".to_owned());
        }
        self
    }
}

/// The error of a layer whose tool is missing and cannot be installed here.
#[derive(Debug)]
pub(super) struct Skipped {
    pub(super) reason: String,
}

impl Skipped {
    pub(super) fn because(reason: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Skipped {
            reason: reason.into(),
        })
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Skipped {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_run_and_a_bad_exit_are_failures() {
        assert_eq!(Outcome::default().or_failed_when_empty().failed, 1);
        assert_eq!(
            Outcome::single(true).or_failed_when_empty(),
            Outcome::single(true)
        );
        assert_eq!(Outcome::single(true).with_exit(false, "x").failed, 1);
        assert_eq!(Outcome::single(false).with_exit(false, "x").failed, 1);
        assert_eq!(Outcome::single(true).with_exit(true, "x").failed, 0);
    }
}
