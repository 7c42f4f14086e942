//! The phone's network: the engine's own transport, cut off for whoever outlives the app's process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use airlock_engine::Error;
use airlock_engine::ports::{Get, Got, Head, Sink, Transport};

/// Counts the app's processes, so that the downloads of a killed one end. On a phone the system ends the thread;
/// here only the transport can.
#[derive(Debug, Default)]
pub(crate) struct Lifeline {
    process: AtomicU64,
    borrower: AtomicU64,
}

impl Lifeline {
    /// The process ended: whatever it was fetching fails at the next piece.
    pub(crate) fn cut(&self) {
        self.process.fetch_add(1, Ordering::SeqCst);
    }

    /// The running process starts to fetch something. One at a time.
    pub(crate) fn borrow(&self) {
        self.borrower
            .store(self.process.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn check(&self, url: &str) -> Result<(), Error> {
        if self.borrower.load(Ordering::SeqCst) == self.process.load(Ordering::SeqCst) {
            return Ok(());
        }
        let url = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        Err(Error::Download {
            url,
            reason: "the app's process was killed".to_owned(),
        })
    }
}

/// A transport that works as long as the process that started the transfer.
pub(crate) struct PhoneTransport {
    inner: Box<dyn Transport>,
    lifeline: Arc<Lifeline>,
}

impl PhoneTransport {
    pub(crate) fn new(inner: Box<dyn Transport>, lifeline: Arc<Lifeline>) -> PhoneTransport {
        PhoneTransport { inner, lifeline }
    }
}

impl Transport for PhoneTransport {
    fn get(&self, request: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error> {
        self.lifeline.check(request.url)?;
        let mut tied = Tied {
            lifeline: &self.lifeline,
            url: request.url,
            sink,
        };
        self.inner.get(request, &mut tied)
    }

    fn run_begins(&self) {
        self.inner.run_begins();
    }
}

/// Takes a body as long as the process lives.
struct Tied<'s> {
    lifeline: &'s Lifeline,
    url: &'s str,
    sink: &'s mut dyn Sink,
}

impl Sink for Tied<'_> {
    fn begin(&mut self, head: &Head) -> Result<(), Error> {
        self.lifeline.check(self.url)?;
        self.sink.begin(head)
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.lifeline.check(self.url)?;
        self.sink.piece(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pieces; the process ends after `cut_after` of them.
    struct TwoPieces(Arc<Lifeline>, usize);

    impl Transport for TwoPieces {
        fn get(&self, _: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error> {
            for piece in 0..2 {
                if piece == self.1 {
                    self.0.cut();
                }
                sink.piece(b"x")?;
            }
            Ok(Got::Body)
        }
    }

    fn fetch(cut_after: usize) -> (Result<Got, Error>, usize) {
        let lifeline = Arc::new(Lifeline::default());
        let inner = Box::new(TwoPieces(Arc::clone(&lifeline), cut_after));
        let transport = PhoneTransport::new(inner, Arc::clone(&lifeline));
        lifeline.borrow();
        let mut received = 0;
        let request = Get::whole("https://example.com/a?secret", 10);
        let result = transport.get(&request, &mut |piece: &[u8]| {
            received += piece.len();
            Ok(())
        });
        (result, received)
    }

    #[test]
    fn a_transfer_of_a_living_process_goes_through() {
        let (result, received) = fetch(usize::MAX);
        assert_eq!((result.unwrap(), received), (Got::Body, 2));
    }

    #[test]
    fn a_killed_process_receives_nothing_more() {
        let (result, received) = fetch(1);
        let error = result.unwrap_err();
        assert_eq!(received, 1);
        assert!(error.to_string().contains("killed"), "{error}");
        assert!(!error.to_string().contains("secret"));
    }
}
