//! The archive: a zip file that is the same, byte for byte, whenever and wherever the same bundle is packed.
//!
//! Sorted entries, one fixed time, one fixed mode, no directories, no data descriptors, DEFLATE level 9 and
//! plain storage where DEFLATE does not pay: exactly the strict profile that devices accept (design section
//! 4).

use std::io::{Seek, Write};

use airlock_protocol::{CHECKSUM_FILE, SIGNATURE_FILE};
use zip::write::{PreparedZipFile, SimpleFileOptions};
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::{Error, Result};
use crate::pack::Bundle;
use crate::progress::{Progress, Stage};

/// Files are readable by everyone and executable by nobody.
const FILE_MODE: u32 = 0o644;

/// The highest level: a bundle is packed once and downloaded many times.
const DEFLATE_LEVEL: i64 = 9;

/// Writes the bundle's files, its `checksum.json` and, if it is signed, `checksum.json.sig`.
///
/// # Errors
/// `tree_invalid` when a file changed since the tree was read; `storage_failure` or `no_space` from `out`.
pub(crate) fn write<W: Write + Seek>(bundle: &Bundle<'_>, out: W, progress: &dyn Progress) -> Result<W> {
    progress.begin(
        Stage::Pack,
        bundle.tree().files().iter().map(|file| file.size).sum(),
    );
    let archive = write_entries(bundle, ZipWriter::new(out), progress);
    progress.end();
    archive?.finish().map_err(failed)
}

fn write_entries<W: Write + Seek>(
    bundle: &Bundle<'_>,
    mut zip: ZipWriter<W>,
    progress: &dyn Progress,
) -> Result<ZipWriter<W>> {
    for name in entry_names(bundle) {
        let bytes = match name {
            Entry::File(file) => {
                progress.advance(file.size);
                bundle.tree().bytes(file)?
            }
            Entry::Checksum => bundle.checksum_bytes().to_vec(),
            Entry::Signature(signature) => signature.to_vec(),
        };
        zip.add_prepared_file(smallest(name.path(), &bytes).map_err(failed)?)
            .map_err(failed)?;
    }
    Ok(zip)
}

#[derive(Clone, Copy)]
enum Entry<'b> {
    File(&'b airlock_protocol::FileEntry),
    Checksum,
    Signature(&'b [u8]),
}

impl Entry<'_> {
    fn path(&self) -> &str {
        match self {
            Entry::File(file) => file.path.as_str(),
            Entry::Checksum => CHECKSUM_FILE,
            Entry::Signature(_) => SIGNATURE_FILE,
        }
    }
}

fn entry_names<'b>(bundle: &'b Bundle<'_>) -> Vec<Entry<'b>> {
    let mut entries: Vec<Entry<'b>> = bundle.tree().files().iter().map(Entry::File).collect();
    entries.push(Entry::Checksum);
    entries.extend(bundle.signature().map(Entry::Signature));
    entries.sort_by(|a, b| a.path().as_bytes().cmp(b.path().as_bytes()));
    entries
}

fn smallest(name: &str, bytes: &[u8]) -> zip::result::ZipResult<PreparedZipFile> {
    let stored = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(FILE_MODE);
    let deflated = stored
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(DEFLATE_LEVEL));
    let file = PreparedZipFile::from_data(name, deflated, bytes)?;
    if file.compressed_size() < file.uncompressed_size() {
        return Ok(file);
    }
    PreparedZipFile::from_data(name, stored, bytes)
}

fn failed(error: zip::result::ZipError) -> Error {
    match error {
        zip::result::ZipError::Io(source) => Error::Storage {
            doing: "writing",
            path: "the archive".into(),
            source,
        },
        other => Error::Internal(format!("writing the archive: {other}")),
    }
}
