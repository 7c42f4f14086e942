//! The embedded bundle: shipped inside the app binary, always bootable.

mod apk;

use std::path::PathBuf;

use airlock_protocol::{BundleId, CHECKSUM_FILE, ChecksumHead, Sequence, limits};

pub(crate) use apk::Assets;

use crate::error::Error;
use crate::install::{Base, Depth, verify_tree};
use crate::ports::Disk;
use crate::records::{Bundle, BundleStatus, Origin};
use crate::store::read_capped;

/// The id of an embedded bundle that carries no checksum.json.
pub(crate) const UNNAMED: &str = "embedded";

/// Where the embedded bundle lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbeddedSource {
    /// In a directory (iOS, desktops).
    Directory(PathBuf),
    /// In installed APK files, the base first: the entries below `assets/public/` (Android). They do not change
    /// while the process lives, because Android ends it before it replaces them.
    Apk(Vec<PathBuf>),
}

impl From<PathBuf> for EmbeddedSource {
    fn from(directory: PathBuf) -> Self {
        Self::Directory(directory)
    }
}

impl From<&str> for EmbeddedSource {
    fn from(directory: &str) -> Self {
        Self::Directory(directory.into())
    }
}

impl EmbeddedSource {
    /// Looks for a checksum.json (`airlock pack --in-place` writes it). Reading it never fails (R6): without a
    /// readable one there is none.
    pub(crate) fn describe(&self, disk: &dyn Disk) -> Option<ChecksumHead> {
        ChecksumHead::parse(&self.checksum_json(disk)?).ok()
    }

    /// The bundle as something to copy from, if it is `id`.
    pub(crate) fn base<'d>(&self, disk: &'d dyn Disk, id: &BundleId) -> Option<Base<'d>> {
        match self {
            Self::Directory(root) => Base::in_directory(disk, root, id),
            Self::Apk(files) => Base::in_apk(disk, files, id),
        }
    }

    fn checksum_json(&self, disk: &dyn Disk) -> Option<Vec<u8>> {
        let max = limits::CHECKSUM_JSON_BYTES;
        match self {
            Self::Directory(root) => read_capped(disk, &root.join(CHECKSUM_FILE), max).ok().flatten(),
            Self::Apk(files) => Assets::open(disk, files)
                .ok()?
                .read(CHECKSUM_FILE, max)
                .ok()
                .flatten(),
        }
    }

    /// What a launch names as the place of the files. That of an APK is no directory: the host serves it with
    /// the system's own asset manager.
    fn root(&self) -> PathBuf {
        let place = match self {
            Self::Directory(root) => root.clone(),
            Self::Apk(files) => files
                .first()
                .map_or_else(PathBuf::new, |base| base.join(apk::FOLDER)),
        };
        std::path::absolute(&place).unwrap_or(place)
    }

    /// Checks every byte against the bundle's own checksum.json, which must be that of `id`.
    fn verify(&self, disk: &dyn Disk, id: &BundleId) -> Result<(), Error> {
        match self {
            Self::Directory(root) => verify_tree(disk, root, Some(id), Depth::Bytes).map(drop),
            Self::Apk(files) => apk::verify(disk, files, id),
        }
    }
}

/// What is known of the embedded bundle.
#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    source: EmbeddedSource,
    description: Option<ChecksumHead>,
    fallback_version: String,
}

impl Embedded {
    /// Without a description the bundle is known by the configured version, else the native version.
    pub(crate) fn new(
        source: EmbeddedSource,
        description: Option<ChecksumHead>,
        fallback_version: &str,
    ) -> Self {
        Self {
            source,
            description,
            fallback_version: fallback_version.to_owned(),
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.source.root()
    }

    /// Its directory, where it is one.
    pub(crate) fn directory(&self) -> Option<PathBuf> {
        match &self.source {
            EmbeddedSource::Directory(root) => Some(root.clone()),
            EmbeddedSource::Apk(_) => None,
        }
    }

    pub(crate) fn id(&self) -> Option<BundleId> {
        self.description.as_ref().map(|described| described.id)
    }

    pub(crate) fn sequence(&self) -> Option<Sequence> {
        self.description.as_ref().map(|described| described.sequence)
    }

    pub(crate) fn id_text(&self) -> String {
        self.id().map_or_else(|| UNNAMED.to_owned(), |id| id.to_string())
    }

    pub(crate) fn is_named(&self, id: &str) -> bool {
        id == UNNAMED || self.id().is_some_and(|own| own.to_string() == id)
    }

    /// Checks every byte. A bundle without checksum.json has nothing to be held against: the binary's own
    /// signature covers it.
    pub(crate) fn verify(&self, disk: &dyn Disk) -> Result<(), Error> {
        self.id().map_or(Ok(()), |id| self.source.verify(disk, &id))
    }

    pub(crate) fn bundle(&self) -> Bundle {
        let described = self.description.as_ref();
        Bundle {
            id: self.id_text(),
            version: described
                .map_or(&self.fallback_version, |described| &described.version)
                .clone(),
            sequence: self.sequence().map(Sequence::get),
            status: BundleStatus::Confirmed,
            origin: Origin::Embedded,
            installed_at: None,
        }
    }
}
