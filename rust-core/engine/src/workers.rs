//! Work that several threads share, none of which outlives the call.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::Error;

/// Does every job, with one thread for each of `contexts`: the calling one, and others beside it. With one context no thread
/// is started, and the jobs are done in order. After a failure none is begun; the first failure is the answer.
pub(crate) fn share<C: Send, J: Sync>(
    contexts: &mut [C],
    jobs: &[J],
    work: impl Fn(&mut C, &J) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let Some((first, others)) = contexts.split_first_mut() else {
        return Err(Error::Internal("work for no thread at all".to_owned()));
    };
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let run = |context: &mut C| {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(context, job) {
                next.store(jobs.len(), Ordering::Relaxed);
                let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(error);
            }
        }
    };
    thread::scope(|scope| {
        let run = &run;
        for context in others.iter_mut().take(jobs.len().saturating_sub(1)) {
            // Where the system gives no thread, the calling one does it all.
            let _best_effort = thread::Builder::new().spawn_scoped(scope, move || run(context));
        }
        run(first);
    });
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_whatever_the_number_of_threads() {
        for threads in [1, 2, 8] {
            let jobs: Vec<usize> = (0..100).collect();
            let mut done = vec![Vec::new(); threads];
            share(&mut done, &jobs, |mine: &mut Vec<usize>, job| {
                mine.push(*job);
                Ok(())
            })
            .unwrap();
            let mut all = done.concat();
            if threads == 1 {
                assert_eq!(all, jobs, "in order");
            }
            all.sort_unstable();
            assert_eq!(all, jobs);
        }
    }

    #[test]
    fn a_failure_ends_the_work_and_is_the_answer() {
        let mut contexts = [0_usize];
        let jobs: Vec<usize> = (0..100).collect();
        let outcome = share(&mut contexts, &jobs, |count, job| {
            *count += 1;
            match *job {
                3 => Err(Error::Cancelled),
                _ => Ok(()),
            }
        });
        assert!(matches!(outcome, Err(Error::Cancelled)));
        assert_eq!(contexts, [4]);
    }
}
