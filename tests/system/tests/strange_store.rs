//! A store in which somebody put strange things: nothing outside it changes, and nothing waits for ever.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use airlock_system_tests::World;

#[test]
fn links_out_of_the_store_are_not_followed() {
    for name in ["trash", "staging", "downloads", "bundles", "metadata"] {
        let world = World::with_v2();
        let device = world.device();
        let outside = world.path("outside");
        fs::create_dir_all(device.state()).unwrap();
        fs::create_dir_all(outside.join("album")).unwrap();
        fs::write(outside.join("album/photo.jpg"), "precious").unwrap();
        symlink(&outside, device.state().join(name)).unwrap();
        device.run(&["sync"]);
        device.run(&["gc"]);
        assert_eq!(
            device.launched(),
            if name == "trash" { "2.0.0" } else { "1.0.0" },
            "{name}"
        );
        let left: Vec<_> = fs::read_dir(&outside)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(left, ["album"], "{name}");
        assert_eq!(fs::read(outside.join("album/photo.jpg")).unwrap(), b"precious");
        fs::remove_file(device.state().join(name)).unwrap();
        device.ok(&["sync"]);
        assert_eq!(device.confirm(), "2.0.0", "{name}");
    }
}

#[test]
fn pipes_in_the_place_of_files_stop_nothing() {
    for name in ["state.a", "state.b", "state.lock"] {
        let world = World::with_v2();
        let device = world.device();
        fs::create_dir_all(device.state()).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(device.state().join(name))
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(device.launched(), "1.0.0", "{name}");
        device.run(&["sync"]).refused(123, "storage_failure");
        fs::remove_file(device.state().join(name)).unwrap();
        device.ok(&["sync"]);
        assert_eq!(device.confirm(), "2.0.0", "{name}");
    }
}

#[test]
fn the_state_and_its_launch_token_are_for_the_owner_only() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["launch"]);
    for name in ["state.a", "state.b", "state.lock"] {
        let mode = fs::metadata(device.state().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}
