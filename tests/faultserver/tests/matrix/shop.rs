//! The author's side: an embedded 1.0.0, and 2.0.0 and 3.0.0 published by the real publisher.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use airlock_faultserver::Site;
use airlock_protocol::{ChecksumFields, Sequence, UnixMillis};
use airlock_publisher::key::{KeyType, PrivateKey};
use airlock_publisher::progress::Unwatched;
use airlock_publisher::{Bundle, Keys, NewRelease, PublishLock, Repository, Signers, WebTree};
use tempfile::TempDir;

/// Bytes of noise in each release: the archive has several pieces, and half of it is still many.
const NOISE: u64 = 200_000;

/// Bytes of noise that each release has more than the one before: its archive is the longer one, whatever the keys of this
/// run make of the compressed signatures, so an older file in its place is always told by its hash.
const GROWTH: u64 = 64;

/// What is published, and everything that was.
pub(crate) struct Shop {
    home: TempDir,
    pub(crate) now: u64,
    /// The repository that shows 2.0.0 as the newest.
    pub(crate) second: Arc<Site>,
    /// The one that shows 3.0.0; what lay at the same place before is 2.0.0's.
    pub(crate) third: Arc<Site>,
    /// Every file of 3.0.0, but for checksum.json.
    pub(crate) tree: BTreeMap<String, Vec<u8>>,
    pub(crate) config: String,
    /// Bytes of 3.0.0's archive.
    pub(crate) archive_bytes: u64,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = UnixMillis::new(now.as_millis() as u64);
        let key = || PrivateKey::generate(KeyType::Ed25519).unwrap();
        let (root, release) = (key(), key());
        let repository = home.path().join("repository");
        fs::write(home.path().join("lock"), "").unwrap();
        let lock = || PublishLock::acquire(&home.path().join("lock")).unwrap();
        let channel: airlock_protocol::ChannelName = "stable".parse().unwrap();
        let keys = Keys {
            root: &root,
            release: &release,
        };
        Repository::create(&repository, &keys, std::slice::from_ref(&channel), now, lock()).unwrap();
        let publish = |sequence: u64| {
            let tree = WebTree::read(&web(home.path(), sequence), &Unwatched).unwrap();
            let bundle = Bundle::describe(&tree, fields(sequence, now)).unwrap();
            let signers = Signers::one(&release).unwrap();
            let bundle = bundle.signed(&signers).unwrap();
            let new = NewRelease {
                bundle: &bundle,
                rollout: None,
                mandatory: false,
                notes: None,
            };
            let mut open = Repository::open(&repository, lock()).unwrap();
            open.publish(&channel, &new, &signers, now, &Unwatched).unwrap();
            files(&repository)
        };
        web(home.path(), 1);
        let (older, newer) = (publish(2), publish(3));
        let archive = newer.iter().find(|(path, _)| is(path, 3, ".bundle.zip")).unwrap();
        let config = format!(
            r#"{{"appId":"com.example.app","publicKey":{:?},"updateUrl":"URL"}}"#,
            root.public_key().unwrap().to_pem()
        );
        Self {
            now: now.get(),
            second: Arc::new(site(&older, &older)),
            third: Arc::new(site(&newer, &older)),
            tree: files(&home.path().join("3")),
            config,
            archive_bytes: archive.1.len() as u64,
            home,
        }
    }

    /// The web folder that the app binary ships.
    pub(crate) fn embedded(&self) -> PathBuf {
        self.home.path().join("1")
    }
}

fn is(path: &str, sequence: u64, end: &str) -> bool {
    path.starts_with(&format!("targets/stable/{sequence}/")) && path.ends_with(end)
}

fn site(files: &BTreeMap<String, Vec<u8>>, before: &BTreeMap<String, Vec<u8>>) -> Site {
    let mut site = Site::default();
    for (path, bytes) in files {
        site.put(path, bytes.clone());
        let older = match ["checksum.json", "bundle.zip"]
            .iter()
            .find(|end| is(path, 3, end))
        {
            Some(end) => before
                .iter()
                .find(|(path, _)| is(path, 2, end))
                .map(|(_, bytes)| bytes),
            None => before.get(path),
        };
        if let Some(older) = older.filter(|older| *older != bytes) {
            site.put_older(path, older.clone());
        }
    }
    site
}

fn web(home: &Path, sequence: u64) -> PathBuf {
    let folder = home.join(sequence.to_string());
    fs::create_dir_all(folder.join("assets")).unwrap();
    fs::write(folder.join("index.html"), format!("<h1>{sequence}</h1>")).unwrap();
    let mut state = sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let noise: Vec<u8> = (0..NOISE + sequence * GROWTH)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect();
    fs::write(folder.join("assets/noise.bin"), noise).unwrap();
    folder
}

fn fields(sequence: u64, now: UnixMillis) -> ChecksumFields {
    ChecksumFields {
        app_id: "com.example.app".parse().unwrap(),
        version: format!("{sequence}.0.0"),
        sequence: Sequence::try_from(sequence).unwrap(),
        platforms: Vec::new(),
        native: BTreeMap::new(),
        timestamp: now,
        expires: None,
    }
}

/// Every file below a folder, by its path.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => {
                    let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, fs::read(path).unwrap());
                }
            }
        }
    }
    found
}
