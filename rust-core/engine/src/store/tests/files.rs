//! disk.rs, metadata.rs, layout.rs.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;

use airlock_protocol::tuf::StoreOp;

use super::super::disk::{
    barrier, create_dir, create_own_dir, exists, flush_names, free_bytes, is_own_dir, read_capped,
    remove_tree, rename, write_all_durable, write_durable,
};
use super::super::{load_metadata, store_metadata};
use super::{Home, names};

#[test]
fn every_directory_that_is_made_is_durable_in_its_parent() {
    let home = Home::new();
    create_dir(&home.disk, &home.path("a/b/c")).unwrap();
    assert!(home.path("a/b/c").is_dir());
    assert_eq!(
        home.disk.take(),
        ["sync directory .", "sync directory a", "sync directory a/b"]
    );
    create_dir(&home.disk, &home.path("a/b/c")).unwrap();
    assert!(home.disk.take().is_empty(), "one that is there needs nothing");
    home.write("file", b"");
    assert!(create_dir(&home.disk, &home.path("file")).is_err());
    assert!(create_dir(&home.disk, &home.path("file/below")).is_err());
}

#[test]
fn a_directory_of_the_store_is_no_link_and_the_store_itself_may_lie_behind_one() {
    let home = Home::new();
    fs::create_dir(home.path("elsewhere")).unwrap();
    symlink(home.path("elsewhere"), home.path("link")).unwrap();
    create_dir(&home.disk, &home.path("link")).unwrap();
    assert!(create_own_dir(&home.disk, &home.path("link")).is_err());
    create_own_dir(&home.disk, &home.path("own")).unwrap();
    create_own_dir(&home.disk, &home.path("own")).unwrap();
    assert!(is_own_dir(&home.disk, &home.path("own")));
    assert!(!is_own_dir(&home.disk, &home.path("link")));
    assert!(!is_own_dir(&home.disk, &home.path("missing")));
    assert!(exists(&home.disk, &home.path("link")) && !exists(&home.disk, &home.path("missing")));
}

#[test]
fn the_names_that_are_there_are_flushed_and_the_stores_own() {
    let home = Home::new();
    flush_names(&home.disk, &home.layout).unwrap();
    assert_eq!(home.disk.take(), ["sync directory outside", "sync directory ."]);
    for name in ["metadata/root_history", "bundles", "staging"] {
        fs::create_dir_all(home.path(name)).unwrap();
    }
    flush_names(&home.disk, &home.layout).unwrap();
    let flushed = home.disk.take();
    for name in ["metadata", "metadata/root_history", "staging", "bundles"] {
        assert!(flushed.contains(&format!("sync directory {name}")), "{flushed:?}");
    }
}

#[test]
fn a_file_is_read_up_to_its_cap_and_no_further() {
    let home = Home::new();
    home.write("file", b"12345");
    let read = |max| read_capped(&home.disk, &home.path("file"), max);
    assert_eq!(read(5).unwrap().unwrap(), b"12345");
    assert_eq!(read(6).unwrap().unwrap(), b"12345");
    assert_eq!(read(4).unwrap_err().kind(), ErrorKind::FileTooLarge);
    assert_eq!(read(0).unwrap_err().kind(), ErrorKind::FileTooLarge);
    let missing = read_capped(&home.disk, &home.path("missing"), 5);
    assert!(missing.unwrap().is_none());
    let directory = read_capped(&home.disk, home.directory.path(), 5);
    assert!(directory.is_err(), "a directory is not an absent file");
}

#[test]
fn a_file_is_replaced_whole_and_durably_or_not_at_all() {
    let home = Home::new();
    home.write("file.json", b"old");
    write_durable(&home.disk, &home.path("file.json"), b"new").unwrap();
    assert_eq!(fs::read(home.path("file.json")).unwrap(), b"new");
    assert_eq!(
        home.disk.take(),
        [
            "sync file.tmp",
            "rename file.tmp to file.json",
            "sync directory ."
        ]
    );
    home.write("taken.json/inside", b"");
    assert!(write_durable(&home.disk, &home.path("taken.json"), b"new").is_err());
    assert_eq!(names(home.directory.path()), ["file.json", "taken.json"]);
}

