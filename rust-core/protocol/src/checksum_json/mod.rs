//! checksum.json: every file of one bundle, and whom the bundle is for (design section 3).

mod device;
mod tree;
mod wire;

use std::collections::BTreeMap;

use crate::{
    AppId, BundleId, BundlePath, Error, MetadataFault, NativeRange, Platform, Sequence, Sha256Digest,
    UnixMillis, json::StrictText, limits, ordered, text,
};

pub use device::Device;
pub use tree::{check_paths, tree_digest};
pub use wire::ChecksumHead;
pub(crate) use wire::write_files;

/// The name of the description at the root of every bundle. It is not listed in itself.
pub const CHECKSUM_FILE: &str = "checksum.json";

/// The name of its signature file (see [`crate::envelope`]). It is not listed either.
pub const SIGNATURE_FILE: &str = "checksum.json.sig";

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Where it is in the bundle.
    pub path: BundlePath,
    /// SHA-256 of its bytes.
    pub digest: Sha256Digest,
    /// Its length in bytes.
    pub size: u64,
}

/// What a checksum.json says besides its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecksumFields {
    /// The app the bundle is for.
    pub app_id: AppId,
    /// The version for people; any single line of up to 128 bytes.
    pub version: String,
    /// The version for machines.
    pub sequence: Sequence,
    /// The platforms the bundle is for; empty means all.
    pub platforms: Vec<Platform>,
    /// The native versions it can run on; a platform without a range accepts every version.
    pub native: BTreeMap<Platform, NativeRange>,
    /// When it was packed.
    pub timestamp: UnixMillis,
    /// From when on it may no longer be started; default: never.
    pub expires: Option<UnixMillis>,
}

/// A checksum.json whose every rule holds: holding one is the proof.
///
/// Paths are safe, sorted, and distinct on every file system; no file is also a directory; `index.html`
/// is there; the id is the tree digest; counts and sizes are within [`limits`]. Whether it is *signed* is
/// the business of [`crate::envelope::Envelope::verify`], whether it is for this device that of
/// [`ChecksumJson::check_device`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecksumJson {
    fields: ChecksumFields,
    id: BundleId,
    files: Vec<FileEntry>,
    total_size: u64,
}

impl ChecksumJson {
    /// Describes a tree. The files may come in any order.
    ///
    /// # Errors
    /// `metadata_invalid`, naming the rule that the tree or a field breaks.
    pub fn new(fields: ChecksumFields, mut files: Vec<FileEntry>) -> Result<ChecksumJson, Error> {
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        check_version(&fields.version)?;
        let distinct = ordered::set(&fields.platforms);
        if distinct.len() != fields.platforms.len() {
            return Err(invalid("a platform is listed twice"));
        }
        let total_size = tree::check(&files)?;
        let id = tree_digest(&files);
        Ok(ChecksumJson {
            fields,
            id,
            files,
            total_size,
        })
    }

    /// Reads and checks a checksum.json. Unknown fields are allowed: they are covered by the signature.
    ///
    /// # Errors
    /// `metadata_invalid` if it is not strict JSON or breaks a rule, `path_unsafe` for an unsafe path.
    pub fn parse(bytes: &[u8]) -> Result<ChecksumJson, Error> {
        let text = StrictText::check(bytes, limits::CHECKSUM_JSON_BYTES)
            .map_err(|fault| fault.inside(CHECKSUM_FILE))?;
        let (claimed, fields, files) = wire::read(text)?;
        if !files.is_sorted_by(|one, other| one.path < other.path) {
            return Err(invalid(
                "the files are not sorted by path, or one is listed twice",
            ));
        }
        let checksum = ChecksumJson::new(fields, files)?;
        if checksum.id != claimed {
            return Err(invalid("the id is not the tree digest of the files"));
        }
        Ok(checksum)
    }

    /// The bytes of the checksum.json; the same value always gives the same bytes.
    ///
    /// Fields that this version does not know are not kept: store and verify the bytes as received.
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::write(self)
    }

    /// What it says besides its files.
    pub fn fields(&self) -> &ChecksumFields {
        &self.fields
    }

    /// The tree digest of the files.
    pub fn id(&self) -> BundleId {
        self.id
    }

    /// The version for people.
    pub fn version(&self) -> &str {
        &self.fields.version
    }

    /// The version for machines.
    pub fn sequence(&self) -> Sequence {
        self.fields.sequence
    }

    /// The app the bundle is for.
    pub fn app_id(&self) -> &AppId {
        &self.fields.app_id
    }

    /// The platforms the bundle is for; empty means all.
    pub fn platforms(&self) -> &[Platform] {
        &self.fields.platforms
    }

    /// The native versions the bundle can run on, by platform.
    pub fn native(&self) -> &BTreeMap<Platform, NativeRange> {
        &self.fields.native
    }

    /// From when on the bundle may no longer be started.
    pub fn expires(&self) -> Option<UnixMillis> {
        self.fields.expires
    }

    /// When the bundle was packed.
    pub fn timestamp(&self) -> UnixMillis {
        self.fields.timestamp
    }

    /// The files, sorted by the bytes of their paths.
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// The bytes of all files together.
    pub fn total_size(&self) -> u64 {
        self.total_size
    }
}

fn check_version(version: &str) -> Result<(), Error> {
    match text::is_one_line(version, limits::TEXT_BYTES) {
        true => Ok(()),
        false => Err(invalid("the version must be one line of 1 to 128 bytes")),
    }
}

fn invalid(detail: impl ToString) -> Error {
    MetadataFault::invalid(CHECKSUM_FILE, detail).into()
}
