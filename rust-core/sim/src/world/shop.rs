//! The author's side: a web app in several releases, signed and published by the real publisher, and kept in
//! memory as a server would show it after each publication.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use airlock_protocol::{CHECKSUM_FILE, ChecksumFields, Sequence, UnixMillis};
use airlock_publisher::key::{KeyType, PrivateKey};
use airlock_publisher::progress::Unwatched;
use airlock_publisher::{Bundle, Keys, NewRelease, PublishLock, Repository, Signers, WebTree};

use crate::dice::Dice;

/// Where devices find the repository.
pub(super) const BASE_URL: &str = "https://updates.example/app/";
const APP_ID: &str = "com.example.app";
const CHANNEL: &str = "stable";
const TIMESTAMP: &str = "metadata/timestamp.json";

/// The moment at which everything is published: a day in 2027, so that nothing hangs on today.
pub(crate) const PUBLISHED_AT: u64 = 1_800_000_000_000;

/// How the page of a release behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It reports ready.
    Good,
    /// It crashes, and the system says so.
    Crashes,
    /// It shows a white page for ever.
    Hangs,
    /// Its process dies without a word.
    Dies,
}

/// The releases of every shop, from sequence 2 on; 1 is embedded.
const MANNERS: &[Manner] = &[
    Manner::Good,
    Manner::Good,
    Manner::Crashes,
    Manner::Good,
    Manner::Hangs,
    Manner::Good,
    Manner::Dies,
    Manner::Good,
];

/// One release, as the checker knows it.
#[derive(Debug)]
pub struct Release {
    /// The tree digest.
    pub id: String,
    /// `<sequence>.0.0`.
    pub version: String,
    /// Its number.
    pub sequence: u64,
    /// How its page behaves.
    pub manner: Manner,
    /// Every file that is served, checksum.json included.
    pub tree: BTreeMap<String, Arc<Vec<u8>>>,
}

impl Release {
    /// Bytes of its tree.
    pub fn bytes(&self) -> u64 {
        self.tree.values().map(|file| file.len() as u64).sum()
    }
}

/// All releases and the repository that shows them.
pub struct Shop {
    /// The embedded bundle first, then those published, in order.
    releases: Vec<Release>,
    files: BTreeMap<String, Arc<Vec<u8>>>,
    /// `timestamp.json` after each number of publications.
    timestamps: Vec<Arc<Vec<u8>>>,
    config: Vec<u8>,
}

impl Shop {
    /// Publishes every release with `files` files each.
    pub fn open(files: usize) -> Arc<Self> {
        let home = tempfile::tempdir().expect("a temporary directory");
        let at = |name: &str| home.path().join(name);
        let key = || PrivateKey::generate(KeyType::Ed25519).expect("a key");
        let (root, release_key) = (key(), key());
        let repository = at("repository");
        fs::write(at("lock"), "").expect("a file");
        let lock = || PublishLock::acquire(&at("lock")).expect("the lock");
        let channel = CHANNEL.parse().expect("a channel name");
        let (now, keys) = (
            UnixMillis::new(PUBLISHED_AT),
            Keys {
                root: &root,
                release: &release_key,
            },
        );
        Repository::create(&repository, &keys, std::slice::from_ref(&channel), now, lock())
            .expect("a repository");

        let embedded = write_web(&at("1"), 1, files);
        let mut shop = Self {
            releases: vec![described(&embedded, 1, Manner::Good, &release_key)],
            files: BTreeMap::new(),
            timestamps: vec![Arc::new(fs::read(repository.join(TIMESTAMP)).expect("metadata"))],
            config: config(&root),
        };
        for (sequence, manner) in (2..).zip(MANNERS) {
            let web = write_web(&at(&sequence.to_string()), sequence, files);
            shop.releases
                .push(described(&web, sequence, *manner, &release_key));
            let tree = WebTree::read(&web, &Unwatched).expect("a web folder");
            let bundle = bundle(&tree, sequence, &release_key);
            let release = NewRelease {
                bundle: &bundle,
                rollout: None,
                mandatory: false,
                notes: None,
            };
            let signers = Signers::one(&release_key).expect("a key");
            let mut open = Repository::open(&repository, lock()).expect("the repository");
            open.publish(&channel, &release, &signers, now, &Unwatched)
                .expect("a publication");
            shop.timestamps
                .push(Arc::new(fs::read(repository.join(TIMESTAMP)).expect("metadata")));
        }
        read_below(&repository, "", &mut shop.files);
        Arc::new(shop)
    }