#[test]
fn a_move_is_durable_in_both_directories() {
    let home = Home::new();
    home.write("from/tree/file", b"1");
    fs::create_dir(home.path("to")).unwrap();
    rename(&home.disk, &home.path("from/tree"), &home.path("to/tree")).unwrap();
    assert_eq!(fs::read(home.path("to/tree/file")).unwrap(), b"1");
    assert_eq!(
        home.disk.take(),
        [
            "rename from/tree to to/tree",
            "sync directory from",
            "sync directory to"
        ]
    );
    assert!(rename(&home.disk, &home.path("from/tree"), &home.path("to/other")).is_err());
    barrier(&home.disk, &home.path("to")).unwrap();
    assert_eq!(home.disk.take().last().unwrap(), "barrier to");
    assert!(barrier(&home.disk, &home.path("missing")).is_err());
    let free = free_bytes(&home.disk, &home.path("to")).unwrap();
    assert!(free > 1, "{free} bytes are free where a test just wrote");
}

#[test]
fn a_file_a_tree_and_a_link_are_removed_and_what_a_link_leads_to_stays() {
    let home = Home::new();
    home.write("file", b"");
    home.write("tree/deep/file", b"");
    home.write("elsewhere/kept", b"");
    symlink(home.path("elsewhere"), home.path("link")).unwrap();
    for name in ["file", "tree", "link", "missing"] {
        remove_tree(&home.disk, &home.path(name)).unwrap();
        assert!(!home.has(name), "{name}");
    }
    assert!(home.has("elsewhere/kept"));
    assert!(remove_tree(&home.disk, &home.path("elsewhere/kept/below")).is_err());
}

#[test]
fn metadata_is_kept_by_name_and_nothing_else_is_taken_for_it() {
    let home = Home::new();
    let write = |name: &str, bytes: &[u8]| StoreOp::Write {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    };
    let operations = [
        write("root.json", b"1"),
        write("root_history/1.root.json", b"2"),
        write("gone.json", b"3"),
        StoreOp::Remove {
            name: "gone.json".to_owned(),
        },
    ];
    store_metadata(&home.disk, &home.layout, &operations).unwrap();
    home.write("metadata/notes.txt", b"4");
    let stored = load_metadata(&home.disk, &home.layout).files;
    let found: Vec<_> = stored
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    assert_eq!(
        found,
        [("root.json", &b"1"[..]), ("root_history/1.root.json", &b"2"[..])]
    );
    // What was only begun goes, whatever its name is.
    home.write("metadata/snapshot.tmp", b"half");
    home.write("metadata/root_history/2.root.tmp", b"half");
    assert_eq!(load_metadata(&home.disk, &home.layout).files, stored);
    assert!(!home.has("metadata/snapshot.tmp") && !home.has("metadata/root_history/2.root.tmp"));
    assert!(home.has("metadata/notes.txt"));
    for name in ["../outside.json", "/outside.json", "notes.txt", "./x.json"] {
        let refused = store_metadata(&home.disk, &home.layout, &[write(name, b"5")]);
        assert!(refused.is_err(), "{name}");
    }
    assert_eq!(names(home.directory.path()), ["metadata"]);
}

#[test]
fn several_files_are_replaced_or_none_is() {
    let home = Home::new();
    home.write("tree/one", b"old");
    home.write("tree/below/two", b"old");
    let [tree, one, two] = ["tree", "tree/one", "tree/below/two"].map(|name| home.path(name));
    let files = [(one, &b"new"[..]), (two, &b"newer"[..])];
    write_all_durable(&home.disk, &tree, &files).unwrap();
    assert_eq!(fs::read(home.path("tree/one")).unwrap(), b"new");
    assert_eq!(fs::read(home.path("tree/below/two")).unwrap(), b"newer");
    let nowhere = [files.to_vec(), vec![(home.path("tree/missing/three"), &b"x"[..])]].concat();
    assert!(write_all_durable(&home.disk, &tree, &nowhere).is_err());
    assert_eq!(names(&tree), ["below", "one"], "nothing half done is left");
    write_all_durable(&home.disk, &home.path("missing"), &[]).unwrap();
}

#[test]
fn everything_lies_where_the_design_says() {
    let home = Home::new();
    let id = "1".repeat(64).parse().unwrap();
    let digest = "2".repeat(64).parse().unwrap();
    let layout = &home.layout;
    for (path, name) in [
        (layout.state_lock(), "state.lock".to_owned()),
        (layout.sync_lock(), "sync.lock".to_owned()),
        (layout.metadata(), "metadata".to_owned()),
        (layout.bundle(&id), format!("bundles/{id}")),
        (layout.staged("x"), "staging/x".to_owned()),
        (layout.download(&digest), format!("downloads/{digest}.part")),
        (layout.trash(), "trash".to_owned()),
    ] {
        assert_eq!(path, home.path(&name));
    }
    assert_eq!(layout.root(), home.directory.path());
}
