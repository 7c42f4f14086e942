//! The store, fault by fault: each named case that real devices have met (design section 5).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::path::Path;
use std::sync::Arc;

use airlock_engine::ports::{Disk as _, Open};
use airlock_engine::{Engine, Route, Sync};
use airlock_sim::disk::{Errno, Fault, Tree};
use airlock_sim::promises;
use airlock_sim::world::{Forms, Phone, ROOT, Shop};

fn phone() -> Phone {
    Phone::new(&Shop::open(5), 1)
}

fn path(name: &str) -> std::path::PathBuf {
    Path::new(ROOT).join(name)
}

/// Syncs, launches and reports ready: the version that runs afterwards.
fn confirm(phone: &Phone, number: usize) -> String {
    phone.network.publish(number - 1);
    phone.boot().sync().unwrap();
    let engine = phone.boot();
    let launch = promises::launch(phone, &engine).unwrap();
    assert!(engine.ready(&launch.token).unwrap().accepted);
    launch.bundle.version
}

fn launched(phone: &Phone) -> String {
    promises::launch(phone, &phone.boot()).unwrap().bundle.version
}

fn floor(phone: &Phone) -> u64 {
    phone.boot().status().unwrap().floor
}

fn changed(phone: &Phone, change: impl FnOnce(&mut Tree)) -> Phone {
    let mut tree = phone.disk.tree();
    change(&mut tree);
    phone.with_disk(tree)
}

fn bundle(phone: &Phone, version: &str) -> std::path::PathBuf {
    path("bundles").join(&phone.shop().by_version(version).unwrap().id)
}

/// Flips a bit of `index.html`, or cuts its last byte off.
fn damaged(phone: &Phone, version: &str, shorter: bool) -> Phone {
    let file = bundle(phone, version).join("index.html");
    let mut bytes = phone.shop().by_version(version).unwrap().tree["index.html"].to_vec();
    match shorter {
        true => drop(bytes.pop()),
        false => bytes[0] ^= 1,
    }
    changed(phone, |tree| {
        tree.remove(&file);
        tree.furnish(&file, &bytes);
    })
}

fn route(sync: &Sync) -> Option<Route> {
    match sync {
        Sync::Staged { route, .. } => Some(*route),
        _ => None,
    }
}

fn quick(phone: &Phone) -> Engine {
    phone.boot_with(|config| config["verifyOnLaunch"] = "quick".into())
}

#[test]
fn a_backup_with_the_state_and_without_the_bundles() {
    let phone = phone();
    confirm(&phone, 3);
    let restored = changed(&phone, |tree| tree.remove(&path("bundles")));
    assert_eq!(launched(&restored), "1.0.0");
    assert_eq!(floor(&restored), 3, "the floor came along");
    let sync = restored.boot().sync().unwrap();
    assert_eq!(
        route(&sync),
        Some(Route::Archive),
        "the same release is fetched again, nothing is banned"
    );
    assert_eq!(confirm(&restored, 3), "3.0.0");
}

#[test]
fn a_backup_with_the_bundles_and_without_the_state() {
    let phone = phone();
    confirm(&phone, 3);
    let restored = changed(&phone, |tree| {
        tree.remove(&path("state.a"));
        tree.remove(&path("state.b"));
    });
    assert_eq!(launched(&restored), "1.0.0");
    let sync = restored.boot().sync().unwrap();
    assert_eq!(
        route(&sync),
        Some(Route::None),
        "the tree is verified and taken over, not fetched"
    );
    assert_eq!(confirm(&restored, 3), "3.0.0");
}

#[test]
fn a_backup_with_an_older_state_than_its_bundles() {
    let phone = phone();
    confirm(&phone, 2);
    let old = phone.disk.tree().files_below(Path::new(ROOT));
    confirm(&phone, 3);
    let restored = changed(&phone, |tree| {
        for slot in ["state.a", "state.b"] {
            tree.remove(&path(slot));
            tree.furnish(&path(slot), &old[slot]);
        }
    });
    assert_eq!(
        launched(&restored),
        "1.0.0",
        "the state names 2.0.0, and its tree is gone"
    );
    assert_eq!(confirm(&restored, 3), "3.0.0");
}

#[test]
fn a_container_that_moved() {
    let phone = phone();
    confirm(&phone, 2);
    let stored = phone.disk.tree().files_below(Path::new(ROOT));
    for (name, bytes) in stored.iter().filter(|(name, _)| !name.starts_with("bundles/")) {
        let names_a_path = bytes.windows(10).any(|window| window == b"/data/app/");
        assert!(!names_a_path, "{name} remembers where it lay");
    }
    phone
        .disk
        .rename(Path::new(ROOT), Path::new("/data/app/elsewhere"))
        .unwrap();
    let launch = phone.boot_at("/data/app/elsewhere").launch();
    assert_eq!(launch.bundle.version, "2.0.0");
    assert!(launch.root.starts_with("/data/app/elsewhere"));
}

