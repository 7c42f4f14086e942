//! A process killed at any time leaves a device that starts with the old bundle, and the next sync
//! finishes. Kills are placed by what the server sees and by what the disk shows, never by a clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::process::Child;

use airlock_system_tests::{Device, Fault, World};

fn kill(mut child: Child) {
    child.kill().expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), None, "SIGKILL ended it");
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !condition() {
        assert!(started.elapsed().as_secs() < 60, "waiting for {what}");
        std::thread::yield_now();
    }
}

/// A world whose release is large enough that a download has a middle.
fn world() -> World {
    let world = World::new();
    let noise: String = (0_u32..60_000)
        .map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761)))
        .collect();
    world.web("v2", &[("big.js", &noise)]);
    world.publish("v2", "2.0.0", &["--sequence", "2"]).ok();
    world
}

fn survives(world: &World, device: &Device<'_>) {
    world.server.fault(None);
    world.server.release();
    assert_eq!(device.launched(), "1.0.0");
    assert_eq!(device.ok(&["sync"])["result"], "staged");
    assert_eq!(device.confirm(), "2.0.0");
    for temporary in ["staging", "downloads", "trash"] {
        let left = std::fs::read_dir(device.state().join(temporary)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{temporary} outlived the next sync");
    }
}

#[test]
fn killed_while_waiting_for_each_file_of_the_repository() {
    for part in [
        "1.root.json",
        "timestamp.json",
        "snapshot.json",
        "targets.json",
        "stable.json",
        "checksum.json",
        "bundle.zip",
    ] {
        let world = world();
        let device = world.device();
        world.server.fault(Some(Fault::HoldAfter(part, 10)));
        let child = device.spawn(&["sync"]);
        wait_until(part, || {
            world.server.requests().iter().any(|path| path.contains(part))
        });
        kill(child);
        survives(&world, &device);
    }
}

#[test]
fn killed_in_the_middle_of_the_archive() {
    let world = world();
    let device = world.device();
    world.server.fault(Some(Fault::HoldAfter("bundle.zip", 100_000)));
    let child = device.spawn(&["sync"]);
    let downloads = device.state().join("downloads");
    wait_until("a partial download", || {
        let files = std::fs::read_dir(&downloads).into_iter().flatten().flatten();
        files
            .filter_map(|file| file.metadata().ok())
            .any(|metadata| metadata.len() > 0)
    });
    kill(child);
    survives(&world, &device);
}

#[test]
fn killed_as_soon_as_a_directory_of_the_store_appears() {
    for name in ["metadata", "downloads", "staging", "bundles"] {
        let world = world();
        let device = world.device();
        let mut child = device.spawn(&["sync"]);
        wait_until(name, || device.state().join(name).exists());
        child.kill().expect("it was started");
        child.wait().expect("it ends");
        // What was finished before the signal arrived may be served; half of it never is.
        let launched = device.launched();
        assert!(["1.0.0", "2.0.0"].contains(&launched.as_str()), "{launched}");
        device.ok(&["sync"]);
        device.ok(&["launch"]);
        assert_eq!(device.confirm(), "2.0.0");
    }
}

#[test]
fn two_syncs_at_once_are_one_sync_and_one_refusal() {
    let world = world();
    let device = world.device();
    world.server.fault(Some(Fault::HoldAfter("bundle.zip", 10)));
    let child = device.spawn(&["sync"]);
    wait_until("the first sync", || {
        world
            .server
            .requests()
            .iter()
            .any(|path| path.contains("bundle.zip"))
    });
    device.run(&["sync"]).refused(124, "locked");
    device.run(&["gc"]).refused(124, "locked");
    assert_eq!(device.launched(), "1.0.0", "a launch never waits for a download");
    world.server.fault(None);
    world.server.release();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(device.confirm(), "2.0.0");
}
