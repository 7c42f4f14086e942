//! An engine on a directory, without a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use airlock_engine::ports::{FixedClock, Get, Got, SeededRandom, Transport};
use airlock_engine::{Config, Engine, Error, Host, NoEvents};
use airlock_protocol::{Platform, UnixMillis};
use tempfile::TempDir;

/// The day after the states of schema 1 were written.
pub(crate) const NOW_MS: u64 = 1_795_587_000_000;

pub(crate) struct Store {
    directory: TempDir,
}

struct NoNetwork;

impl Transport for NoNetwork {
    fn get(
        &self,
        request: &Get<'_>,
        _sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<Got, Error> {
        Err(Error::Download {
            url: request.url.to_owned(),
            reason: "there is no network here".to_owned(),
        })
    }
}

impl Store {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("www")).unwrap();
        fs::write(directory.path().join("www/index.html"), "<h1>one</h1>").unwrap();
        Self { directory }
    }

    pub(crate) fn root(&self) -> std::path::PathBuf {
        self.directory.path().join("store")
    }

    /// The engine of an app with this configuration, as a new process.
    pub(crate) fn engine(&self, config: &str) -> Engine {
        self.engine_of(Config::parse(config.as_bytes()).unwrap())
    }

    pub(crate) fn engine_of(&self, config: Config) -> Engine {
        let host = Host {
            root: self.root(),
            embedded: self.directory.path().join("www"),
            platform: Platform::Android,
            native_version: Some("3.1.0".parse().unwrap()),
            clock: Box::new(FixedClock(UnixMillis::new(NOW_MS))),
            random: Box::new(SeededRandom(7)),
            transport: Box::new(NoNetwork),
            events: Box::new(NoEvents),
        };
        Engine::new(config, host)
    }

    /// Every file of the store and its bytes.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.root(), &self.root(), &mut files);
        files
    }
}

fn collect(root: &Path, directory: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(root, &path, files),
            false => {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
}
