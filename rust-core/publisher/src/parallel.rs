//! The same work on many things, on as many threads as there are cores.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Most threads: one patch takes the compressor some hundred megabytes.
const THREADS_MAX: usize = 4;

/// Works on every item. The results have the order of the items; `done` hears of each on the calling thread, as it is
/// finished.
pub(crate) fn map<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(&I) -> T + Sync,
    mut done: impl FnMut(&I),
) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut results = thread::scope(|scope| {
        for _ in 0..cores.min(THREADS_MAX).min(items.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((place, item)) = take(items, next) {
                    let _nobody_waits = sender.send((place, work(item)));
                }
            });
        }
        drop(sender);
        let finished = receiver.into_iter().inspect(|(place, _)| {
            if let Some(item) = items.get(*place) {
                done(item);
            }
        });
        finished.collect::<Vec<(usize, T)>>()
    });
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<'i, I>(items: &'i [I], next: &AtomicUsize) -> Option<(usize, &'i I)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    items.get(place).map(|item| (place, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_the_order_stays() {
        let items: Vec<u64> = (0..1_000).collect();
        let mut heard = 0;
        let squares = map(&items, |item| item * item, |item| heard += item);
        assert_eq!(squares, items.iter().map(|item| item * item).collect::<Vec<_>>());
        assert_eq!(heard, items.iter().sum::<u64>());
        assert!(map(&[], |item: &u64| *item, |_| {}).is_empty());
    }
}
