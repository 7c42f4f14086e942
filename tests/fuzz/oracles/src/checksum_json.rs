//! checksum.json: what is accepted can be written again and means the same, and its id is the tree digest.

use std::collections::BTreeSet;

use airlock_protocol::{ChecksumJson, Sha256Digest, limits};
use serde_json::Value;

use crate::Verdict;

pub(crate) fn checksum_json(data: &[u8]) -> Verdict {
    judge(data);
    // The tree digest is a wall to mutations; with the right one put in, what lies behind it is reached.
    let Some(mended) = with_the_right_id(data) else {
        return judge(data);
    };
    judge(&mended)
}

fn judge(data: &[u8]) -> Verdict {
    let parsed = ChecksumJson::parse(data);
    if let Ok(checksum) = &parsed {
        let again = checksum.to_bytes();
        assert_eq!(&ChecksumJson::parse(&again).unwrap(), checksum);
        assert_eq!(ChecksumJson::parse(&again).unwrap().to_bytes(), again);
        id_is_the_tree_digest(checksum);
        let files = checksum.files();
        assert!(!files.is_empty() && files.len() <= limits::FILES_MAX);
        assert!(
            files.is_sorted_by(|one, other| one.path.as_str().as_bytes() < other.path.as_str().as_bytes())
        );
        let keys: BTreeSet<String> = files.iter().map(|file| file.path.fold_key()).collect();
        assert_eq!(keys.len(), files.len(), "two files are one on some systems");
        let is_directory = |key: &String| keys.iter().any(|other| other.starts_with(&format!("{key}/")));
        assert!(!keys.iter().any(is_directory), "a file is also a directory");
        assert!(files.iter().any(|file| file.path.as_str() == "index.html"));
        let total: u64 = files.iter().map(|file| file.size).sum();
        assert_eq!(total, checksum.total_size());
        assert!(total <= limits::BUNDLE_BYTES);
    }
    Verdict::of(&parsed)
}

/// The digest as docs/protocol.md describes it, written down a second time.
fn id_is_the_tree_digest(checksum: &ChecksumJson) {
    let lines = checksum
        .files()
        .iter()
        .map(|file| line(&file.digest.to_string(), file.size, file.path.as_str()));
    assert_eq!(checksum.id().to_string(), digest(lines));
}

fn line(hash: &str, size: u64, path: &str) -> String {
    format!("{hash}  {size}  {path}\n")
}

fn digest(lines: impl Iterator<Item = String>) -> String {
    Sha256Digest::of(lines.collect::<String>().as_bytes()).to_string()
}

fn with_the_right_id(data: &[u8]) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(data).ok()?;
    let file = |file: &Value| {
        let (hash, size) = (file.get("hash")?.as_str()?, file.get("size")?.as_u64()?);
        Some(line(&hash.to_lowercase(), size, file.get("path")?.as_str()?))
    };
    let lines: Option<Vec<String>> = document.get("files")?.as_array()?.iter().map(file).collect();
    *document.get_mut("id")? = digest(lines?.into_iter()).into();
    serde_json::to_vec(&document).ok()
}
