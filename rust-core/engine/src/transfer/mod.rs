//! Getting bytes from servers that fail: again, from elsewhere, from where it ended, or not now.
//!
//! A transport makes one attempt; whatever is more than one is decided here (docs/adr/0021-resume-and-retry.md).

mod attempts;
mod page;
mod partial;
mod post;
mod quiet;

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::engine::Engine;
use crate::error::{Error, RetryAfter};
pub(crate) use crate::ports::without_query;
use crate::ports::{Get, Got, Head, Sink};
use attempts::Attempts;
pub(crate) use page::Expects;
use page::Watch;
pub(crate) use partial::{Keep, Partial};
pub(crate) use quiet::until as quiet_until;

/// Times one thing may be begun from zero again because its rest could not be had or did not fit.
const FRESH_STARTS: u32 = 2;

/// Bytes beyond its size after which one thing is not begun again in this run, so that it never costs more than twice its
/// size and this. Without ranges each attempt begins from zero, and a server that always breaks off would use up
/// somebody's data volume.
const WASTE_BYTES: u64 = 64 * 1024;

/// A wait is cut into pieces of this length, so that a cancelled one ends soon.
const NAP: Duration = Duration::from_millis(250);

/// What one attempt came to.
pub(crate) enum Leg<T> {
    /// It is here, and right.
    Done(T),
    /// The server has no such thing.
    Missing,
    /// What was here did not go on; the same server is asked again, from zero.
    Again,
}

/// Makes one attempt at an address.
type Attempt<'f, 'e, T> = dyn FnMut(&mut Transfer<'e>, &str) -> Result<Leg<T>, Error> + 'f;

/// What it means that a server has no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// It is the answer: the first server's word counts.
    Answers,
    /// It is a fault of that server: the next one is asked.
    Fails,
}

/// Where one thing lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// Below the repository, on each of its servers.
    Repository(&'a str),
    /// At this address alone.
    Url(&'a str),
}

/// One thing to fetch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) place: Place<'a>,
    /// Largest size accepted, in bytes.
    pub(crate) max_bytes: u64,
    pub(crate) absence: Absence,
}

/// The transfers of one run: one sync, check or download.
pub(crate) struct Transfer<'e> {
    engine: &'e Engine,
    /// The repository's servers, without a `/` at the end, in the order in which they are asked.
    bases: Vec<String>,
    /// The one that answered last: the dead ones before it are not waited for again in this run.
    preferred: usize,
    received: u64,
    waits: u64,
}

impl<'e> Transfer<'e> {
    /// Errors: `response_unusable` while a server's 429 lasts.
    pub(crate) fn open(engine: &'e Engine, bases: Vec<String>) -> Result<Self, Error> {
        quiet::check(engine)?;
        engine.host.transport.run_begins();
        Ok(Self {
            engine,
            bases,
            preferred: 0,
            received: 0,
            waits: 0,
        })
    }

    /// The same servers, for a thread that asks beside this one; `number` tells such threads apart.
    pub(crate) fn fork(&self, number: u64) -> Self {
        Self {
            engine: self.engine,
            bases: self.bases.clone(),
            preferred: self.preferred,
            received: 0,
            // Threads that wait must not come back all at once.
            waits: number << 32,
        }
    }

    /// Counts what such a thread has received.
    pub(crate) fn join(&mut self, fork: &Self) {
        self.received = self.received.saturating_add(fork.received);
    }

    /// Bytes received so far, in all attempts.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// One attempt. What is a web page and should be something else is refused at its first bytes.
    pub(crate) fn ask(&mut self, get: &Get<'_>, expects: Expects, sink: &mut dyn Sink) -> Result<Got, Error> {
        let mut counted = Counted {
            engine: self.engine,
            received: &mut self.received,
            watch: Watch::new(get.url, expects),
            sink,
        };
        self.engine.host.transport.get(get, &mut counted)
    }

    /// Attempts until one succeeds: each server in turn, then a wait, then again, as long as time can mend what
    /// happened. The answer is the first failure of the last round. `None`: no server has it.
    pub(crate) fn persist<T>(
        &mut self,
        wanted: Wanted<'_>,
        leg: &mut Attempt<'_, 'e, T>,
    ) -> Result<Option<T>, Error> {
        let mut attempts = Attempts::new();
        let mut fresh_starts = FRESH_STARTS;
        let start = self.received;
        loop {
            let before = self.received;
            let mut round = Round::default();
            for (server, url) in self.urls(wanted.place) {
                match self.attempt(&url, &mut fresh_starts, leg) {
                    Ok(Leg::Done(done)) => {
                        self.preferred = server;
                        return Ok(Some(done));
                    }
                    Ok(Leg::Missing) if wanted.absence == Absence::Answers => return Ok(None),
                    Ok(Leg::Missing | Leg::Again) => {}
                    Err(error) => round.failed(error, self.engine.now().get())?,
                }
            }
            let Some(failure) = round.failure else {
                return Ok(None);
            };
            attempts.brought(self.received - before);
            let is_costly = self.received - start > wanted.max_bytes.saturating_add(WASTE_BYTES);
            match attempts.next_wait(self.jitter(), round.wants) {
                Some(wait) if round.is_mendable && !is_costly => self.wait(wait)?,
                _ => return Err(failure),
            }
        }
    }

