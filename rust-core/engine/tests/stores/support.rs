//! An engine on a directory, without a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use airlock_engine::ports::{FixedClock, Get, Got, SeededRandom, Transport};
use airlock_engine::store::SLOT_SIZE;
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
            embedded: self.directory.path().join("www").into(),
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

/// The configuration of the app whose store `schema-1/` is.
pub(crate) const UPDATED_APP: &str = r#"{"appId":"com.example.app","autoDeletePrevious":false,
    "publicKey":"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAIJD2CrQdy6CnxLIiZSoQf7jSpwQEUSjOJTtU3PZ7X7g=\n-----END PUBLIC KEY-----\n"}"#;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// The store as an app update finds it.
pub(crate) fn store_of_schema_1() -> Store {
    let store = Store::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores/schema-1");
    copy(&fixture, &store.root());
    fs::create_dir(store.root().join("bundles")).unwrap();
    for entry in fs::read_dir(&fixture).unwrap() {
        let name = entry.unwrap().file_name();
        match name.to_str().unwrap() {
            "state.a" | "state.b" => {
                let mut slot = fs::read(fixture.join(&name)).unwrap();
                slot.resize(SLOT_SIZE, 0);
                fs::write(store.root().join(&name), slot).unwrap();
            }
            id => fs::rename(store.root().join(id), store.root().join("bundles").join(id)).unwrap(),
        }
    }
    store
}
