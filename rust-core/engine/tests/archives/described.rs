//! The archive held against a verified checksum.json: exactly its files, of its sizes, with its hashes.

use std::collections::BTreeMap;

use airlock_protocol::Code::{self, ArchiveUnsafe, ChecksumMismatch};
use airlock_protocol::{
    AppId, BundlePath, ChecksumFields, ChecksumJson, FileEntry, Sequence, Sha256Digest, UnixMillis,
};

use crate::support::{Entry, Zip, unpack_described};

const PAGE: &[u8] = b"<title>Airlock</title>";
const SCRIPT: &[u8] = b"export const answer = 42;";

/// A bundle of two files: its description, the description's bytes, and the archive's entries.
struct Bundle {
    checksum: ChecksumJson,
    text: Vec<u8>,
    entries: Vec<Entry>,
}

impl Bundle {
    fn honest() -> Self {
        let file = |path: &str, bytes: &[u8]| FileEntry {
            path: BundlePath::parse(path).unwrap(),
            digest: Sha256Digest::of(bytes),
            size: bytes.len() as u64,
        };
        let files = vec![file("index.html", PAGE), file("assets/app.js", SCRIPT)];
        let checksum = ChecksumJson::new(fields(), files).unwrap();
        let text = checksum.to_bytes();
        let entries = vec![
            Entry::stored("checksum.json", &text),
            Entry::stored("checksum.json.sig", b"{}"),
            Entry::deflated("index.html", PAGE),
            Entry::stored("assets/app.js", SCRIPT),
        ];
        Self {
            checksum,
            text,
            entries,
        }
    }

    fn unpack(&self) -> Result<Vec<String>, airlock_engine::Error> {
        let zip = Zip::of(self.entries.clone());
        let attempt = unpack_described(&zip.bytes(), &self.checksum, &self.text);
        let written: u64 = attempt.tree.values().map(|file| file.len() as u64).sum();
        assert!(written <= zip.declared());
        attempt.into_tree().map(|tree| tree.into_keys().collect())
    }

    /// The bundle with its entries changed is refused.
    fn refuse(change: impl FnOnce(&mut Vec<Entry>), code: Code, reason: &str) {
        let mut bundle = Self::honest();
        change(&mut bundle.entries);
        let error = bundle.unpack().unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

fn fields() -> ChecksumFields {
    ChecksumFields {
        app_id: "dev.airlock.example".parse::<AppId>().unwrap(),
        version: "1.0.0".to_owned(),
        sequence: Sequence::try_from(1).unwrap(),
        platforms: Vec::new(),
        native: BTreeMap::new(),
        timestamp: UnixMillis::from_rfc3339("2026-01-01T00:00:00Z").unwrap(),
        expires: None,
    }
}

#[test]
fn the_described_bundle_unpacks_and_lists_its_files_without_ours() {
    let bundle = Bundle::honest();
    let tree = bundle.unpack().unwrap();
    assert_eq!(
        tree,
        ["assets/app.js", "index.html"],
        "checksum.json is written last, and its signature is in no tree"
    );
    let zip = Zip::of(bundle.entries.clone());
    let attempt = unpack_described(&zip.bytes(), &bundle.checksum, &bundle.text);
    assert_eq!(attempt.result.unwrap(), bundle.checksum.files());
}

#[test]
fn the_order_of_entries_and_the_control_files_are_free() {
    let mut bundle = Bundle::honest();
    bundle.entries.reverse();
    bundle.unpack().unwrap();
    bundle.entries.truncate(2);
    assert_eq!(bundle.unpack().unwrap(), ["assets/app.js", "index.html"]);
}

#[test]
fn a_file_too_many_is_refused() {
    for name in [
        "extra.js",
        "Checksum.json2",
        ".ready",
        "state.json",
        "assets/checksum.json",
    ] {
        let extra = Entry::stored(name, b"");
        Bundle::refuse(
            |entries| entries.push(extra),
            ArchiveUnsafe,
            "not in checksum.json",
        );
    }
}

#[test]
fn a_file_too_few_is_refused() {
    Bundle::refuse(
        |entries| drop(entries.pop()),
        ArchiveUnsafe,
        "in checksum.json and not in the archive",
    );
}

#[test]
fn a_file_of_another_size_is_refused_before_anything_is_written() {
    let mut bundle = Bundle::honest();
    bundle.entries[2] = Entry::deflated("index.html", b"<title>Airlock!</title>");
    let attempt = unpack_described(
        &Zip::of(bundle.entries.clone()).bytes(),
        &bundle.checksum,
        &bundle.text,
    );
    assert_eq!(attempt.result.unwrap_err().code(), ArchiveUnsafe);
    assert!(attempt.tree.is_empty());
}

#[test]
fn a_file_with_other_bytes_of_the_same_size_is_refused() {
    let evil = Entry::deflated("index.html", b"<title>Evillll</title>");
    Bundle::refuse(|entries| entries[2] = evil, ChecksumMismatch, "index.html");
}

#[test]
fn two_files_with_each_others_names_are_refused() {
    let mut names = ["index.html", "assets/app.js"].map(|name| name.as_bytes().to_vec());
    Bundle::refuse(
        |entries| {
            for entry in &mut entries[2..] {
                let name = if entry.local.name == names[0] {
                    &mut names[1]
                } else {
                    &mut names[0]
                };
                (entry.local.name, entry.central.name) = (name.clone(), name.clone());
            }
        },
        ArchiveUnsafe,
        "another size",
    );
}

#[test]
fn a_name_in_other_letters_is_another_file() {
    let upper = Entry::deflated("INDEX.html", PAGE);
    Bundle::refuse(
        |entries| entries[2] = upper,
        ArchiveUnsafe,
        "not in checksum.json",
    );
}

#[test]
fn another_checksum_json_in_the_archive_is_refused() {
    let mut other = Bundle::honest().text;
    let last = other.len() - 1;
    other[last] ^= 1;
    let same_size = Entry::stored("checksum.json", &other);
    Bundle::refuse(
        |entries| entries[0] = same_size,
        ChecksumMismatch,
        "checksum.json",
    );
    other.push(b' ');
    let longer = Entry::stored("checksum.json", &other);
    Bundle::refuse(|entries| entries[0] = longer, ArchiveUnsafe, "another size");
}

#[test]
fn a_second_checksum_json_is_refused() {
    let twin = |name: &str| Entry::stored(name, &Bundle::honest().text);
    let exact = twin("checksum.json");
    Bundle::refuse(
        |entries| entries.push(exact),
        ArchiveUnsafe,
        "two entries have one name",
    );
    let upper = twin("CHECKSUM.JSON");
    Bundle::refuse(
        |entries| entries.push(upper),
        ArchiveUnsafe,
        "two entries have one name",
    );
}

#[test]
fn a_huge_signature_is_refused() {
    let large = vec![b' '; 64 * 1024 + 1];
    let huge = Entry::stored("checksum.json.sig", &large);
    Bundle::refuse(|entries| entries[1] = huge, ArchiveUnsafe, "another size");
}
