//! A full disk refuses an update with its own code and never stops a launch, a confirmation or a
//! rollback. The disk is a real one: a small tmpfs, which needs root.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use airlock_system_tests::World;

/// A mounted file system of its own; unmounted when dropped.
struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    fn mount(path: &Path, kib: u32) -> Self {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={kib}k");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(path)
            .status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "mounting a tmpfs needs root"
        );
        Self {
            path: path.to_owned(),
        }
    }

    fn empty(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }

    /// Leaves not a byte.
    fn fill(&self) {
        let filler = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path.join("filler"))
            .unwrap();
        let mut writer = std::io::BufWriter::with_capacity(4096, filler);
        while std::io::Write::write_all(&mut writer, &[1; 4096]).is_ok() {}
        drop(writer.into_parts());
        assert!(
            fs::write(self.path.join("probe"), [1; 4096]).is_err(),
            "the disk is full"
        );
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

fn noise(bytes: u32) -> String {
    (0..bytes / 8)
        .map(|n| format!("{:08x}", n.wrapping_mul(2_654_435_761)))
        .collect()
}

#[test]
fn an_update_that_does_not_fit_is_refused_and_the_next_one_that_fits_installs() {
    let world = World::with_v2();
    let _disk = SmallDisk::mount(&world.path("device"), 2_500);
    let device = world.device();
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0");
    world.web(
        "v3",
        &[("index.html", "<h1>three</h1>"), ("big.js", &noise(4_000_000))],
    );
    world.publish("v3", "3.0.0", &[]).ok();
    let before = device.essence();
    device.run(&["sync"]).refused(122, "no_space");
    assert_eq!(device.essence(), before);
    assert_eq!(device.confirm(), "2.0.0");
    world.web("v4", &[("index.html", "<h1>four</h1>")]);
    world.publish("v4", "4.0.0", &[]).ok();
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "4.0.0");
}

#[test]
fn on_a_disk_that_is_full_to_the_last_byte_a_trial_still_rolls_back() {
    let world = World::with_v2();
    let disk = SmallDisk::mount(&world.path("device"), 2_500);
    let device = world.device();
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0");
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world.publish("v3", "3.0.0", &[]).ok();
    device.ok(&["sync"]);
    disk.fill();
    let launch = device.ok(&["launch"]);
    assert_eq!(launch["bundle"]["version"], "3.0.0");
    let token = launch["token"].as_str().unwrap();
    let rolled_back = device.ok(&["crash", "--token", token]);
    assert_eq!(rolled_back["launch"]["bundle"]["version"], "2.0.0");
    assert_eq!(device.confirm(), "2.0.0");
    world.web("v4", &[("index.html", "<h1>four</h1>")]);
    world.publish("v4", "4.0.0", &[]).ok();
    disk.fill();
    device.run(&["sync"]).refused(122, "no_space");
    disk.empty();
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "4.0.0");
}
