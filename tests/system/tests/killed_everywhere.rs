//! SIGKILL at every mutating system call of a verb, one after the other, until a run needs none.
//!
//! `strace` injects the signal at the N-th such call of a thread; N grows until the verb finishes by
//! itself, so no call is left out and nothing is counted by hand. After each kill the device starts,
//! serves a whole bundle, and one clean sync and launch bring the newest release.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::path::Path;
use std::process::{Command, Stdio};

use airlock_system_tests::{Device, World};

/// Calls that change the disk, or make a change durable.
const MUTATING: &str = "write,pwrite64,writev,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,\
fsync,fdatasync,syncfs,ftruncate,fallocate,flock,link,linkat,chmod,fchmod,copy_file_range";

/// Runs a verb and kills it at its `n`-th mutating call; `true` if it finished before that.
fn killed_at(device: &Device<'_>, verb: &[&str], n: u32) -> bool {
    let plain = device.command(verb);
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={MUTATING}"))
        .arg("-e");
    traced
        .arg(format!("inject={MUTATING}:signal=SIGKILL:when={n}"))
        .arg(plain.get_program())
        .args(plain.get_args());
    let status = traced
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("strace starts");
    status.success()
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-r")
        .arg(from)
        .arg(to)
        .status()
        .expect("cp starts");
    assert!(status.success());
}

/// Kills `verb` at every call, each time on a fresh copy of the device; returns how often.
fn sweep(world: &World, verb: impl Fn(&Device<'_>) -> Vec<String>, check: impl Fn(&Device<'_>, u32)) -> u32 {
    for n in 1.. {
        let state = world.path(&format!("device-{n}"));
        copy(world.device().state(), &state);
        let device = world.device_in(state.clone());
        let words = verb(&device);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let finished = killed_at(&device, &words, n);
        check(&device, n);
        assert!(
            device
                .run(&["verify"])
                .lines
                .iter()
                .all(|line| line["valid"] == true),
            "kill {n}"
        );
        std::fs::remove_dir_all(state).unwrap();
        if finished {
            return n - 1;
        }
    }
    0
}

fn heals(device: &Device<'_>, n: u32) {
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0", "kill {n}");
    for temporary in ["staging", "downloads", "trash"] {
        let left = std::fs::read_dir(device.state().join(temporary)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "kill {n}: {temporary} outlived the next sync");
    }
}

#[test]
fn sync() {
    let world = World::with_v2();
    world.device().ok(&["launch"]);
    let kills = sweep(
        &world,
        |_| vec!["sync".into()],
        |device, n| {
            // Once the effect is durable the new bundle may be served; before that, only the old one.
            let staged = !device.ok(&["status"])["next"].is_null();
            assert_eq!(
                device.launched(),
                if staged { "2.0.0" } else { "1.0.0" },
                "kill {n}"
            );
            heals(device, n);
        },
    );
    println!("sync: killed at {kills} calls");
    assert!(kills > 30, "only {kills} calls");
}

#[test]
fn launch_of_a_new_bundle() {
    let world = World::with_v2();
    world.device().ok(&["sync"]);
    let kills = sweep(
        &world,
        |_| vec!["launch".into()],
        |device, n| {
            let attempts = device.ok(&["launch"])["attempt"].as_u64().unwrap();
            assert!(
                attempts <= 2,
                "kill {n}: an attempt that was not durable was not handed out"
            );
            heals(device, n);
        },
    );
    println!("launch: killed at {kills} calls");
    assert!(kills >= 2, "only {kills} calls");
}

#[test]
fn ready_and_crash_of_a_trial() {
    for verb in ["ready", "crash"] {
        let world = World::with_v2();
        world.device().ok(&["sync"]);
        let token = world.device().ok(&["launch"])["token"]
            .as_str()
            .unwrap()
            .to_owned();
        let words = |_: &Device<'_>| vec![verb.to_owned(), "--token".to_owned(), token.clone()];
        let kills = sweep(&world, words, |device, n| {
            let status = device.ok(&["status"]);
            let failed = status["failed"].as_array().unwrap().len();
            let confirmed = status["floor"] == 2;
            assert!(failed == 0 || !confirmed, "kill {n}: one verdict, never both");
            let version = device.launched();
            assert_eq!(version, if failed == 1 { "1.0.0" } else { "2.0.0" }, "kill {n}");
            assert_ne!(device.run(&["sync"]).code, None);
        });
        println!("{verb}: killed at {kills} calls");
        assert!(kills >= 2, "only {kills} calls");
    }
}
