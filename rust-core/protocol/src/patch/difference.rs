//! What tells two bundles apart, by content: where a file lies and what it is called costs nothing.

use std::collections::BTreeMap;

use crate::{FileEntry, Sha256Digest};

/// A file of the new bundle that the base has too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied<'a> {
    /// The file of the base whose bytes it has.
    pub from: &'a FileEntry,
    /// The file of the new bundle.
    pub to: &'a FileEntry,
}

/// The files of two bundles, told apart by their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    copied: Vec<Copied<'a>>,
    dictionary: Vec<&'a FileEntry>,
    payload: Vec<&'a FileEntry>,
}

impl<'a> Difference<'a> {
    /// Compares the files of two bundles, each sorted by path as [`crate::ChecksumJson::files`] gives them.
    pub fn between(base: &'a [FileEntry], new: &'a [FileEntry]) -> Self {
        let (in_base, in_new) = (by_digest(base), by_digest(new));
        let mut difference = Self {
            copied: Vec::new(),
            dictionary: Vec::new(),
            payload: Vec::new(),
        };
        for to in new {
            match in_base.get(&to.digest) {
                Some(from) => difference.copied.push(Copied { from, to }),
                None => difference.payload.push(to),
            }
        }
        let lacking = |file: &&FileEntry| !in_new.contains_key(&file.digest);
        difference.dictionary = base.iter().filter(lacking).collect();
        difference
    }

    /// The new bundle's files whose bytes the base has, by path.
    pub fn copied(&self) -> &[Copied<'a>] {
        &self.copied
    }

    /// The base's files whose bytes the new bundle lacks, by path: joined, they are the dictionary.
    pub fn dictionary(&self) -> &[&'a FileEntry] {
        &self.dictionary
    }

    /// The new bundle's files whose bytes the base lacks, by path: joined, they are what a patch yields.
    pub fn payload(&self) -> &[&'a FileEntry] {
        &self.payload
    }

    /// Length of the dictionary in bytes.
    pub fn dictionary_bytes(&self) -> u64 {
        total(&self.dictionary)
    }

    /// Length of what a patch yields, in bytes.
    pub fn payload_bytes(&self) -> u64 {
        total(&self.payload)
    }
}

/// The files of a bundle as checksum.json lists them, and nothing else of it: the dictionary for the next
/// checksum.json. Two descriptions of one tree differ in version and date, but not in this.
pub fn file_list(files: &[FileEntry]) -> Vec<u8> {
    crate::checksum_json::write_files(files)
}

/// The first file, by path, with each content.
fn by_digest(files: &[FileEntry]) -> BTreeMap<Sha256Digest, &FileEntry> {
    let mut first = BTreeMap::new();
    for file in files {
        first.entry(file.digest).or_insert(file);
    }
    first
}

/// A bundle's sizes add up to 1 GiB at most.
fn total(files: &[&FileEntry]) -> u64 {
    files
        .iter()
        .fold(0, |total: u64, file| total.saturating_add(file.size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BundlePath, ChecksumFields, ChecksumJson};

    fn file(path: &str, content: &str) -> FileEntry {
        FileEntry {
            path: BundlePath::parse(path).unwrap(),
            digest: Sha256Digest::of(content.as_bytes()),
            size: content.len() as u64,
        }
    }

    fn paths(files: &[&FileEntry]) -> Vec<String> {
        files.iter().map(|file| file.path.as_str().to_owned()).collect()
    }

    #[test]
    fn files_are_told_apart_by_content_and_not_by_name() {
        let base = [file("a.js", "kept"), file("b.js", "old"), file("gone.js", "gone")];
        let new = [
            file("b.js", "new"),
            file("moved/a.js", "kept"),
            file("twin.js", "kept"),
        ];
        let difference = Difference::between(&base, &new);
        let copied: Vec<(&str, &str)> = difference
            .copied()
            .iter()
            .map(|copied| (copied.from.path.as_str(), copied.to.path.as_str()))
            .collect();
        assert_eq!(copied, [("a.js", "moved/a.js"), ("a.js", "twin.js")]);
        assert_eq!(paths(difference.dictionary()), ["b.js", "gone.js"]);
        assert_eq!(paths(difference.payload()), ["b.js"]);
        assert_eq!(
            (difference.dictionary_bytes(), difference.payload_bytes()),
            (7, 3)
        );
    }

    #[test]
    fn a_bundle_differs_from_itself_in_nothing_and_from_none_in_all() {
        let files = [file("a", "1"), file("b", "2")];
        let same = Difference::between(&files, &files);
        assert_eq!(
            (same.dictionary_bytes(), same.payload_bytes(), same.copied().len()),
            (0, 0, 2)
        );
        let all = Difference::between(&[], &files);
        assert_eq!(
            (all.dictionary_bytes(), all.payload_bytes(), all.copied().len()),
            (0, 2, 0)
        );
    }

    #[test]
    fn the_list_of_files_is_the_same_text_in_every_description_of_the_tree() {
        let files = vec![file("a\"quoted\".js", "1"), file("index.html", "2")];
        for (version, sequence) in [("1.0.0", "1"), ("9.9.9", "77")] {
            let fields = ChecksumFields {
                app_id: "com.example.app".parse().unwrap(),
                version: version.to_owned(),
                sequence: sequence.parse().unwrap(),
                platforms: Vec::new(),
                native: Default::default(),
                timestamp: crate::UnixMillis::new(0),
                expires: None,
            };
            let checksum = ChecksumJson::new(fields, files.clone()).unwrap();
            let bytes = String::from_utf8(checksum.to_bytes()).unwrap();
            let list = String::from_utf8(file_list(checksum.files())).unwrap();
            assert!(list.len() > 100 && bytes.contains(&list), "{bytes} has no {list}");
        }
    }
}