#[test]
fn unreadable_is_not_corrupt() {
    let phone = phone();
    confirm(&phone, 2);
    let before = phone.disk.tree().files_below(Path::new(ROOT));
    phone.disk.inject(Fault::from_then_on(Errno::Access, 0));
    let launch = phone.boot().launch();
    let refused = phone.boot().sync().unwrap_err();
    assert!(phone.disk.heal() > 0);
    assert_eq!(
        launch.bundle.version, "1.0.0",
        "a phone before its first unlock starts"
    );
    assert_eq!(refused.code().as_str(), "storage_failure");
    assert_eq!(
        phone.disk.tree().files_below(Path::new(ROOT)),
        before,
        "and nothing was erased"
    );
    assert_eq!(launched(&phone), "2.0.0");
}

/// Whichever call of a launch it is that the disk refuses.
#[test]
fn a_bundle_that_cannot_be_read_once_is_not_dropped() {
    let phone = phone();
    confirm(&phone, 2);
    let calls = phone.disk.calls();
    launched(&phone);
    for call in 0..phone.disk.calls() - calls {
        let phone = phone.with_disk(phone.disk.tree());
        phone.disk.inject(Fault::once(Errno::Access, call));
        phone.boot().launch();
        phone.disk.heal();
        assert_eq!(
            launched(&phone),
            "2.0.0",
            "after call {call} of a launch was refused"
        );
    }
}

#[test]
fn corrupt_is_kept_as_evidence_and_healed_by_one_sync() {
    let phone = phone();
    confirm(&phone, 2);
    let ruined = changed(&phone, |tree| {
        for slot in ["state.a", "state.b"] {
            tree.remove(&path(slot));
            tree.furnish(&path(slot), b"nonsense");
        }
    });
    assert_eq!(launched(&ruined), "1.0.0");
    let files = ruined.disk.tree().files_below(Path::new(ROOT));
    assert_eq!(files["state.a.corrupt"].as_slice(), b"nonsense");
    assert_eq!(confirm(&ruined, 2), "2.0.0");
}

#[test]
fn a_clock_back_in_1970() {
    let phone = phone();
    confirm(&phone, 2);
    let right = phone.clock.millis();
    phone.clock.set(0);
    assert_eq!(launched(&phone), "2.0.0");
    assert_eq!(confirm(&phone, 3), "3.0.0");
    phone.clock.set(right);
    assert_eq!(launched(&phone), "3.0.0");
    assert_eq!(confirm(&phone, 5), "5.0.0");
}

#[test]
fn a_clock_ten_years_ahead() {
    let phone = phone();
    confirm(&phone, 3);
    phone.network.publish(3);
    phone.boot().sync().unwrap();
    let right = phone.clock.millis();
    phone.clock.set(right + 10 * 365 * 24 * 3_600_000);
    let engine = phone.boot();
    let launch = promises::launch(&phone, &engine).unwrap();
    assert_eq!(launch.bundle.version, "4.0.0");
    let back = engine.crash(&launch.token, None).unwrap().launch.unwrap();
    assert_eq!(back.bundle.version, "3.0.0", "a rollback needs no clock");
    assert_eq!(engine.sync().unwrap_err().code().as_str(), "metadata_expired");
    phone.clock.set(right);
    assert_eq!(
        confirm(&phone, 5),
        "5.0.0",
        "and it is over when the clock is right"
    );
}

#[test]
fn readers_need_no_lock_and_a_lock_ends_with_its_holder() {
    let phone = phone();
    confirm(&phone, 2);
    let held = |name: &str| {
        let file = phone.disk.open(&path(name), Open::Overwrite).unwrap();
        assert!(file.try_lock().unwrap());
        file
    };
    let (sync, state) = (held("sync.lock"), held("state.lock"));
    assert_eq!(phone.boot().status().unwrap().current.version, "2.0.0");
    assert_eq!(phone.boot().list().unwrap().len(), 2);
    assert!(
        phone
            .boot()
            .verify(None)
            .unwrap()
            .iter()
            .all(|verdict| verdict.valid)
    );
    drop(state);
    assert_eq!(launched(&phone), "2.0.0", "a launch waits for no download");
    assert_eq!(phone.boot().sync().unwrap_err().code().as_str(), "locked");
    drop(sync);
    assert_eq!(confirm(&phone, 3), "3.0.0");
}

#[test]
fn on_a_full_disk_everything_but_an_update_works() {
    let phone = phone();
    confirm(&phone, 3);
    phone.network.publish(3);
    phone.boot().sync().unwrap();
    phone.disk.limit(0);
    let engine = phone.boot();
    let launch = promises::launch(&phone, &engine).unwrap();
    assert_eq!(launch.bundle.version, "4.0.0");
    let back = engine.crash(&launch.token, None).unwrap().launch.unwrap();
    assert_eq!(back.bundle.version, "3.0.0");
    phone.disk.limit(0);
    phone.network.publish(4);
    assert_eq!(phone.boot().sync().unwrap_err().code().as_str(), "no_space");
    assert_eq!(launched(&phone), "3.0.0");
    phone.disk.heal();
    assert_eq!(confirm(&phone, 5), "5.0.0");
}

