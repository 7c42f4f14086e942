//! An author's machine in a temporary folder.
#![allow(dead_code, reason = "every test binary uses its own part of this")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use airlock_protocol::keys::PublicKeys;
use airlock_protocol::tuf::Anchor;
use airlock_protocol::{ChannelName, ChecksumFields, Sequence, UnixMillis};
use airlock_publisher::audit::{self, Report};
use airlock_publisher::key::{KeyType, PrivateKey};
use airlock_publisher::progress::Unwatched;
use airlock_publisher::{
    Bundle, Keys, NewRelease, PublishLock, Published, Repository, Result, Signers, WebTree,
};
use tempfile::TempDir;

/// That many days after a moment in 2027: nothing depends on the clock.
pub(crate) fn day(days: u64) -> UnixMillis {
    UnixMillis::new(1_800_000_000_000 + days * 24 * 60 * 60 * 1000)
}

/// Keys, a web app and a repository with the channel `stable`.
pub(crate) struct Author {
    folder: TempDir,
    pub(crate) root: PrivateKey,
    pub(crate) release: PrivateKey,
}

impl Author {
    pub(crate) fn new() -> Author {
        let key = || PrivateKey::generate(KeyType::Ed25519).expect("a key");
        Author::with_keys(key(), key())
    }

    pub(crate) fn with_keys(root: PrivateKey, release: PrivateKey) -> Author {
        let author = Author {
            folder: tempfile::tempdir().expect("a folder"),
            root,
            release,
        };
        author.write("lock", "");
        author.write("dist/index.html", "<h1>one</h1>");
        author.write("dist/assets/app.js", "console.log('hello');\n".repeat(100));
        let keys = Keys {
            root: &author.root,
            release: &author.release,
        };
        Repository::create(
            &author.repository(),
            &keys,
            &[channel("stable")],
            day(0),
            author.lock(),
        )
        .expect("a repository");
        author
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.path("repository")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// The release key alone.
    pub(crate) fn daily(&self) -> Signers<'_> {
        Signers::one(&self.release).expect("a key")
    }

    pub(crate) fn lock(&self) -> PublishLock {
        PublishLock::acquire(&self.path("lock")).expect("the lock")
    }

    pub(crate) fn open(&self) -> Result<Repository> {
        Repository::open(&self.repository(), self.lock())
    }

    /// Publishes `dist` on day 1.
    pub(crate) fn publish(&self, channel_name: &str, sequence: u64) -> Result<Published> {
        self.publish_with(channel_name, sequence, None, &self.release)
    }

    pub(crate) fn publish_with(
        &self,
        channel_name: &str,
        sequence: u64,
        notes: Option<&str>,
        key: &PrivateKey,
    ) -> Result<Published> {
        let tree = WebTree::read(&self.path("dist"), &Unwatched)?;
        let signers = Signers::one(key)?;
        let bundle = Bundle::describe(&tree, fields(sequence))?.signed(&signers)?;
        let release = NewRelease {
            bundle: &bundle,
            rollout: None,
            mandatory: false,
            notes: notes.map(str::to_owned),
        };
        self.open()?
            .publish(&channel(channel_name), &release, &signers, day(1), &Unwatched)
    }

    /// What a device with the root key sees.
    pub(crate) fn audit(&self, now: UnixMillis) -> Result<Report> {
        let key = self.root.public_key().expect("a public key");
        let anchor = Anchor::Keys(PublicKeys::new(vec![key], 1).expect("one key"));
        audit::repository(&self.repository(), &anchor, now, &Unwatched)
    }

    /// The sequences that a device sees on a channel, on day 1.
    pub(crate) fn sequences(&self, channel_name: &str) -> Vec<u64> {
        let report = self.audit(day(1)).expect("a repository that devices accept");
        report.channels[&channel(channel_name)]
            .iter()
            .map(|release| release.sequence.get())
            .collect()
    }

    /// The repository's files and their content.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.repository(), &self.repository(), &mut files);
        files
    }
}

pub(crate) fn channel(name: &str) -> ChannelName {
    name.parse().expect("a channel name")
}

/// What the author says about the bundle with this sequence.
pub(crate) fn fields(sequence: u64) -> ChecksumFields {
    ChecksumFields {
        app_id: "com.example.app".parse().expect("an app id"),
        version: format!("1.0.{sequence}"),
        sequence: Sequence::try_from(sequence).expect("a sequence"),
        platforms: Vec::new(),
        native: BTreeMap::new(),
        expires: None,
        timestamp: day(0),
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below the root").to_owned();
            files.insert(name, fs::read(&path).expect("a file"));
        }
    }
}
