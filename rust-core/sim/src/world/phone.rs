//! A phone: a disk that outlives processes, and processes that each have an engine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use airlock_engine::ports::{Disk, SeededRandom};
use airlock_engine::{Config, Engine, Host, NoEvents};
use airlock_protocol::{NativeVersion, Platform, UnixMillis};

use super::clock::FakeClock;
use super::network::FakeNetwork;
use super::shop::{PUBLISHED_AT, Shop};
use crate::disk::{FakeDisk, Lie, LyingDisk, Tree};

/// Where the store lies.
pub const ROOT: &str = "/data/app/airlock";
/// Where the embedded bundle lies.
pub const EMBEDDED: &str = "/apk/public";

const HOUR: u64 = 3_600_000;

/// One device of the shop's app.
pub struct Phone {
    /// What survives processes, and perhaps power cuts.
    pub disk: FakeDisk,
    /// What it can reach.
    pub network: FakeNetwork,
    /// What time it thinks it is.
    pub clock: FakeClock,
    shop: Arc<Shop>,
    native: NativeVersion,
    /// A planted bug.
    lie: Option<Lie>,
    /// Processes so far: each draws other launch tokens.
    boots: AtomicU64,
}

impl Phone {
    /// A phone with the app freshly installed, and a server that shows `published` releases.
    pub fn new(shop: &Arc<Shop>, published: usize) -> Self {
        let mut tree = Tree::default();
        for (name, bytes) in &shop.embedded().tree {
            tree.furnish(&Path::new(EMBEDDED).join(name), bytes);
        }
        tree.furnish(Path::new("/data/app/databases/notes.db"), b"what the user wrote");
        Self {
            disk: FakeDisk::new(tree),
            network: FakeNetwork::new(Arc::clone(shop), published),
            clock: FakeClock::at(UnixMillis::new(PUBLISHED_AT + HOUR)),
            shop: Arc::clone(shop),
            native: "1.0.0".parse().expect("a version"),
            lie: None,
            boots: AtomicU64::new(0),
        }
    }

    /// The same phone with another disk, and a world of its own around it.
    pub fn with_disk(&self, tree: Tree) -> Self {
        Self {
            disk: FakeDisk::new(tree),
            network: self.network.fork(),
            clock: FakeClock::at(UnixMillis::new(self.clock.millis())),
            shop: Arc::clone(&self.shop),
            native: self.native.clone(),
            lie: self.lie,
            boots: AtomicU64::new(self.boots.load(Ordering::Relaxed)),
        }
    }

    /// Plants a bug.
    #[must_use]
    pub fn lying(mut self, lie: Option<Lie>) -> Self {
        self.lie = lie;
        self
    }

    /// The native app is replaced.
    pub fn set_native(&mut self, version: &str) {
        self.native = version.parse().expect("a version");
    }

    /// The releases.
    pub fn shop(&self) -> &Shop {
        &self.shop
    }

    /// A new process.
    pub fn boot(&self) -> Engine {
        self.boot_with(|_| {})
    }

    /// A new process of an app whose store lies elsewhere now.
    pub fn boot_at(&self, root: &str) -> Engine {
        self.engine(root, |_| {})
    }

    /// A new process under a changed configuration.
    pub fn boot_with(&self, change: impl FnOnce(&mut serde_json::Value)) -> Engine {
        self.engine(ROOT, change)
    }

    fn engine(&self, root: &str, change: impl FnOnce(&mut serde_json::Value)) -> Engine {
        let mut json = serde_json::from_slice(self.shop.config()).expect("the shop's configuration");
        change(&mut json);
        let config = Config::parse(json.to_string().as_bytes()).expect("a configuration");
        let boot = self.boots.fetch_add(1, Ordering::Relaxed);
        let host = Host {
            root: root.into(),
            embedded: EMBEDDED.into(),
            platform: Platform::Android,
            native_version: Some(self.native.clone()),
            clock: Box::new(self.clock.clone()),
            random: Box::new(SeededRandom(boot)),
            transport: Box::new(self.network.clone()),
            events: Box::new(NoEvents),
        };
        let disk: Box<dyn Disk> = match self.lie {
            Some(lie) => Box::new(LyingDisk::new(self.disk.clone(), lie)),
            None => Box::new(self.disk.clone()),
        };
        Engine::on_disk(config, host, disk)
    }
}
