//! The web files inside installed APK files. The system has verified their signature at installation, so nothing
//! here judges them; they are read with care all the same, because disks fail.

use std::io::{self, BufReader, Read as _};
use std::path::PathBuf;

use airlock_protocol::{
    BundleId, CHECKSUM_FILE, Checksum, ChecksumAlgorithm, ChecksumHasher, ChecksumJson, Code, FileEntry,
    limits,
};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use crate::error::Error;
use crate::ports::{Disk, DiskFile, Open};

/// Where Capacitor puts the web files in an APK.
pub(super) const FOLDER: &str = "assets/public";

type File = BufReader<Box<dyn DiskFile>>;

/// The web files of one app, wherever in its APK files they are.
pub(crate) struct Assets {
    archives: Vec<ZipArchive<File>>,
}

impl Assets {
    /// Reads the lists of entries. The first file, the base, must be one; a split that cannot be read has none of
    /// ours, or what it has will be missed.
    pub(crate) fn open(disk: &dyn Disk, files: &[PathBuf]) -> io::Result<Self> {
        let mut archives = Vec::new();
        for (place, path) in files.iter().enumerate() {
            match disk
                .open(path, Open::Read)
                .and_then(|file| Ok(ZipArchive::new(BufReader::new(file))?))
            {
                Ok(archive) => archives.push(archive),
                Err(error) if place == 0 => return Err(error),
                Err(_) => {}
            }
        }
        Ok(Self { archives })
    }

    /// The bytes of one file. `None` when no APK has it. An error for one longer than `max`.
    pub(crate) fn read(&mut self, path: &str, max: u64) -> io::Result<Option<Vec<u8>>> {
        self.with(path, |file| {
            let mut bytes = Vec::new();
            file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
            match bytes.len() as u64 > max {
                true => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
                false => Ok(bytes),
            }
        })
    }

    /// Whether a file is as described. `None` when no APK has it.
    fn is_as_described(&mut self, expected: &FileEntry) -> io::Result<Option<bool>> {
        self.with(expected.path.as_str(), |file| {
            if file.size() != expected.size {
                return Ok(false);
            }
            let mut hasher = ChecksumHasher::new(ChecksumAlgorithm::Sha256);
            let mut left = file.take(expected.size.saturating_add(1));
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let count = left.read(&mut buffer)?;
                match buffer.get(..count) {
                    Some(piece) if !piece.is_empty() => hasher.update(piece),
                    _ => return Ok(hasher.finish() == Checksum::Sha256(expected.digest)),
                }
            }
        })
    }

    /// What `read` makes of one file. `None` when no APK has it.
    pub(crate) fn with<T>(
        &mut self,
        path: &str,
        mut read: impl FnMut(ZipFile<'_, File>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let name = format!("{FOLDER}/{path}");
        for archive in &mut self.archives {
            match archive.by_name(&name) {
                Ok(file) => return read(file).map(Some),
                Err(ZipError::FileNotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// Checks every file that checksum.json lists. More files are no fault: Capacitor puts its `cordova.js` beside
/// the app's own.
pub(super) fn verify(disk: &dyn Disk, files: &[PathBuf], id: &BundleId) -> Result<(), Error> {
    let unreadable = |source| Error::storage("read the embedded bundle", source);
    let mut assets = Assets::open(disk, files).map_err(unreadable)?;
    let bytes = assets
        .read(CHECKSUM_FILE, limits::CHECKSUM_JSON_BYTES)
        .map_err(unreadable)?
        .ok_or_else(|| differs(CHECKSUM_FILE, "is missing"))?;
    let checksum =
        ChecksumJson::parse(&bytes).map_err(Error::rejected("reading the embedded checksum.json"))?;
    if checksum.id() != *id {
        return Err(differs(CHECKSUM_FILE, "describes another bundle"));
    }
    for file in checksum.files() {
        match assets.is_as_described(file).map_err(unreadable)? {
            Some(true) => {}
            Some(false) => return Err(differs(file.path.as_str(), "is not as checksum.json says")),
            None => return Err(differs(file.path.as_str(), "is missing")),
        }
    }
    Ok(())
}

fn differs(path: &str, what: &str) -> Error {
    Error::bundle(
        Code::ChecksumMismatch,
        format!("the embedded bundle is damaged: `{path}` {what}; install the app again"),
    )
}
