//! What was done, in numbers, and what was found.

use std::fmt;
use std::ops::AddAssign;

use crate::promises::Broken;

/// How much was tried. Images are disks as a power cut may leave them; each was booted and judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Flows cut at each of their effects.
    pub flows: usize,
    /// Places of all flows where the power went.
    pub crash_points: usize,
    /// Disks after one power cut.
    pub images: usize,
    /// Disks after a second one, during the recovery from the first.
    pub double_faults: usize,
    /// Calls that were made to fail.
    pub errors: usize,
    /// Random lives.
    pub histories: usize,
    /// Events in all of them.
    pub events: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.flows += other.flows;
        self.crash_points += other.crash_points;
        self.images += other.images;
        self.double_faults += other.double_faults;
        self.errors += other.errors;
        self.histories += other.histories;
        self.events += other.events;
    }
}

/// Something that must not happen, and how to see it again.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where: the flow or history, the effect, the image, the seed.
    pub place: String,
    /// What.
    pub broken: Broken,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    {}", self.broken, self.place)
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How much was tried.
    pub counts: Counts,
    /// What was found; at most a handful of each kind.
    pub findings: Vec<Finding>,
}

/// Findings kept of one promise: the first few tell what the next thousand repeat.
const KEPT: usize = 3;

impl Report {
    /// Keeps a finding, unless there are enough like it.
    pub(crate) fn add(&mut self, place: impl FnOnce() -> String, broken: Broken) {
        let like = |finding: &&Finding| finding.broken.promise == broken.promise;
        if self.findings.iter().filter(like).count() < KEPT {
            self.findings.push(Finding {
                place: place(),
                broken,
            });
        }
    }

    /// Puts two reports together.
    pub fn merge(&mut self, other: Self) {
        self.counts += other.counts;
        for finding in other.findings {
            let Finding { place, broken } = finding;
            self.add(|| place, broken);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        writeln!(f, "flows            {:>9}", counts.flows)?;
        writeln!(f, "crash points     {:>9}", counts.crash_points)?;
        writeln!(f, "crash images     {:>9}", counts.images)?;
        writeln!(f, "double faults    {:>9}", counts.double_faults)?;
        writeln!(f, "injected errors  {:>9}", counts.errors)?;
        writeln!(f, "histories        {:>9}", counts.histories)?;
        writeln!(f, "events           {:>9}", counts.events)?;
        let panics = self
            .findings
            .iter()
            .filter(|found| found.broken.promise == "no panic")
            .count();
        writeln!(f, "broken promises  {:>9}", self.findings.len() - panics)?;
        write!(f, "panics           {panics:>9}")?;
        for finding in &self.findings {
            write!(f, "\n{finding}")?;
        }
        Ok(())
    }
}
