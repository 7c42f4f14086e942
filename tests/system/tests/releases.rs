//! Releases move: back, to another channel, away. What a device downloads for it, and what it can still get.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Device, World};
use serde_json::{Value, json};

/// A device that has confirmed 2.0.0 and then 3.0.0.
fn world() -> World {
    let world = World::with_v2();
    world.device().ok(&["sync"]);
    world.device().confirm();
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world.publish("v3", "3.0.0", &[]).ok();
    world
}

/// Syncs; nothing but metadata and checksum.json may have come over the wire.
fn takes_without_a_download(world: &World, device: &Device<'_>) -> Value {
    world.server.requests();
    let sync = device.ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["route"]),
        (&json!("staged"), &json!("none"))
    );
    let requests = world.server.requests();
    let allowed = |path: &String| path.contains("/metadata/") || path.ends_with(".checksum.json");
    assert!(requests.iter().all(allowed), "{requests:?}");
    let served: u64 = requests
        .iter()
        .filter_map(|path| {
            let file = world
                .path("project/repository")
                .join(path.trim_start_matches('/'));
            Some(fs::metadata(file).ok()?.len())
        })
        .sum();
    assert_eq!(sync["bytesDownloaded"], served, "{requests:?}");
    sync
}

#[test]
fn rollback_is_one_command_and_no_download() {
    let world = world();
    let device = world.device();
    device.ok(&["sync"]);
    assert_eq!(device.launched(), "3.0.0");
    let back = world.author(&["rollback", "--to", "2.0.0"]).ok();
    assert_eq!((&back["was"], &back["sequence"]), (&json!(2), &json!(4)));
    takes_without_a_download(&world, &device);
    assert_eq!(device.confirm(), "2.0.0");
    assert_eq!(device.ok(&["status"])["floor"], 4);

    // A device that has neither gets the older content from its archive.
    let new = world.device_in(world.path("new"));
    let sync = new.ok(&["sync"]);
    assert_eq!(sync["route"], "archive");
    assert_eq!(sync["bundle"]["id"], back["id"]);
    assert_eq!(new.confirm(), "2.0.0");
}

#[test]
fn rollback_refuses_what_is_not_there_or_damaged_and_changes_nothing() {
    let world = world();
    let before = fs::read(world.path("project/repository/metadata/timestamp.json")).unwrap();
    world.author(&["rollback", "--to", "1.9.9"]).refused(2, "usage");
    world.author(&["rollback", "--to", "3.0.0"]).refused(2, "usage");
    let place = world.path("project/repository/targets/stable/2");
    let archive = fs::read_dir(&place)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_str().unwrap().ends_with(".zip"))
        .unwrap();
    let good = fs::read(&archive).unwrap();
    fs::write(&archive, [&good[..good.len() - 1], b"!"].concat()).unwrap();
    world
        .author(&["rollback", "--to", "2.0.0"])
        .refused(115, "checksum_mismatch");
    fs::remove_file(&archive).unwrap();
    world
        .author(&["rollback", "--to", "2.0.0"])
        .refused(115, "checksum_mismatch");
    assert_eq!(
        fs::read(world.path("project/repository/metadata/timestamp.json")).unwrap(),
        before
    );
    fs::write(&archive, &good).unwrap();
    world.author(&["rollback", "--to", "2.0.0"]).ok();
    assert_eq!(world.device().ok(&["sync"])["result"], "up-to-date");
}

#[test]
fn promote_publishes_the_same_bytes_on_another_channel() {
    let world = world();
    world.open_channel("beta");
    world.web("v4", &[("index.html", "<h1>four</h1>")]);
    let published = world
        .publish("v4", "4.0.0", &["--channel", "beta", "--notes", "new"])
        .ok();
    let beta = world.config(|config| config["channel"] = json!("beta"));
    let tester = world.device_in(world.path("tester")).with_config(beta);
    tester.ok(&["sync"]);
    assert_eq!(tester.confirm(), "4.0.0");
    assert_eq!(world.device().ok(&["sync"])["bundle"]["version"], "3.0.0");

    let promoted = world
        .author(&["promote", "--from", "beta", "--to", "stable"])
        .ok();
    assert_eq!(promoted["id"], published["id"]);
    assert_eq!(promoted["sequence"], 5);
    assert_eq!(world.device().ok(&["sync"])["bundle"]["version"], "4.0.0");
    // The tester's app changes to the other channel: it has the tree already.
    let on_stable = world.device_in(world.path("tester"));
    world.server.requests();
    let sync = on_stable.ok(&["sync"]);
    assert_eq!(sync["bundle"]["version"], "4.0.0");
    assert!(!world.server.requests().iter().any(|path| path.ends_with(".zip")));

    world
        .author(&["promote", "--from", "beta", "--to", "beta"])
        .refused(2, "usage");
    world
        .author(&["promote", "--from", "beta", "--to", "nowhere"])
        .refused(2, "config_invalid");
    world
        .author(&["promote", "--from", "beta", "--to", "stable", "9.9.9"])
        .refused(2, "usage");
}

#[test]
fn prune_leaves_every_device_its_release() {
    let world = world();
    // A device of a hundred would be offered 5.0.0: with this seed it is none of them.
    let phone = || world.device().with(&["--seed", "1"]);
    // For new native apps only, and for a tenth: older apps and the other nine tenths still need 3.0.0.
    world.web("v4", &[("index.html", "<h1>four</h1>")]);
    world
        .publish("v4", "4.0.0", &["--native", "android:>=9.0.0"])
        .ok();
    world.web("v5", &[("index.html", "<h1>five</h1>")]);
    world.publish("v5", "5.0.0", &["--rollout", "1"]).ok();

    let would = world.author(&["prune", "--keep", "1", "--dry-run"]).ok();
    assert_eq!(
        would["releases"],
        json!([{"channel": "stable", "sequence": 2, "version": "2.0.0"}])
    );
    let listed = world.path("project/repository/targets/stable/2");
    assert!(listed.is_dir(), "a dry run changes nothing");
    let pruned = world.author(&["prune", "--keep", "1"]).ok();
    assert_eq!(pruned["releases"], would["releases"]);
    assert_eq!(pruned["freedBytes"], would["freedBytes"]);
    assert!(!listed.exists());

    assert_eq!(phone().ok(&["sync"])["bundle"]["version"], "3.0.0");
    assert_eq!(phone().confirm(), "3.0.0");
    let new = world
        .device_in(world.path("new"))
        .with(&["--native-version", "9.1.0"]);
    let version = new.ok(&["sync"])["bundle"]["version"].clone();
    assert!(version == "4.0.0" || version == "5.0.0", "{version}");

    // Once a release is for everybody, the others may go; a device on the old one follows.
    world.publish("v5", "5.0.1", &[]).ok();
    let pruned = world.author(&["prune", "--keep", "1"]).ok();
    assert_eq!(pruned["releases"].as_array().unwrap().len(), 3);
    phone().ok(&["sync"]);
    assert_eq!(phone().confirm(), "5.0.1");
    world.author(&["rollback", "--to", "3.0.0"]).refused(2, "usage");
    assert_eq!(
        world.author(&["prune", "--keep", "1"]).ok()["releases"],
        json!([])
    );
}
