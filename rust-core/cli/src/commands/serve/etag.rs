//! Strong entity tags (RFC 9110 section 8.8.3): the hash of the content, so equal tags mean equal bytes.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use airlock_publisher::digest_of;

/// A file changed twice within the clock's tick keeps its time and perhaps its length. What was written this
/// recently is hashed again next time.
const SETTLED: Duration = Duration::from_secs(2);

/// Tags by path, valid while a file's time and length stay the same.
#[derive(Debug, Default)]
pub(super) struct Tags {
    known: Mutex<HashMap<PathBuf, Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    modified: SystemTime,
    length: u64,
    tag: String,
}

impl Tags {
    /// The tag of an open file, in quotes as it stands in the header. Leaves the file position undefined.
    pub(super) fn of(&self, path: &Path, file: &mut File) -> io::Result<String> {
        let metadata = file.metadata()?;
        let (modified, length) = (metadata.modified()?, metadata.len());
        // A poisoned lock holds a map that is at worst short of an entry.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known
            .get(path)
            .filter(|entry| entry.modified == modified && entry.length == length)
        {
            return Ok(entry.tag.clone());
        }
        drop(known);
        let tag = format!("\"{}\"", digest_of(file, |_| {})?.0);
        if modified.elapsed().is_ok_and(|age| age > SETTLED) {
            known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(
                path.to_owned(),
                Known {
                    modified,
                    length,
                    tag: tag.clone(),
                },
            );
        }
        Ok(tag)
    }
}

/// Whether an `If-None-Match` field names the tag; the comparison is the weak one (RFC 9110 section 13.1.2).
pub(super) fn is_listed(field: &str, tag: &str) -> bool {
    field.trim() == "*"
        || field
            .split(',')
            .any(|listed| listed.trim().trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_matches_if_any_tag_in_it_does() {
        for field in ["*", "\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" "] {
            assert!(is_listed(field, "\"a\""), "{field}");
        }
        for field in ["", "\"b\"", "a", "\"a", "\"ab\""] {
            assert!(!is_listed(field, "\"a\""), "{field}");
        }
    }

    #[test]
    fn other_bytes_of_the_same_length_get_another_tag_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timestamp.json");
        let tags = Tags::default();
        let tag_of = |text: &str| {
            std::fs::write(&path, text).unwrap();
            tags.of(&path, &mut File::open(&path).unwrap()).unwrap()
        };
        let (first, second, again) = (tag_of("one"), tag_of("two"), tag_of("one"));
        assert_ne!(first, second);
        assert_eq!(first, again);
    }
}