#[test]
fn a_tree_takes_one_barrier_and_the_order_is_data_name_state() {
    let phone = phone();
    confirm(&phone, 2);
    phone.disk.settle();
    phone.network.publish(2);
    phone.boot().sync().unwrap();
    let effects: Vec<String> = (0..phone.disk.effects())
        .map(|number| phone.disk.effect(number))
        .collect();
    let id = &phone.shop().by_version("3.0.0").unwrap().id;
    let places = |wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..effects.len())
            .filter(|place| wanted(&effects[*place]))
            .collect()
    };
    let data = places(&|effect| effect.contains("/staging/") && effect.starts_with("write"));
    let barrier = places(&|effect| effect.starts_with("barrier") && effect.contains("/staging/"));
    let name = places(&|effect| effect == format!("rename to {ROOT}/bundles/{id}"));
    let named = places(&|effect| effect == format!("sync directory {ROOT}/bundles"));
    let state = places(&|effect| effect.starts_with("write") && effect.contains("/state."));
    assert_eq!((barrier.len(), name.len()), (1, 1), "{effects:#?}");
    assert!(data.last() < barrier.first() && barrier < name, "{effects:#?}");
    assert!(
        named.iter().any(|sync| *sync > name[0] && *sync < state[0]),
        "{effects:#?}"
    );
}

#[test]
fn what_is_served_for_the_first_time_or_as_a_fallback_is_verified_in_full_even_when_quick() {
    let phone = phone();
    confirm(&phone, 2);
    phone.network.publish(2);
    phone.boot().sync().unwrap();
    let first = damaged(&phone, "3.0.0", false);
    assert_eq!(
        quick(&first).launch().bundle.version,
        "2.0.0",
        "a flipped bit before activation"
    );
    assert_eq!(
        quick(&phone).launch().bundle.version,
        "3.0.0",
        "the whole one is activated"
    );
    let token = phone.boot().launch().token;
    let fallback = damaged(&phone, "2.0.0", false);
    let back = quick(&fallback).crash(&token, None).unwrap().launch.unwrap();
    assert_eq!(back.bundle.version, "1.0.0", "a flipped bit in the fallback");
}

#[test]
fn quick_looks_at_names_and_sizes_and_full_at_every_byte() {
    let phone = phone();
    confirm(&phone, 2);
    let flipped = damaged(&phone, "2.0.0", false);
    assert_eq!(
        quick(&flipped).launch().bundle.version,
        "2.0.0",
        "what quick does not see is documented"
    );
    assert_eq!(launched(&damaged(&phone, "2.0.0", false)), "1.0.0");
    assert_eq!(
        quick(&damaged(&phone, "2.0.0", true)).launch().bundle.version,
        "1.0.0"
    );
    assert_eq!(launched(&phone), "2.0.0");
}

#[test]
fn the_quota_holds_through_every_release() {
    let shop = Shop::open(5);
    let phone = Phone::new(&shop, 0);
    for number in 0..shop.releases().len() {
        phone.network.publish(number + 1);
        phone.boot().sync().unwrap();
        promises::tidy(&phone).unwrap();
        let engine = phone.boot();
        let launch = promises::launch(&phone, &engine).unwrap();
        engine.ready(&launch.token).unwrap();
    }
    assert!(Arc::strong_count(&shop) > 1);
    assert_eq!(
        phone.boot().list().unwrap().len(),
        2,
        "the embedded bundle and the one that runs"
    );
}

#[test]
fn a_clean_up_that_fails_fails_no_update() {
    let phone = phone();
    confirm(&phone, 2);
    phone.network.publish(2);
    phone.boot().sync().unwrap();
    let engine = phone.boot();
    let launch = promises::launch(&phone, &engine).unwrap();
    let stray = path("trash/stray/file");
    let phone = changed(&phone, |tree| tree.furnish(&stray, b"left over"));
    let engine = phone.boot();
    assert!(engine.ready(&launch.token).unwrap().accepted);
    assert_eq!(launched(&phone), "3.0.0");
    phone.boot().sync().unwrap();
    promises::tidy(&phone).unwrap();
}

#[test]
fn each_form_that_the_server_has_lost_is_replaced_by_the_next() {
    let forms = [
        (Forms::All, Route::Patch),
        (Forms::Files, Route::Files),
        (Forms::Archives, Route::Archive),
    ];
    for (forms, expected) in forms {
        let phone = Phone::new(&Shop::open(40), 1);
        confirm(&phone, 2);
        phone.network.offer(forms);
        phone.network.publish(2);
        let sync = phone.boot().sync().unwrap();
        assert_eq!(route(&sync), Some(expected));
        assert_eq!(launched(&phone), "3.0.0");
    }
}
