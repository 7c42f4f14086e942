//! What the server serves when it is honest.

use std::collections::BTreeMap;

/// Files by path, without the leading `/`.
#[derive(Clone, Debug, Default)]
pub struct Site {
    files: BTreeMap<String, Vec<u8>>,
    older: BTreeMap<String, Vec<u8>>,
}

/// One file as it is answered.
#[derive(Clone, Debug)]
pub struct File {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its strong ETag, quotes included.
    pub etag: String,
    /// What lay here before, for faults that serve something stale; else another file's bytes.
    pub older: Vec<u8>,
}

impl Site {
    /// Puts a file.
    pub fn put(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.insert(path.to_owned(), bytes);
    }

    /// Says what lay at this path before.
    pub fn put_older(&mut self, path: &str, bytes: Vec<u8>) {
        self.older.insert(path.to_owned(), bytes);
    }

    /// The file at this path.
    pub fn file(&self, path: &str) -> Option<File> {
        let bytes = self.files.get(path)?.clone();
        let older = self.older.get(path).cloned();
        Some(File {
            etag: format!("\"{:016x}\"", fingerprint(&bytes)),
            older: older.unwrap_or_else(|| bytes.iter().map(|byte| byte.wrapping_add(1)).collect()),
            bytes,
        })
    }
}

/// FNV-1a; tells files apart and proves nothing.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
