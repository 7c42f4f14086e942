//! Archives: what is unpacked is what was listed, nothing lies outside, and another reader sees the same.

mod forged;
mod home;
mod other_reader;

use std::io::Cursor;

use airlock_archives::zip as forger;
use airlock_engine::Error;
use airlock_engine::install::{Contents, Depth, Profile, verify_tree};
use airlock_engine::ports::RealDisk;
use airlock_protocol::{
    CHECKSUM_FILE, ChecksumFields, ChecksumJson, Code, FileEntry, SIGNATURE_FILE, Sha256Digest, UnixMillis,
};

use crate::Verdict;
use home::{Home, Tree};

/// Any bytes at all.
pub(crate) fn raw(data: &[u8]) -> Verdict {
    judge(data)
}

/// An archive forged from decisions: entries that are almost right.
pub(crate) fn forged(data: &[u8]) -> Verdict {
    judge(&forged::archive(data))
}

/// The sound archive that the engine's tests change, for the seeds.
pub(crate) fn honest_archive() -> Vec<u8> {
    forger::Zip::honest().bytes()
}

fn judge(archive: &[u8]) -> Verdict {
    let listed = Profile::read(&mut Cursor::new(archive));
    let (result, tree) = Home::unpack(archive, Contents::Undescribed);
    let files = match result {
        Ok(files) => files,
        Err(error) => {
            refused_cleanly(&error, listed.as_ref().ok(), &tree);
            return Verdict::Refused;
        }
    };
    let listed = listed.expect("what cannot be listed was unpacked");
    tree_is_the_list(&listed, &files, &tree);
    other_reader::sees_the_same(archive, &tree);
    held_against_a_description(archive, &files, &tree);
    Verdict::Accepted
}

/// A refusal has one of the codes for archives and writes no more than was declared; one of the structure
/// writes nothing.
fn refused_cleanly(error: &Error, listed: Option<&Profile>, tree: &Tree) {
    assert!(
        [Code::ArchiveUnsafe, Code::PathUnsafe].contains(&error.code()),
        "refused as {}: {error}",
        error.code()
    );
    let declared = listed.map_or(0, |profile| {
        profile.entries().iter().map(|entry| entry.size).sum::<u64>()
    });
    let written: usize = tree.values().map(Vec::len).sum();
    assert!(
        written as u64 <= declared,
        "{written} bytes written, {declared} declared"
    );
}

fn tree_is_the_list(listed: &Profile, files: &[FileEntry], tree: &Tree) {
    let names: Vec<&str> = tree.keys().map(String::as_str).collect();
    let mut expected: Vec<&str> = listed.entries().iter().map(|entry| entry.path.as_str()).collect();
    expected.sort_unstable();
    assert_eq!(names, expected, "the tree is not the list");
    let is_control = |name: &&str| [CHECKSUM_FILE, SIGNATURE_FILE].contains(name);
    assert_eq!(files.len(), names.iter().filter(|name| !is_control(name)).count());
    for file in files {
        let bytes = &tree[file.path.as_str()];
        assert_eq!(file.size, bytes.len() as u64);
        assert_eq!(file.digest, Sha256Digest::of(bytes));
    }
}

/// With the right checksum.json it installs and verifies; with one changed hash in it, it is refused.
fn held_against_a_description(archive: &[u8], files: &[FileEntry], tree: &Tree) {
    let controlled = tree.contains_key(CHECKSUM_FILE) || tree.contains_key(SIGNATURE_FILE);
    let Ok(described) = ChecksumJson::new(fields(), files.to_vec()) else {
        return;
    };
    if controlled {
        return;
    }
    let text = described.to_bytes();
    let verify = |home: &Home| {
        home.write(CHECKSUM_FILE, &text);
        verify_tree(&RealDisk, &home.target(), Some(&described.id()), Depth::Bytes)
    };
    let home = Home::new(archive);
    let installed = home
        .run(Contents::Described(&described, &text))
        .expect("its own description is refused");
    assert_eq!(installed, files);
    assert_eq!(verify(&home).as_ref().ok(), Some(&described));

    let mut wrong = files.to_vec();
    wrong[0].digest = Sha256Digest::of(b"something else");
    let wrong = ChecksumJson::new(fields(), wrong).unwrap();
    let (result, _) = Home::unpack(archive, Contents::Described(&wrong, &wrong.to_bytes()));
    assert_eq!(result.unwrap_err().code(), Code::ChecksumMismatch);
}

fn fields() -> ChecksumFields {
    ChecksumFields {
        app_id: "com.example.app".parse().unwrap(),
        version: "1".to_owned(),
        sequence: 1.try_into().unwrap(),
        platforms: Vec::new(),
        native: Default::default(),
        timestamp: UnixMillis::new(0),
        expires: None,
    }
}
