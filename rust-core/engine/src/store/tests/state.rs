//! slots.rs and lock.rs: what is flushed when, and who waits.

use std::fs;

use super::super::{Loaded, Lock, SLOT_SIZE, Slots, Wait};
use super::Home;
use crate::machine::State;

fn state(launches: u64) -> State {
    State {
        launches,
        ..State::new("device".to_owned())
    }
}

fn launches(loaded: &Loaded) -> Option<u64> {
    match loaded {
        Loaded::State(state) => Some(state.launches),
        _ => None,
    }
}

#[test]
fn a_new_slot_is_durable_by_name_and_each_write_by_content() {
    let home = Home::new();
    let slots = Slots::new(home.directory.path());
    slots.save(&home.disk, &state(1)).unwrap();
    let first = home.disk.take();
    for wanted in ["sync state.a", "sync state.b", "sync directory ."] {
        assert!(first.contains(&wanted.to_owned()), "{first:?}");
    }
    assert_eq!(first.last().unwrap(), "sync directory .");
    slots.save(&home.disk, &state(2)).unwrap();
    assert_eq!(home.disk.take(), ["sync state.b"]);
    slots.save(&home.disk, &state(3)).unwrap();
    assert_eq!(home.disk.take(), ["sync state.a"]);
}

#[test]
fn what_another_process_wrote_is_flushed_once_before_it_is_built_on() {
    let home = Home::new();
    let other = Slots::new(home.directory.path());
    let slots = Slots::new(home.directory.path());
    assert!(matches!(slots.load_durable(&home.disk), Loaded::Fresh));
    assert!(home.disk.take().is_empty(), "there is nothing to flush");
    other.save(&home.disk, &state(1)).unwrap();
    other.save(&home.disk, &state(2)).unwrap();
    home.disk.take();
    assert_eq!(launches(&slots.load_durable(&home.disk)), Some(2));
    assert_eq!(home.disk.take(), ["sync state.b", "sync directory ."]);
    assert_eq!(launches(&slots.load_durable(&home.disk)), Some(2));
    assert!(home.disk.take().is_empty(), "once is enough");
    slots.save(&home.disk, &state(3)).unwrap();
    home.disk.take();
    assert_eq!(launches(&slots.load_durable(&home.disk)), Some(3));
    assert!(home.disk.take().is_empty(), "its own writes are durable");
    other.save(&home.disk, &state(4)).unwrap();
    home.disk.take();
    assert_eq!(launches(&slots.load_durable(&home.disk)), Some(4));
    assert_eq!(home.disk.take(), ["sync state.b", "sync directory ."]);
}

#[test]
fn a_first_write_that_was_cut_off_leaves_nothing_and_no_ruin() {
    let home = Home::new();
    let slots = Slots::new(home.directory.path());
    home.write("state.b", &vec![0; SLOT_SIZE]);
    assert!(matches!(slots.load(&home.disk), Loaded::Fresh));
    home.write("state.a", b"nonsense");
    assert!(matches!(slots.load(&home.disk), Loaded::Corrupt));
}

#[test]
fn readers_flush_nothing() {
    let home = Home::new();
    Slots::new(home.directory.path())
        .save(&home.disk, &state(1))
        .unwrap();
    home.disk.take();
    let slots = Slots::new(home.directory.path());
    assert_eq!(launches(&slots.load(&home.disk)), Some(1));
    assert!(home.disk.take().is_empty());
}

#[test]
fn the_largest_record_fills_its_slot_and_one_byte_more_is_refused() {
    let home = Home::new();
    let slots = Slots::new(home.directory.path());
    let longest = SLOT_SIZE - 52 - serde_json::to_vec(&state(1)).unwrap().len() + "device".len();
    let with_name = |length: usize| State {
        launches: 1,
        ..State::new("d".repeat(length))
    };
    assert!(slots.save(&home.disk, &with_name(longest + 1)).is_err());
    assert!(!home.has("state.a"), "nothing was begun");
    slots.save(&home.disk, &with_name(longest)).unwrap();
    assert_eq!(
        fs::metadata(home.path("state.a")).unwrap().len(),
        SLOT_SIZE as u64
    );
    assert_eq!(launches(&slots.load(&home.disk)), Some(1));
}

#[test]
fn a_sync_asks_once_for_its_lock_and_a_transition_waits() {
    let home = Home::new();
    let path = home.path("state.lock");
    home.disk.refuse_locks(1);
    assert!(Lock::take(&home.disk, &path, Wait::No).is_err());
    assert_eq!(home.disk.take(), ["lock state.lock"]);
    home.disk.refuse_locks(2);
    let held = Lock::take(&home.disk, &path, Wait::ForTransition).unwrap();
    assert_eq!(home.disk.take().len(), 3);
    assert!(
        Lock::take(&home.disk, &path, Wait::No).is_err(),
        "the lock is a real one"
    );
    drop(held);
    assert!(Lock::take(&home.disk, &path, Wait::No).is_ok());
}
