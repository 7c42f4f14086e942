//! The reader of the crate `zip`: if it saw another archive in the same bytes, something could hide in it.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::home::Tree;

/// It finds the same files with the same bytes.
pub(super) fn sees_the_same(archive: &[u8], tree: &Tree) {
    let mut reader = ZipArchive::new(Cursor::new(archive)).expect("another reader finds no archive");
    let mut seen = Tree::new();
    for index in 0..reader.len() {
        let mut entry = reader.by_index(index).expect("another reader finds no entry");
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().expect("another reader reads no name").into_owned();
        let mut bytes = Vec::new();
        entry
            .read_to_end(&mut bytes)
            .expect("another reader cannot inflate it");
        let twice = seen.insert(name, bytes);
        assert!(twice.is_none(), "another reader sees a name twice");
    }
    assert!(seen == *tree, "another reader sees another tree");
}
