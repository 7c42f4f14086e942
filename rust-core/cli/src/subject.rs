//! What `verify` and `inspect` were pointed at: a packed folder, an archive or a repository.

use std::fs::File;
use std::path::{Path, PathBuf};

use airlock_engine::install::{Contents, unpack};
use airlock_engine::ports::RealDisk;
use airlock_protocol::{CHECKSUM_FILE, Code};
use tempfile::TempDir;

use crate::exit::Failure;

/// One of the three things that Airlock makes.
#[derive(Debug)]
pub(crate) enum Subject {
    /// A folder with a checksum.json.
    Bundle(PathBuf),
    /// A zip file.
    Archive(PathBuf),
    /// A folder with signed metadata.
    Repository(PathBuf),
}

impl Subject {
    /// Tells by what is there.
    ///
    /// # Errors
    /// `usage` when there is nothing, or none of the three.
    pub(crate) fn at(path: &Path) -> Result<Subject, Failure> {
        if path.is_file() {
            return Ok(Subject::Archive(path.to_owned()));
        }
        if path.join("metadata/timestamp.json").is_file() {
            return Ok(Subject::Repository(path.to_owned()));
        }
        if path.join("repository/metadata/timestamp.json").is_file() {
            return Ok(Subject::Repository(path.join("repository")));
        }
        if path.join(CHECKSUM_FILE).is_file() {
            return Ok(Subject::Bundle(path.to_owned()));
        }
        let shown = path.display();
        Err(Failure::usage(if path.exists() {
            format!(
                "{shown} is no bundle (no {CHECKSUM_FILE}), no archive and no repository: pack it with `airlock \
                 pack --in-place`"
            )
        } else {
            format!("{shown} does not exist")
        }))
    }
}

/// Unpacks an archive the way a device does, under its strict profile, into a folder that vanishes when
/// dropped.
///
/// # Errors
/// `archive_unsafe` or `path_unsafe` for what a device would refuse; `no_space`, `storage_failure`.
pub(crate) fn unpack_archive(path: &Path) -> Result<TempDir, Failure> {
    let storage =
        |doing: &str, error: std::io::Error| Failure::new(Code::StorageFailure, format!("{doing}: {error}"));
    let mut file =
        File::open(path).map_err(|error| storage(&format!("reading {}", path.display()), error))?;
    let folder =
        TempDir::with_prefix("airlock-").map_err(|error| storage("creating a temporary folder", error))?;
    unpack(&RealDisk, &mut file, Contents::Undescribed, folder.path())?;
    Ok(folder)
}
