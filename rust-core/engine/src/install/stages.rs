//! Where the time of an installation goes, for whoever measures: two looks at a clock a piece, some tens of nanoseconds beside
//! the tens of microseconds that it takes to hash one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What an installation does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading what was fetched, and the bundle that is copied from.
    Read,
    /// Hashing what goes into the tree.
    Hash,
    /// Inflating entries of an archive, or decoding a patch.
    Inflate,
    /// Creating and writing files.
    Write,
    /// Waiting until the tree is durable.
    Barrier,
}

/// The time spent in each stage since the engine began, of all threads together.
#[derive(Debug, Default)]
pub struct Stages([AtomicU64; 5]);

impl Stages {
    /// All stages, with the word for each.
    pub const ALL: [(Stage, &'static str); 5] = [
        (Stage::Read, "read"),
        (Stage::Hash, "hash"),
        (Stage::Inflate, "inflate"),
        (Stage::Write, "write"),
        (Stage::Barrier, "barrier"),
    ];

    /// How long a stage has taken.
    pub fn spent(&self, stage: Stage) -> Duration {
        let nanos = self.cell(stage).map(|cell| cell.load(Ordering::Relaxed));
        Duration::from_nanos(nanos.unwrap_or_default())
    }

    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.add(stage, start.elapsed());
        done
    }

    pub(crate) fn add(&self, stage: Stage, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        if let Some(cell) = self.cell(stage) {
            cell.fetch_add(nanos, Ordering::Relaxed);
        }
    }

    fn cell(&self, stage: Stage) -> Option<&AtomicU64> {
        self.0.get(stage as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_for_its_own_stage_alone() {
        let stages = Stages::default();
        let start = Instant::now();
        assert_eq!(
            stages.time(Stage::Hash, || {
                while start.elapsed().is_zero() {}
                7
            }),
            7
        );
        for (stage, name) in Stages::ALL {
            assert_eq!(stages.spent(stage).is_zero(), name != "hash");
        }
    }
}