    /// Each address with its server's number, beginning with the one that answered last.
    fn urls(&self, place: Place<'_>) -> Vec<(usize, String)> {
        match place {
            Place::Url(url) => vec![(self.preferred, url.to_owned())],
            Place::Repository(path) => {
                let numbered = self.bases.iter().enumerate();
                let urls = numbered.map(|(server, base)| (server, format!("{base}/{path}")));
                let mut urls: Vec<_> = urls.collect();
                urls.rotate_left(self.preferred.min(self.bases.len()));
                urls
            }
        }
    }

    /// One server's attempt, with fresh starts.
    fn attempt<T>(
        &mut self,
        url: &str,
        fresh_starts: &mut u32,
        leg: &mut Attempt<'_, 'e, T>,
    ) -> Result<Leg<T>, Error> {
        loop {
            self.engine.check_cancelled()?;
            match leg(self, url) {
                Ok(Leg::Again) if *fresh_starts > 0 => *fresh_starts -= 1,
                Ok(Leg::Again) => {
                    return Err(Error::Response {
                        url: without_query(url),
                        reason: "its parts do not fit together".to_owned(),
                    });
                }
                Err(Error::Busy {
                    status: 429,
                    retry_after,
                    ..
                }) => return Err(quiet::begin(self.engine, retry_after)),
                other => return other,
            }
        }
    }

    /// Fetches a small document into memory; `check` says whether it is the one.
    pub(crate) fn document(
        &mut self,
        wanted: Wanted<'_>,
        check: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let max_bytes = wanted.max_bytes;
        self.persist(wanted, &mut |transfer, url| {
            let mut bytes = Vec::new();
            let got = transfer.ask(
                &Get::whole(url, max_bytes),
                Expects::Json,
                &mut |piece: &[u8]| {
                    bytes.extend_from_slice(piece);
                    Ok(())
                },
            )?;
            match got {
                Got::Body => check(&bytes).map(|()| Leg::Done(bytes)),
                Got::Missing => Ok(Leg::Missing),
                Got::NotThisRange => Ok(Leg::Again),
            }
        })
    }

    /// No server has what is there.
    pub(crate) fn missing(&self, place: Place<'_>) -> Error {
        let url = self.urls(place).into_iter().next();
        Error::Response {
            url: url.map_or_else(String::new, |(_, url)| without_query(&url)),
            reason: "there is no such file".to_owned(),
        }
    }

    fn jitter(&mut self) -> u8 {
        self.waits += 1;
        let random = self.engine.host.random.bytes(u64::MAX - self.waits);
        random.map_or(0, |[first, ..]| first)
    }

    fn wait(&self, time: Duration) -> Result<(), Error> {
        let mut left = time;
        while !left.is_zero() {
            self.engine.check_cancelled()?;
            let nap = left.min(NAP);
            self.engine.host.clock.wait(nap);
            left -= nap;
        }
        Ok(())
    }
}

/// What the servers said in one round.
#[derive(Default)]
struct Round {
    failure: Option<Error>,
    is_mendable: bool,
    wants: Option<Duration>,
}

impl Round {
    /// Notes the failure of one server; those that no other server can mend are given back.
    fn failed(&mut self, error: Error, now: u64) -> Result<(), Error> {
        match &error {
            Error::Download { .. } => self.is_mendable = true,
            Error::Busy { retry_after, .. } => {
                self.is_mendable = true;
                self.wants = self.wants.max(retry_after.map(|wanted| until(wanted, now)));
            }
            Error::Response { .. }
            | Error::Handshake { .. }
            | Error::Rejected { .. }
            | Error::Bundle { .. } => {}
            _ => return Err(error),
        }
        self.failure.get_or_insert(error);
        Ok(())
    }
}

fn until(wanted: RetryAfter, now: u64) -> Duration {
    match wanted {
        RetryAfter::In(time) => time,
        RetryAfter::At(then) => Duration::from_millis(then.get().saturating_sub(now)),
    }
}

/// Counts what passes, and stops what is not wanted any more.
struct Counted<'s> {
    engine: &'s Engine,
    received: &'s mut u64,
    watch: Watch<'s>,
    sink: &'s mut dyn Sink,
}

impl Sink for Counted<'_> {
    fn begin(&mut self, head: &Head) -> Result<(), Error> {
        self.watch.begin(head);
        self.sink.begin(head)
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.engine.check_cancelled()?;
        *self.received = self.received.saturating_add(bytes.len() as u64);
        self.watch.piece(bytes)?;
        self.sink.piece(bytes)
    }
}

impl Engine {
    /// Ends the sync, check or download that runs, from another thread; it fails with `download_failed`. What has
    /// arrived is kept and the next run goes on from there. A wait for an answer ends with the answer, or with
    /// `responseTimeout`. Without a run nothing happens.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    pub(crate) fn check_cancelled(&self) -> Result<(), Error> {
        match self.cancelled.load(Ordering::SeqCst) {
            true => Err(Error::Cancelled),
            false => Ok(()),
        }
    }
}
