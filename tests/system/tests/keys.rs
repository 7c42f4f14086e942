//! Keys change, installed apps follow: a device that knows only the first root, across rotation, thresholds,
//! lost and stolen keys.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Device, Forge, Run, World, airlock, copy_tree};

const OPEN: &str = "--no-passphrase";

/// A device of the first build, which runs 2.0.0.
fn installed(world: &World) -> Device<'_> {
    let device = world.device().with_config(world.installed_config());
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0");
    device
}

/// A new release arrives at this device and at one that was installed today.
fn receives(world: &World, device: &Device<'_>, version: &str) {
    world.web("next", &[("index.html", version)]);
    world.publish("next", version, &[]).ok();
    for device in [
        device,
        &world
            .device_in(world.path(&format!("new-{version}")))
            .with_config(world.installed_config()),
    ] {
        assert_eq!(device.ok(&["sync"])["result"], "staged", "{version}");
        assert_eq!(device.confirm(), version);
    }
}

#[test]
fn a_device_follows_each_change_of_keys() {
    let world = World::with_v2();
    let device = installed(&world);
    for (number, change) in [
        &["keys", "rotate", "--role", "release", OPEN][..],
        &["keys", "rotate", "--role", "root", OPEN],
        &["keys", "rotate", "--role", "root", "--role", "release", OPEN],
        &["keys", "rotate", "--role", "online", OPEN],
        &["keys", "rotate", "--role", "stable", OPEN],
    ]
    .iter()
    .enumerate()
    {
        world.author(change).ok();
        assert_eq!(device.ok(&["sync"])["result"], "up-to-date", "{change:?}");
        receives(&world, &device, &format!("3.{number}.0"));
    }
}

#[test]
fn a_device_follows_thresholds_and_publishing_needs_as_many_keys() {
    let world = World::with_v2();
    let device = installed(&world);
    for name in ["b", "c", "d", "e"] {
        let file = format!("keys/{name}.pem");
        Run::of(
            airlock()
                .args(["keys", "generate", &file, OPEN, "--json"])
                .current_dir(world.path("project")),
        )
        .ok();
    }
    let split = |role: &str, keys: [&str; 3]| {
        let [own, second, third] = keys;
        let keys = ["--key", own, "--key", second, "--key", third];
        let words = ["keys", "split", "--role", role, "--threshold", "2"];
        world.author(&[&words[..], &keys].concat())
    };
    let of_root = ["keys/root.pem", "keys/b.pem", "keys/c.pub.pem"];
    split("root", of_root).ok();
    assert_eq!(device.ok(&["sync"])["result"], "up-to-date");
    split("release", of_root).refused(2, "usage");
    split("release", ["keys/release.pem", "keys/d.pem", "keys/e.pub.pem"]).ok();
    receives(&world, &device, "3.0.0");

    // One key of two is not enough; nothing changes for devices.
    fs::rename(world.path("project/keys/d.pem"), world.path("d.pem")).unwrap();
    world.publish("next", "3.1.0", &[]).refused(2, "config_invalid");
    world.author(&["refresh"]).refused(2, "config_invalid");
    assert_eq!(device.ok(&["sync"])["result"], "up-to-date");
    let key = world.path("d.pem");
    world.author(&["refresh", "--key", key.to_str().unwrap()]).ok();
    fs::rename(world.path("d.pem"), world.path("project/keys/d.pem")).unwrap();
    receives(&world, &device, "3.2.0");
}

#[test]
fn a_device_that_was_offline_across_three_rotations_follows_the_chain() {
    let world = World::with_v2();
    let device = installed(&world);
    for _ in 0..3 {
        let both = ["keys", "rotate", "--role", "root", "--role", "release", OPEN];
        world.author(&both).ok();
    }
    receives(&world, &device, "3.0.0");
}

#[test]
fn the_next_app_build_trusts_the_new_root_only() {
    let world = World::with_v2();
    world.author(&["keys", "rotate", "--role", "root", OPEN]).ok();
    // `init`'s configuration names the new root now.
    let device = world.device();
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0");
    let config = fs::read_to_string(world.path("project/capacitor.airlock.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    let new = fs::read_to_string(world.path("project/keys/root-2.pub.pem")).unwrap();
    assert_eq!(config["publicKey"], new);
    world.author(&["keys", "rotate", "--role", "release", OPEN]).ok();
    assert_eq!(device.ok(&["sync"])["result"], "up-to-date");
}

#[test]
fn what_a_stolen_release_key_signs_after_its_end_is_refused() {
    let world = World::with_v2();
    let device = installed(&world);
    // The thief has everything of that day but the root key.
    copy_tree(&world.path("project"), &world.path("thief"));
    fs::remove_file(world.path("thief/keys/root.pem")).unwrap();
    world.author(&["keys", "rotate", "--role", "release", OPEN]).ok();
    device.ok(&["sync"]);

    copy_tree(&world.path("project"), &world.path("author"));
    world.replace("project", "thief");
    world.web("evil", &[("index.html", "evil")]);
    world.publish("evil", "6.6.6", &[]).ok();
    let unaware = world
        .device_in(world.path("unaware"))
        .with_config(world.installed_config());
    assert_eq!(
        unaware.ok(&["sync"])["result"],
        "staged",
        "the thief's release is good for whoever has not met the new root"
    );
    let before = device.essence();
    device.run(&["sync"]).refused(118, "metadata_invalid");
    assert_eq!(device.essence(), before);

    world.replace("project", "author");
    receives(&world, &device, "7.0.0");
}

#[test]
fn a_fast_forward_is_undone_by_a_new_key() {
    let world = World::with_v2();
    let device = installed(&world);
    copy_tree(&world.path("project"), &world.path("author"));
    Forge::new(&world.path("project")).fast_forward();
    device.ok(&["sync"]);
    world.replace("project", "author");
    world.author(&["refresh"]).ok();
    device.run(&["sync"]).refused(119, "downgrade_refused");

    world.author(&["keys", "rotate", "--role", "online", OPEN]).ok();
    assert_eq!(device.ok(&["sync"])["result"], "up-to-date");
    receives(&world, &device, "3.0.0");
}

#[test]
fn a_lost_release_key_is_replaced_with_the_root_key_alone() {
    let world = World::with_v2();
    let device = installed(&world);
    fs::remove_file(world.path("project/keys/release.pem")).unwrap();
    world.publish("v2", "2.0.1", &[]).refused(2, "config_invalid");
    assert_eq!(device.ok(&["sync"])["result"], "up-to-date");
    world.author(&["keys", "rotate", "--role", "release", OPEN]).ok();
    receives(&world, &device, "3.0.0");

    // Without the root key nothing of the kind is possible, and nothing changes.
    fs::rename(world.path("project/keys/root.pem"), world.path("root.pem")).unwrap();
    let before = fs::read(world.path("project/airlock.json")).unwrap();
    world
        .author(&["keys", "rotate", "--role", "release", OPEN])
        .refused(2, "config_invalid");
    assert_eq!(fs::read(world.path("project/airlock.json")).unwrap(), before);
    fs::rename(world.path("root.pem"), world.path("project/keys/root.pem")).unwrap();
    world.author(&["keys", "rotate", "--role", "release", OPEN]).ok();
    receives(&world, &device, "4.0.0");
}
