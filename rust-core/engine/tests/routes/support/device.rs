//! A device with an embedded bundle, and what a sync on it came to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use airlock_engine::ports::{FixedClock, SeededRandom};
use airlock_engine::{Config, Detour, EmbeddedSource, Engine, Event, EventSink, Host, Route, Sync};
use airlock_protocol::{Code, Platform, UnixMillis};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Author, Bundle, Server};

pub(crate) struct Device {
    directory: TempDir,
    embedded: EmbeddedSource,
    server: Server,
    events: Events,
}

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<Event>>>);

impl EventSink for Events {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Device {
    /// With this bundle in a directory.
    pub(crate) fn new(embedded: &Bundle, server: &Server) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("public");
        for (path, bytes) in with_description(embedded) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Self::with(directory, EmbeddedSource::Directory(root), server)
    }

    /// With this bundle in an APK, one half of it stored and the other deflated.
    pub(crate) fn in_apk(embedded: &Bundle, server: &Server) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let apk = directory.path().join("base.apk");
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let methods = [CompressionMethod::Stored, CompressionMethod::Deflated];
        for (place, (path, bytes)) in with_description(embedded).into_iter().enumerate() {
            let options = SimpleFileOptions::default().compression_method(methods[place % 2]);
            writer
                .start_file(format!("assets/public/{path}"), options)
                .unwrap();
            writer.write_all(&bytes).unwrap();
        }
        fs::write(&apk, writer.finish().unwrap().into_inner()).unwrap();
        Self::with(directory, EmbeddedSource::Apk(vec![apk]), server)
    }

    fn with(directory: TempDir, embedded: EmbeddedSource, server: &Server) -> Self {
        Self {
            directory,
            embedded,
            server: server.clone(),
            events: Events::default(),
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine_of(Config::parse(Author::config().as_bytes()).unwrap())
    }

    pub(crate) fn engine_of(&self, config: Config) -> Engine {
        let host = Host {
            root: self.directory.path().join("store"),
            embedded: self.embedded.clone(),
            platform: Platform::Android,
            native_version: Some("1.0.0".parse().unwrap()),
            clock: Box::new(FixedClock(UnixMillis::new(1_795_587_000_000))),
            random: Box::new(SeededRandom(7)),
            transport: Box::new(self.server.clone()),
            events: Box::new(self.events.clone()),
        };
        Engine::new(config, host)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    /// What the app has heard.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.0.lock().unwrap().clone()
    }

    /// Syncs, and holds what is on the disk against what was published, byte for byte.
    pub(crate) fn sync(&self, expected: &Bundle) -> (Route, Vec<Detour>) {
        let (route, detours) = arrival(self.engine().sync().unwrap());
        let mut tree = expected.files.clone();
        tree.insert("checksum.json".to_owned(), expected.text.clone());
        assert_eq!(read_tree(&self.bundle(expected), ""), tree);
        assert_eq!(
            self.left_over(),
            Vec::<String>::new(),
            "what is temporary is gone"
        );
        (route, detours)
    }

    pub(crate) fn bundle(&self, bundle: &Bundle) -> PathBuf {
        let id = bundle.checksum.id().to_string();
        self.directory.path().join("store/bundles").join(id)
    }

    /// What lies in the directories for things under way.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let places = ["staging", "downloads", "trash"];
        let places = places.map(|place| self.directory.path().join("store").join(place));
        let entries = places.iter().filter_map(|place| fs::read_dir(place).ok());
        let names = entries.flat_map(|entries| entries.flatten().map(|entry| entry.file_name()));
        names.map(|name| name.into_string().unwrap()).collect()
    }

    /// Percent and bytes of each progress event.
    pub(crate) fn progress(&self) -> Vec<(u8, u64)> {
        let events = self.events.0.lock().unwrap();
        let progress = events.iter().filter_map(|event| match event {
            Event::Download { percent, bytes, .. } => Some((*percent, *bytes)),
            _ => None,
        });
        progress.collect()
    }
}

/// How a sync that installed something got it.
pub(crate) fn arrival(sync: Sync) -> (Route, Vec<Detour>) {
    match sync {
        Sync::Staged { route, detours, .. } => (route, detours),
        other => panic!("nothing was staged: {other:?}"),
    }
}

/// Way and code of each detour.
pub(crate) fn codes(detours: &[Detour]) -> Vec<(Route, Code)> {
    detours.iter().map(|detour| (detour.route, detour.code)).collect()
}

fn with_description(bundle: &Bundle) -> Vec<(String, Vec<u8>)> {
    let own = ("checksum.json".to_owned(), bundle.text.clone());
    bundle.files.clone().into_iter().chain([own]).collect()
}

fn read_tree(folder: &Path, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut tree = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => tree.extend(read_tree(&entry.path(), &format!("{path}/"))),
            false => drop(tree.insert(path, fs::read(entry.path()).unwrap())),
        }
    }
    tree
}
