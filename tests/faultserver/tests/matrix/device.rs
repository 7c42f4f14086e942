//! A device: the real engine over real HTTP on a real disk. Only its clock is not real: waits pass at once.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use airlock_engine::ports::{
    Clock, Get, Got, Head, HttpTransport, Insecure, SeededRandom, ServerTrust, Sink, Transport,
};
use airlock_engine::{Config, Engine, Error, EventSink, Host, NoEvents};
use airlock_protocol::{Platform, UnixMillis};
use tempfile::TempDir;

use crate::shop::{Shop, files};

/// Longest time that a server which is not slow on purpose may take on a busy machine.
pub(crate) const PATIENT: Duration = Duration::from_secs(30);
/// For servers that hang.
pub(crate) const IMPATIENT: Duration = Duration::from_millis(300);

pub(crate) struct Device<'s> {
    shop: &'s Shop,
    state: TempDir,
    clock: Hurried,
}

/// What one request handed over.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) url: String,
    pub(crate) max_bytes: u64,
    pub(crate) bytes: u64,
    pub(crate) largest_piece: usize,
}

pub(crate) type Ledger = Arc<Mutex<Vec<Handed>>>;

impl<'s> Device<'s> {
    pub(crate) fn new(shop: &'s Shop) -> Self {
        Self {
            shop,
            state: tempfile::tempdir().unwrap(),
            clock: Hurried(Arc::new(AtomicU64::new(shop.now + 60_000))),
        }
    }

    /// A new process of the app, and what its requests will have handed over.
    pub(crate) fn boot(&self, urls: &[&str], patience: Duration) -> (Engine, Ledger) {
        self.boot_heard_by(urls, patience, Box::new(NoEvents))
    }

    /// The same with a listener.
    pub(crate) fn boot_heard_by(
        &self,
        urls: &[&str],
        patience: Duration,
        events: Box<dyn EventSink>,
    ) -> (Engine, Ledger) {
        let (first, mirrors) = urls.split_first().unwrap();
        let mut config = self.shop.config.replace("URL", first);
        config.pop();
        config += &format!(r#","mirrors":{mirrors:?}}}"#);
        let ledger = Ledger::default();
        let http = HttpTransport::new(patience, Insecure::LoopbackOnly).trusting(Arc::new(Nobody));
        let host = Host {
            root: self.root(),
            embedded: self.shop.embedded().into(),
            platform: Platform::Android,
            native_version: Some("1.0.0".parse().unwrap()),
            clock: Box::new(self.clock.clone()),
            random: Box::new(SeededRandom(7)),
            transport: Box::new(Counting(http, Arc::clone(&ledger))),
            events,
        };
        (
            Engine::new(Config::parse(config.as_bytes()).unwrap(), host),
            ledger,
        )
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.state.path().join("store")
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.wait(time);
    }

    pub(crate) fn millis(&self) -> u64 {
        self.clock.now().get()
    }

    /// The files in `downloads/` and their lengths.
    pub(crate) fn downloads(&self) -> Vec<(String, usize)> {
        let found = files(&self.root().join("downloads"));
        found
            .into_iter()
            .map(|(name, bytes)| (name, bytes.len()))
            .collect()
    }

    /// Runs 2.0.0, confirmed.
    pub(crate) fn confirm_second(&self, url: &str) {
        let (engine, _) = self.boot(&[url], PATIENT);
        engine.sync().unwrap();
        let launch = engine.launch();
        assert!(engine.ready(&launch.token).unwrap().accepted);
        assert_eq!(engine.status().unwrap().current.version, "2.0.0");
    }
}

/// A clock by which waiting takes no time. Clones are the same clock.
#[derive(Clone)]
struct Hurried(Arc<AtomicU64>);

impl Clock for Hurried {
    fn now(&self) -> UnixMillis {
        UnixMillis::new(self.0.load(Ordering::SeqCst))
    }

    fn wait(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    }
}

/// No server here speaks TLS; asking the system for its certificates takes a while.
struct Nobody;

impl ServerTrust for Nobody {
    fn verify(&self, _: &str, _: &[&[u8]]) -> Result<(), String> {
        Err("nobody is trusted".to_owned())
    }
}

/// The real transport, and what it hands over.
struct Counting(HttpTransport, Ledger);

struct Counted<'s>(&'s mut dyn Sink, Handed);

impl Transport for Counting {
    fn get(&self, request: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error> {
        let handed = Handed {
            url: request.url.to_owned(),
            max_bytes: request.max_bytes,
            bytes: 0,
            largest_piece: 0,
        };
        let mut counted = Counted(sink, handed);
        let got = self.0.get(request, &mut counted);
        self.1.lock().unwrap().push(counted.1);
        got
    }
}

impl Sink for Counted<'_> {
    fn begin(&mut self, head: &Head) -> Result<(), Error> {
        self.0.begin(head)
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.1.bytes += bytes.len() as u64;
        self.1.largest_piece = self.1.largest_piece.max(bytes.len());
        self.0.piece(bytes)
    }
}
