//! Jobs over the machine's cores. Results do not depend on who does which.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::report::Report;

/// Runs a job for each item and puts the reports together.
pub(crate) fn run<T: Sync>(items: &[T], job: impl Fn(&T) -> Report + Sync) -> Report {
    let (next, sum) = (AtomicUsize::new(0), Mutex::new(Report::default()));
    let workers = thread::available_parallelism().map_or(1, |count| count.get());
    thread::scope(|scope| {
        for _ in 0..workers.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = job(item);
                    sum.lock().unwrap_or_else(PoisonError::into_inner).merge(report);
                }
            });
        }
    });
    sum.into_inner().unwrap_or_else(PoisonError::into_inner)
}
