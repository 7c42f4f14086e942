//! The checksum.json that is signed beside an archive, written without the rules that protect honest authors.

use airlock_protocol::Sha256Digest;
use serde_json::json;

use crate::zip::{Entry, Zip};

/// One line of a description; the path may be one that no author could publish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// As the archive names it.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Of its bytes.
    pub digest: Sha256Digest,
}

/// A checksum.json and the id it claims.
#[derive(Clone, Debug)]
pub struct Description {
    /// To be signed.
    pub bytes: Vec<u8>,
    /// The tree digest.
    pub id: String,
}

impl File {
    /// Describes these bytes.
    pub fn of(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self {
            path: path.into(),
            size: bytes.len() as u64,
            digest: Sha256Digest::of(bytes),
        }
    }
}

impl Description {
    /// Version 3.0.0, sequence 3, of com.example.app; the files in any order.
    pub fn of(files: &[File]) -> Self {
        let mut files = files.to_vec();
        files.sort();
        files.dedup_by(|later, earlier| later.path == earlier.path);
        let lines: String = files
            .iter()
            .map(|file| format!("{}  {}  {}\n", file.digest, file.size, file.path))
            .collect();
        let id = Sha256Digest::of(lines.as_bytes()).to_string();
        let listed: Vec<_> = files
            .iter()
            .map(|file| json!({"path": file.path, "hash": file.digest.to_string(), "size": file.size}))
            .collect();
        let document = json!({
            "id": id,
            "timestamp": "2026-01-01T00:00:00Z",
            "algorithm": "SHA256",
            "files": listed,
            "appId": "com.example.app",
            "version": "3.0.0",
            "sequence": 3,
        });
        Self {
            bytes: document.to_string().into_bytes(),
            id,
        }
    }
}

/// The bundle that every case is a change of: its files and their bytes.
pub fn sound() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("index.html", b"<title>Airlock</title>".repeat(20)),
        ("assets/app.js", b"export const answer = 42;".to_vec()),
    ]
}

/// What a reader that trusts the directory would find: the description most in favour of the attack.
pub(crate) fn of_entries(zip: &Zip) -> Vec<File> {
    let files = zip.entries.iter().filter(|entry| !is_unlisted(entry));
    files
        .map(|entry| File {
            size: u64::from(entry.central.size),
            ..File::of(String::from_utf8_lossy(&entry.central.name), &entry.content())
        })
        .collect()
}

/// Directories and Airlock's own two files.
fn is_unlisted(entry: &Entry) -> bool {
    let name = &entry.central.name;
    name.ends_with(b"/") || name == b"checksum.json" || name == b"checksum.json.sig"
}
