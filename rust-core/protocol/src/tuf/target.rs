//! Targets: files that signed metadata names with length and hashes.

use std::{fmt, str::FromStr};

use serde_json::Value;

use super::{hashes::Hashes, root::Layout, targets::Entry, url};
use crate::{BundlePath, ChecksumFault, Error, Sha256Digest};

/// The name of a target, known to be harmless as a relative file path and as a URL path.
///
/// Metadata may hold any text as a name; only names of this type can be looked up, so the others can
/// never be asked for or written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetName(BundlePath);

impl TargetName {
    /// The name as metadata writes it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same name as a path below a directory.
    pub fn path(&self) -> &BundlePath {
        &self.0
    }

    /// The name as one flat file name (or URL segment), percent-encoded: no directory need be made for it.
    pub fn to_segment(&self) -> String {
        url::segment(self.as_str())
    }

    /// The URL path below `targets/`, with `prefix.` before the last component if there is one.
    fn url_path(&self, prefix: Option<&str>) -> String {
        let mut components: Vec<String> = self.0.components().map(url::segment).collect();
        if let (Some(base), Some(prefix)) = (components.last_mut(), prefix) {
            *base = format!("{prefix}.{base}");
        }
        components.join("/")
    }
}

impl FromStr for TargetName {
    type Err = Error;

    /// # Errors
    /// `path_unsafe`, as [`BundlePath::parse`].
    fn from_str(text: &str) -> Result<TargetName, Error> {
        BundlePath::parse(text).map(TargetName)
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A target of any TUF repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFile {
    /// Its name.
    pub name: TargetName,
    /// Its length in bytes.
    pub length: u64,
    /// Its hashes, at least one of which is understood.
    pub hashes: Hashes,
    /// What the repository adds.
    pub custom: Option<Value>,
    prefix: Option<String>,
}

impl TargetFile {
    /// # Errors
    /// `checksum_mismatch` if there is no hash that could ever verify the file.
    pub(super) fn new(name: TargetName, entry: &Entry, layout: Layout) -> Result<TargetFile, Error> {
        let hash = entry.hashes.prefix().ok_or_else(|| ChecksumFault::Hash {
            name: name.to_string(),
            algorithm: "SHA-256 or SHA-512",
        })?;
        let prefix = (layout == Layout::Consistent).then_some(hash);
        let Entry {
            length,
            hashes,
            custom,
        } = entry.clone();
        Ok(TargetFile {
            name,
            length,
            hashes,
            custom,
            prefix,
        })
    }

    /// The path below `targets/`, ready to be put into a URL.
    pub fn url_path(&self) -> String {
        self.name.url_path(self.prefix.as_deref())
    }

    /// Checks length and hashes of the whole file.
    ///
    /// # Errors
    /// `checksum_mismatch`.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Error> {
        check_length(&self.name, self.length, bytes)?;
        self.hashes.check(self.name.as_str(), bytes)
    }
}

/// A target of an Airlock repository: consistent snapshots, SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: TargetName,
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256.
    pub digest: Sha256Digest,
}

impl Target {
    /// The path below `targets/`, ready to be put into a URL: `<directory>/<hash>.<file>`.
    pub fn url_path(&self) -> String {
        self.name.url_path(Some(&self.digest.to_string()))
    }

    /// Checks length and hash of the whole file.
    ///
    /// # Errors
    /// `checksum_mismatch`.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Error> {
        check_length(&self.name, self.length, bytes)?;
        if Sha256Digest::of(bytes) == self.digest {
            return Ok(());
        }
        Err(ChecksumFault::Hash {
            name: self.name.to_string(),
            algorithm: "SHA-256",
        }
        .into())
    }
}

fn check_length(name: &TargetName, expected: u64, bytes: &[u8]) -> Result<(), Error> {
    let actual = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if actual == expected {
        return Ok(());
    }
    Err(ChecksumFault::Length {
        name: name.to_string(),
        expected,
        actual,
    }
    .into())
}
