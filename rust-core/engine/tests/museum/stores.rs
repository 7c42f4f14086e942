//! What the disk did, with the real engine on a real directory. The store is that of the fixture
//! `stores/schema-1/`: 3.0.0 is confirmed, 6.0.0 on trial, 7.0.0 waits.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use airlock_engine::store::SLOT_SIZE;

use crate::store_support::{Store, UPDATED_APP, store_of_schema_1};

const V7: &str = "b6c00c3ae6342ff997145ffd64eed540a92510178f0e781064282f77c0008198";

fn launched(store: &Store) -> (String, u32) {
    let launch = store.engine(UPDATED_APP).launch();
    assert!(launch.root.join("index.html").is_file());
    (launch.bundle.version, launch.attempt)
}

fn tree(store: &Store, id: &str) -> PathBuf {
    store.root().join("bundles").join(id)
}

/// CodePush #921, #1096, #1149, #2654, #2668: a corrupt state file crashed the app at every launch, for
/// years. Held by: `Loaded::Corrupt` in `Session::open` in session.rs, and `newest` in slots.rs, which
/// answers instead of failing.
#[test]
fn a_corrupt_state_file_crashes_every_launch() {
    let store = store_of_schema_1();
    for name in ["state.a", "state.b"] {
        fs::write(store.root().join(name), b"{\"truncated").unwrap();
    }
    for _ in 0..2 {
        let launch = store.engine(UPDATED_APP).launch();
        assert_eq!(launch.bundle.id, "embedded");
        let ready = store.engine(UPDATED_APP).ready(&launch.token).unwrap();
        assert!(ready.accepted, "and the engine works again");
    }
    assert!(
        store.root().join("state.a.corrupt").is_file(),
        "the evidence is kept"
    );
}

/// expo #48733, #49457, and tough CVE-2025-2888: what was rejected at one launch was served at the
/// next. Held by: `Event::Unusable` in the loop of `Engine::serve` in launch.rs, part of the same write.
#[test]
fn rejected_data_is_served_on_the_second_launch() {
    let store = store_of_schema_1();
    fs::write(tree(&store, V7).join("index.html"), "<h1>8</h1>\n").unwrap();
    assert_eq!(launched(&store).0, "3.0.0");
    assert!(!tree(&store, V7).exists());
    assert_eq!(launched(&store).0, "3.0.0");
    let status = store.engine(UPDATED_APP).status().unwrap();
    assert!(status.next.is_none() && status.trial.is_none());
}

/// expo #17745: the launch was written down before the check, so a bundle that failed it was counted as
/// launched. Held by: `verify_served` before `commit` in `Engine::serve` in launch.rs.
#[test]
fn a_launch_is_written_down_before_it_is_checked() {
    let store = store_of_schema_1();
    fs::remove_file(tree(&store, V7).join("index.html")).unwrap();
    let failed = store.engine(UPDATED_APP).status().unwrap().failed.len();
    launched(&store);
    let status = store.engine(UPDATED_APP).status().unwrap();
    assert!(status.trial.is_none(), "no attempt of what was never shown");
    assert_eq!(status.failed.len(), failed, "damage is no verdict");
}

/// expo #46741, #28168: an update was registered and its files were not there; every launch from then on
/// was an emergency launch. Held by: `is_damage` in error.rs and `unusable` in transition.rs: what is
/// missing is dropped once, and the launch that follows is a normal one.
#[test]
fn an_update_without_its_files_makes_every_launch_an_emergency() {
    let store = store_of_schema_1();
    fs::remove_dir_all(tree(&store, V7)).unwrap();
    for _ in 0..2 {
        let launch = store.engine(UPDATED_APP).launch();
        assert_eq!(launch.bundle.version, "3.0.0");
        assert!(store.engine(UPDATED_APP).ready(&launch.token).unwrap().accepted);
    }
}

/// OtaKit #36: the write of the state failed, nobody looked, and an uncounted trial was shown. Held by:
/// `cold_start` in launch.rs, whose error leads to `launch_unrecorded`, where trial and next are
/// dropped (R7).
#[test]
fn a_failed_write_is_ignored_and_the_trial_is_shown() {
    let store = store_of_schema_1();
    fs::create_dir(store.root().join("state.lock")).unwrap();
    assert_eq!(launched(&store), ("3.0.0".to_owned(), 1));
    fs::remove_dir(store.root().join("state.lock")).unwrap();
    assert_eq!(
        launched(&store),
        ("7.0.0".to_owned(), 1),
        "the first attempt is still to come"
    );
}

/// expo #19483: counting a successful launch needed disk space, and a full disk ended the app. Held by:
/// `overwrite(other, …)` in `save` in slots.rs: both slots have their full size from the first write on
/// and keep their place on the disk. On a really full disk: tests/system/tests/disk_full.rs.
#[test]
fn bookkeeping_needs_space_on_a_full_disk() {
    let store = Store::new();
    store.engine(r#"{"appId":"a.b"}"#).launch();
    let slots = || {
        ["state.a", "state.b"].map(|name| {
            let metadata = fs::metadata(store.root().join(name)).unwrap();
            (metadata.ino(), metadata.len(), metadata.blocks())
        })
    };
    let before = slots();
    assert!(before.iter().all(|(_, length, _)| *length == SLOT_SIZE as u64));
    for _ in 0..5 {
        store.engine(r#"{"appId":"a.b"}"#).launch();
        assert_eq!(slots(), before);
    }
}

/// Shorebird's design note: no lock between processes, so two starts at once counted one attempt and
/// rolled a good patch back. Held by: `Lock::take` in `Session::open` in session.rs.
#[test]
fn two_processes_count_the_same_attempt() {
    let store = store_of_schema_1();
    let counted: BTreeSet<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..3).map(|_| scope.spawn(|| launched(&store))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let expected = [1, 2, 3].map(|attempt| ("7.0.0".to_owned(), attempt));
    assert_eq!(counted, expected.into());
    assert_eq!(launched(&store).0, "3.0.0");
}

/// A phone before its first unlock, an app out of file handles: the state could not be read, was taken
/// for corrupt and erased. Held by: `Loaded::Unreadable` in `Session::open` in session.rs.
#[test]
fn what_cannot_be_read_is_erased() {
    let store = store_of_schema_1();
    let slot = store.root().join("state.b");
    let kept = fs::read(&slot).unwrap();
    fs::remove_file(&slot).unwrap();
    fs::create_dir(&slot).unwrap();
    assert_eq!(store.engine(UPDATED_APP).launch().bundle.id, "embedded");
    fs::remove_dir(&slot).unwrap();
    fs::write(&slot, kept).unwrap();
    assert_eq!(launched(&store).0, "7.0.0");
}
