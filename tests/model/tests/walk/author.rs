//! The author: five releases, and the repository as it was after each of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use airlock_engine::Error;
use airlock_engine::ports::{Get, Got, Sink, Transport};
use airlock_model_tests::world::tree;
use airlock_protocol::{BundleId, ChannelName, ChecksumFields, Platform, Sequence, UnixMillis};
use airlock_publisher::key::{KeyType, PrivateKey};
use airlock_publisher::progress::Unwatched;
use airlock_publisher::{Bundle, Keys, NewRelease, PublishLock, Repository, Signers, WebTree};
use tempfile::TempDir;

pub(crate) const NOW: u64 = 1_800_000_000_000;

pub(crate) struct Author {
    folder: TempDir,
    key: PrivateKey,
    pub(crate) public_key: String,
    ids: [BundleId; 4],
}

fn fields(sequence: u8, native: Option<&str>) -> ChecksumFields {
    ChecksumFields {
        app_id: "com.example.app".parse().unwrap(),
        version: format!("{sequence}.0.0"),
        sequence: Sequence::try_from(u64::from(sequence)).unwrap(),
        platforms: Vec::new(),
        native: native
            .map(|range| (Platform::Android, range.parse().unwrap()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        expires: None,
        timestamp: UnixMillis::new(NOW),
    }
}

impl Author {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [root, key] = [(); 2].map(|()| PrivateKey::generate(KeyType::Ed25519).unwrap());
        fs::write(folder.path().join("lock"), "").unwrap();
        let mut author = Self {
            public_key: root.public_key().unwrap().to_pem(),
            folder,
            key,
            ids: [id_of_nothing(); 4],
        };
        let keys = Keys {
            root: &root,
            release: &author.key,
        };
        let channel: ChannelName = "stable".parse().unwrap();
        let now = UnixMillis::new(NOW);
        Repository::create(&author.path("repository"), &keys, &[channel], now, author.lock()).unwrap();
        copy(&author.path("repository"), &author.stage(0));
        for release in 1..=5 {
            author.publish(release);
            copy(&author.path("repository"), &author.stage(release));
        }
        for build in [1, 2] {
            author.embed(build);
        }
        author
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn lock(&self) -> PublishLock {
        PublishLock::acquire(&self.path("lock")).unwrap()
    }

    /// The repository after so many releases.
    pub(crate) fn stage(&self, releases: u8) -> PathBuf {
        self.path(&format!("after-{releases}"))
    }

    /// What native build 1 or 2 embeds; only the second says which release it is.
    pub(crate) fn embedded(&self, build: u8) -> PathBuf {
        self.path(&format!("embedded-{build}"))
    }

    pub(crate) fn id(&self, bundle: u8) -> BundleId {
        self.ids[usize::from(bundle) - 1]
    }

    pub(crate) fn number(&self, id: &str) -> u8 {
        (1..=4)
            .find(|bundle| self.id(*bundle).to_string() == id)
            .unwrap_or(0)
    }

    /// Bundles that were installed at the same moment make room in the order of their ids.
    pub(crate) fn rank(&self) -> [u8; 5] {
        let place = |bundle: u8| {
            let before = (1..=4).filter(|other| self.id(*other) < self.id(bundle));
            u8::try_from(before.count()).unwrap() + 1
        };
        [0, place(1), place(2), place(3), place(4)]
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        fs::create_dir_all(self.path(name)).unwrap();
        fs::write(self.path(name).join("index.html"), content).unwrap();
        self.path(name)
    }

    fn signers(&self) -> Signers<'_> {
        Signers::one(&self.key).unwrap()
    }

    fn publish(&mut self, release: u8) {
        let number = tree(release);
        let folder = self.write(&format!("web-{number}"), &format!("<h1>{number}</h1>"));
        let web = WebTree::read(&folder, &Unwatched).unwrap();
        let native = (release == 4).then_some("<2.0.0");
        let bundle = Bundle::describe(&web, fields(release, native)).unwrap();
        let bundle = bundle.signed(&self.signers()).unwrap();
        let new = NewRelease {
            bundle: &bundle,
            rollout: None,
            mandatory: false,
            notes: None,
        };
        let channel = "stable".parse().unwrap();
        let mut repository = Repository::open(&self.path("repository"), self.lock()).unwrap();
        let published = repository
            .publish(&channel, &new, &self.signers(), UnixMillis::new(NOW), &Unwatched)
            .unwrap();
        self.ids[usize::from(number) - 1] = published.id;
    }

    fn embed(&self, build: u8) {
        let folder = self.write(&format!("embedded-{build}"), "<h1>embedded</h1>");
        if build == 2 {
            let web = WebTree::read(&folder, &Unwatched).unwrap();
            let bundle = Bundle::describe(&web, fields(2, None)).unwrap();
            bundle.write_in_place().unwrap();
        }
    }
}

fn id_of_nothing() -> BundleId {
    BundleId::from(airlock_protocol::Sha256Digest::of(b""))
}

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

/// The web server: files of one folder.
pub(crate) struct Files(pub(crate) PathBuf);

pub(crate) const URL: &str = "https://updates.example.com";

impl Transport for Files {
    fn get(&self, request: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error> {
        let path = request.url.strip_prefix(URL).unwrap().trim_start_matches('/');
        match fs::read(self.0.join(path)) {
            Ok(bytes) => sink.piece(&bytes).map(|()| Got::Body),
            Err(_) => Ok(Got::Missing),
        }
    }
}
