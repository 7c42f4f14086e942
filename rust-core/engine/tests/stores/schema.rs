//! States of other engines. `schema-1/` was written by the `airlock` of commit 602fe4c, the last one
//! with schema 1: `airlock device` with `autoDeletePrevious: false` confirmed 2.0.0 and 3.0.0, gave
//! up 4.0.0 (crashed), launched 6.0.0 and staged 7.0.0. Only the zeros at the end of the slots and
//! what a state does not name were left out.

use std::fs;
use std::path::Path;

use airlock_engine::store::SLOT_SIZE;
use airlock_engine::{Engine, Launch};

use crate::support::{UPDATED_APP as CONFIG, store_of_schema_1};

fn version(launch: &Launch) -> &str {
    &launch.bundle.version
}

fn failed(engine: &Engine) -> Vec<String> {
    let status = engine.status().unwrap();
    status
        .failed
        .iter()
        .map(|failure| failure.version.clone())
        .collect()
}

#[test]
fn a_state_of_schema_1_is_read_with_everything_it_says() {
    let store = store_of_schema_1();
    let before = store.files();
    let status = store.engine(CONFIG).status().unwrap();
    assert_eq!(status.fallback.version, "3.0.0");
    assert_eq!(status.trial.unwrap().version, "6.0.0");
    assert_eq!(status.next.unwrap().version, "7.0.0");
    assert_eq!(
        (status.floor, status.native_version.as_deref()),
        (3, Some("3.1.0"))
    );
    assert_eq!(status.failed[0].code, "crashed");
    assert_eq!(status.failed[0].reason.as_deref(), Some("white page"));
    assert_eq!(store.files(), before, "reading writes nothing");
}

#[test]
fn an_app_update_goes_on_where_the_older_engine_stopped() {
    let store = store_of_schema_1();
    let engine = store.engine(CONFIG);
    let launch = engine.launch();
    assert_eq!((version(&launch), launch.attempt), ("7.0.0", 1));
    assert!(engine.ready(&launch.token).unwrap().accepted);
    let status = engine.status().unwrap();
    assert_eq!((status.fallback.version.as_str(), status.floor), ("7.0.0", 7));
    assert_eq!(failed(&engine), ["4.0.0"]);
    let unread = engine.take_failed_update().unwrap().unwrap();
    assert_eq!((unread.version.as_str(), unread.code), ("4.0.0", "crashed"));
    assert_eq!(engine.take_failed_update().unwrap(), None, "once");
}

#[test]
fn b7_the_fourth_bundle_that_schema_1_allowed_is_not_named_any_more() {
    let store = store_of_schema_1();
    let listed: Vec<_> = store.engine(CONFIG).list().unwrap();
    let versions: Vec<_> = listed[1..].iter().map(|bundle| bundle.version.as_str()).collect();
    assert_eq!(versions, ["7.0.0", "3.0.0", "6.0.0"]);
}

#[test]
fn a_state_of_a_newer_engine_is_left_alone_and_the_embedded_bundle_starts() {
    let store = store_of_schema_1();
    for name in ["state.a", "state.b"] {
        renumber_schema(&store.root().join(name), 99);
    }
    let before = store.files();
    for _ in 0..3 {
        let launch = store.engine(CONFIG).launch();
        assert_eq!(launch.bundle.id, "embedded");
        assert!(store.engine(CONFIG).ready(&launch.token).is_err());
    }
    let error = store.engine(CONFIG).sync().unwrap_err();
    assert_eq!(error.code().as_str(), "storage_failure");
    assert!(error.to_string().contains("newer version of the app"), "{error}");
    let mut after = store.files();
    after.remove("state.lock");
    assert_eq!(after, before, "nothing is erased, nothing is written over");

    for name in ["state.a", "state.b"] {
        renumber_schema(&store.root().join(name), 1);
    }
    assert_eq!(
        version(&store.engine(CONFIG).launch()),
        "7.0.0",
        "the newer app is back"
    );
}

/// Rewrites a whole slot with another schema number: magic, number, length, SHA-256, record.
fn renumber_schema(path: &Path, schema: u32) {
    let slot = fs::read(path).unwrap();
    let length = u32::from_le_bytes(slot[16..20].try_into().unwrap()) as usize;
    let mut record: serde_json::Value = serde_json::from_slice(&slot[52..52 + length]).unwrap();
    record["schema"] = schema.into();
    let record = serde_json::to_vec(&record).unwrap();
    let length = u32::try_from(record.len()).unwrap().to_le_bytes();
    let sealed = [&slot[8..16], &length, &record].concat();
    let digest = airlock_protocol::Sha256Digest::of(&sealed);
    let mut bytes = [b"AIRLOCK1", &slot[8..16], &length, digest.as_bytes(), &record].concat();
    bytes.resize(SLOT_SIZE, 0);
    fs::write(path, bytes).unwrap();
}
