//! Names below the root. Nothing else in the engine builds a path into the store.

use std::path::{Path, PathBuf};

use airlock_protocol::{BundleId, Sha256Digest};

/// Where the earlier roots lie, below the metadata.
pub(crate) const ROOT_HISTORY: &str = "root_history";

/// Name of the file that a server's 429 leaves.
pub(crate) const QUIET: &str = "quiet";

/// The paths of one store.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn state_lock(&self) -> PathBuf {
        self.root.join("state.lock")
    }

    pub(crate) fn sync_lock(&self) -> PathBuf {
        self.root.join("sync.lock")
    }

    pub(crate) fn metadata(&self) -> PathBuf {
        self.root.join("metadata")
    }

    /// The highest `manifestVersion` that was accepted (`updateProtocol: vicius`).
    pub(crate) fn counter(&self) -> PathBuf {
        self.metadata().join("manifest-version.json")
    }

    /// What waits to be told to the server at `statsUrl`.
    pub(crate) fn statistics(&self) -> PathBuf {
        self.root.join("statistics.json")
    }

    pub(crate) fn bundles(&self) -> PathBuf {
        self.root.join("bundles")
    }

    pub(crate) fn bundle(&self, id: &BundleId) -> PathBuf {
        self.bundles().join(id.to_string())
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    pub(crate) fn staged(&self, name: &str) -> PathBuf {
        self.staging().join(name)
    }

    pub(crate) fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    pub(crate) fn download(&self, digest: &Sha256Digest) -> PathBuf {
        self.downloads().join(format!("{digest}.part"))
    }

    /// What is needed to go on with that download.
    pub(crate) fn resume(&self, digest: &Sha256Digest) -> PathBuf {
        self.downloads().join(format!("{digest}.resume"))
    }

    /// Until when no server is asked.
    pub(crate) fn quiet(&self) -> PathBuf {
        self.downloads().join(QUIET)
    }

    /// What failed lately.
    pub(crate) fn failures(&self) -> PathBuf {
        self.root.join("failures.json")
    }

    /// When a server was asked last.
    pub(crate) fn checked(&self) -> PathBuf {
        self.root.join("checked")
    }

    pub(crate) fn trash(&self) -> PathBuf {
        self.root.join("trash")
    }
}