    /// The releases, without the embedded one.
    pub fn releases(&self) -> &[Release] {
        &self.releases[1..]
    }

    /// The embedded bundle.
    pub fn embedded(&self) -> &Release {
        &self.releases[0]
    }

    /// The release with this tree digest.
    pub fn by_id(&self, id: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.id == id)
    }

    /// The release with this version.
    pub fn by_version(&self, version: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.version == version)
    }

    /// The newest release whose page works, of the first `published`.
    pub fn newest_good(&self, published: usize) -> &Release {
        let good = |release: &&Release| release.manner == Manner::Good;
        let shown = self.releases.get(..=published).unwrap_or(&self.releases);
        shown.iter().rfind(good).unwrap_or(self.embedded())
    }

    /// Where the archive of the release with this number lies, and its SHA-256: the name begins with it.
    pub fn archive(&self, number: usize) -> (String, String) {
        let folder = format!("targets/{CHANNEL}/{number}/");
        let name = self.files.keys().find_map(|path| {
            let name = path.strip_prefix(&folder)?;
            name.strip_suffix(".bundle.zip")
        });
        let digest = name.expect("it was published");
        (
            format!("{BASE_URL}{folder}{digest}.bundle.zip"),
            digest.to_owned(),
        )
    }

    pub(super) fn config(&self) -> &[u8] {
        &self.config
    }

    pub(super) fn file(&self, path: &str, published: usize) -> Option<&[u8]> {
        match path {
            TIMESTAMP => self.timestamps.get(published).map(|bytes| bytes.as_slice()),
            other => self.files.get(other).map(|bytes| bytes.as_slice()),
        }
    }
}

fn config(root: &PrivateKey) -> Vec<u8> {
    let pem = root.public_key().expect("a public key").to_pem();
    let config = serde_json::json!({
        "appId": APP_ID, "updateUrl": BASE_URL, "channel": CHANNEL, "publicKey": pem,
    });
    config.to_string().into_bytes()
}

/// A web app: most files are the same in all releases, each has some of its own.
fn write_web(folder: &Path, sequence: u64, files: usize) -> std::path::PathBuf {
    fs::create_dir_all(folder.join("assets")).expect("a folder");
    for number in 0..files.max(2) {
        let name = match number {
            0 => "index.html".to_owned(),
            _ => format!("assets/chunk-{number}.js"),
        };
        let changes = number < 3 || number as u64 % 7 == sequence % 7;
        let edition = if changes { sequence } else { 0 };
        let bytes = match number {
            1 => noise(edition, number, 24 * 1024),
            _ => noise(edition, number, 300 + number * 61 % 2_900),
        };
        fs::write(folder.join(name), bytes).expect("a file");
    }
    folder.to_owned()
}

fn noise(edition: u64, number: usize, bytes: usize) -> Vec<u8> {
    let mut dice = Dice::new(edition, number as u64);
    (0..bytes).map(|_| b' ' + dice.roll(90) as u8).collect()
}

fn bundle<'t>(tree: &'t WebTree, sequence: u64, key: &PrivateKey) -> Bundle<'t> {
    let fields = ChecksumFields {
        app_id: APP_ID.parse().expect("an app id"),
        version: format!("{sequence}.0.0"),
        sequence: Sequence::try_from(sequence).expect("a sequence"),
        platforms: Vec::new(),
        native: BTreeMap::new(),
        timestamp: UnixMillis::new(PUBLISHED_AT),
        expires: None,
    };
    let bundle = Bundle::describe(tree, fields).expect("a bundle");
    let signers = Signers::one(key).expect("a key");
    bundle.signed(&signers).expect("a signature")
}

/// What the checker knows of a release, from the author's side alone.
fn described(web: &Path, sequence: u64, manner: Manner, key: &PrivateKey) -> Release {
    let tree = WebTree::read(web, &Unwatched).expect("a web folder");
    let bundle = bundle(&tree, sequence, key);
    let mut files = BTreeMap::new();
    read_below(web, "", &mut files);
    files.insert(
        CHECKSUM_FILE.to_owned(),
        Arc::new(bundle.checksum_bytes().to_vec()),
    );
    Release {
        id: bundle.checksum().id().to_string(),
        version: format!("{sequence}.0.0"),
        sequence,
        manner,
        tree: files,
    }
}

fn read_below(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Arc<Vec<u8>>>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => read_below(&entry.path(), &format!("{path}/"), files),
            false => drop(files.insert(path, Arc::new(fs::read(entry.path()).expect("a file")))),
        }
    }
}
