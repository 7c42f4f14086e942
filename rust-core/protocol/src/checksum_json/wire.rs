//! The JSON shape of a checksum.json. Field order here is the order in the file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CHECKSUM_FILE, ChecksumFields, ChecksumJson, FileEntry, check_version, invalid};
use crate::json::StrictText;
use crate::{AppId, BundleId, BundlePath, Error, NativeRange, Platform, Sequence, Sha256Digest, UnixMillis};

/// The only hash function a signed checksum.json may use.
const ALGORITHM: &str = "SHA256";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    id: BundleId,
    timestamp: UnixMillis,
    algorithm: String,
    app_id: AppId,
    version: String,
    sequence: Sequence,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    platforms: Vec<Platform>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    native: BTreeMap<Platform, NativeRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<UnixMillis>,
    #[serde(borrow)]
    files: Vec<WireFile<'a>>,
}

/// `path` stays plain text here so that an unsafe one is refused as such, not as malformed JSON.
#[derive(Serialize, Deserialize)]
struct WireFile<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    hash: Sha256Digest,
    size: u64,
}

/// What a checksum.json says of the bundle as a whole, its files unread: a launch looks at the embedded bundle's, and
/// reading thousands of lines took it a quarter of its time (docs/benchmarks.md).
///
/// Only for a file that is trusted as it lies there, inside the app binary: nothing proves the id.
/// [`ChecksumJson::parse`] is for all others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChecksumHead {
    /// The tree digest that is claimed.
    pub id: BundleId,
    /// The version for people.
    pub version: String,
    /// The version for machines.
    pub sequence: Sequence,
}

impl ChecksumHead {
    /// Reads the beginning of what [`ChecksumJson::parse`] reads.
    ///
    /// # Errors
    /// `metadata_invalid` if it is not JSON, or says one of the three not once and well-formed.
    pub fn parse(bytes: &[u8]) -> Result<ChecksumHead, Error> {
        let text = std::str::from_utf8(bytes).map_err(invalid)?;
        let head: ChecksumHead = serde_json::from_str(text).map_err(invalid)?;
        check_version(&head.version)?;
        Ok(head)
    }
}

/// The claimed id, the fields and the files; only their form is checked yet.
pub(super) fn read(text: StrictText<'_>) -> Result<(BundleId, ChecksumFields, Vec<FileEntry>), Error> {
    let wire: Wire<'_> = text.read().map_err(invalid)?;
    if wire.algorithm != ALGORITHM {
        return Err(invalid(format_args!(
            "the algorithm is {:?}, expected {ALGORITHM}",
            wire.algorithm
        )));
    }
    let files = wire
        .files
        .into_iter()
        .map(read_file)
        .collect::<Result<Vec<FileEntry>, Error>>()?;
    let fields = ChecksumFields {
        app_id: wire.app_id,
        version: wire.version,
        sequence: wire.sequence,
        platforms: wire.platforms,
        native: wire.native,
        timestamp: wire.timestamp,
        expires: wire.expires,
    };
    Ok((wire.id, fields, files))
}

fn read_file(file: WireFile<'_>) -> Result<FileEntry, Error> {
    let path = BundlePath::parse(&file.path).map_err(|fault| fault.inside(CHECKSUM_FILE))?;
    Ok(FileEntry {
        path,
        digest: file.hash,
        size: file.size,
    })
}

pub(super) fn write(checksum: &ChecksumJson) -> Vec<u8> {
    let fields = checksum.fields.clone();
    let wire = Wire {
        id: checksum.id,
        timestamp: fields.timestamp,
        algorithm: ALGORITHM.to_owned(),
        app_id: fields.app_id,
        version: fields.version,
        sequence: fields.sequence,
        platforms: fields.platforms,
        native: fields.native,
        expires: fields.expires,
        files: checksum.files.iter().map(write_file).collect(),
    };
    // Every field serialises to text or a number; an empty answer would be refused by every reader.
    serde_json::to_vec(&wire).unwrap_or_default()
}

/// The value of `files` alone.
pub(crate) fn write_files(files: &[FileEntry]) -> Vec<u8> {
    let files: Vec<WireFile<'_>> = files.iter().map(write_file).collect();
    serde_json::to_vec(&files).unwrap_or_default()
}

fn write_file(file: &FileEntry) -> WireFile<'_> {
    WireFile {
        path: file.path.as_str().into(),
        hash: file.digest,
        size: file.size,
    }
}
