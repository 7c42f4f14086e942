//! SIGKILL at every mutating system call of a verb, one after the other.
//!
//! `strace` injects the signal at the N-th call of one name in the thread that does all disk work; N grows
//! until the verb finishes by itself, for each name in turn. An untouched run is counted first, and the
//! kills must be as many, so that no call is left out. After each kill the device starts, serves a whole
//! bundle, and one clean sync and launch bring the newest release.

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
const MUTATING: &[&str] = &[
    "write",
    "pwrite64",
    "writev",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "unlink",
    "unlinkat",
    "rmdir",
    "fsync",
    "fdatasync",
    "syncfs",
    "ftruncate",
    "fallocate",
    "flock",
    "link",
    "linkat",
    "chmod",
    "fchmod",
    "copy_file_range",
];

/// A verb under strace, which follows the first thread only: the engine does all disk work on it.
fn traced(device: &Device<'_>, verb: &[&str], calls: &str, log: &Path) -> Command {
    let plain = device.command(verb);
    let mut traced = Command::new("strace");
    traced
        .arg("-qq")
        .arg("-o")
        .arg(log)
        .arg("-e")
        .arg(format!("trace={calls}"));
    traced.stdout(Stdio::null()).stderr(Stdio::null());
    traced.arg("--").arg(plain.get_program()).args(plain.get_args());
    traced
}

/// How many mutating calls an untouched run makes.
fn count(device: &Device<'_>, verb: &[&str], log: &Path) -> usize {
    let status = traced(device, verb, &MUTATING.join(","), log).status();
    assert!(
        status
            .expect("strace is installed (apt-get install strace)")
            .success()
    );
    std::fs::read_to_string(log)
        .unwrap()
        .lines()
        .filter(|line| line.contains('('))
        .count()
}

/// Runs a verb and kills it at its `n`-th call of this name; `false` if it finished before that.
fn killed_at(device: &Device<'_>, verb: &[&str], call: &str, n: usize) -> bool {
    let mut command = Command::new("strace");
    command.args(["-e", &format!("inject={call}:signal=SIGKILL:when={n}")]);
    command.args(traced(device, verb, call, Path::new("/dev/null")).get_args());
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("strace starts");
    assert!(
        status.code().is_none_or(|code| code == 0),
        "{call} {n}: neither killed nor done"
    );
    !status.success()
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
fn sweep(world: &World, verb: &[&str], check: impl Fn(&Device<'_>, &str)) -> usize {
    let fresh = |name: &str| {
        let state = world.path(name);
        let _ = std::fs::remove_dir_all(&state);
        copy(world.device().state(), &state);
        world.device_in(state)
    };
    let calls = count(&fresh("counted"), verb, &world.path("calls.log"));
    let mut kills = 0;
    for call in MUTATING {
        for n in 1.. {
            let device = fresh("killed");
            let killed = killed_at(&device, verb, call, n);
            let at = format!("killed at {call} {n}");
            check(&device, &at);
            assert!(
                device
                    .run(&["verify"])
                    .lines
                    .iter()
                    .all(|line| line["valid"] == true),
                "{at}"
            );
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    assert_eq!(kills, calls, "every call was met");
    kills
}

fn heals(device: &Device<'_>, at: &str) {
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0", "{at}");
    for temporary in ["staging", "downloads", "trash"] {
        let left = std::fs::read_dir(device.state().join(temporary)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{at}: {temporary} outlived the next sync");
    }
}

#[test]
fn sync() {
    let world = World::with_v2();
    world.device().ok(&["launch"]);
    let kills = sweep(&world, &["sync"], |device, at| {
        // Once the effect is durable the new bundle may be served; before that, only the old one.
        let staged = !device.ok(&["status"])["next"].is_null();
        assert_eq!(device.launched(), if staged { "2.0.0" } else { "1.0.0" }, "{at}");
        heals(device, at);
    });
    println!("sync: killed at {kills} calls");
    assert!(kills > 60, "only {kills} calls");
}

#[test]
fn launch_of_a_new_bundle() {
    let world = World::with_v2();
    world.device().ok(&["sync"]);
    let kills = sweep(&world, &["launch"], |device, at| {
        let attempts = device.ok(&["launch"])["attempt"].as_u64().unwrap();
        assert!(
            attempts <= 2,
            "{at}: an attempt that was not durable was not handed out"
        );
        heals(device, at);
    });
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
        let words = [verb, "--token", token.as_str()];
        let kills = sweep(&world, &words, |device, at| {
            let status = device.ok(&["status"]);
            let failed = status["failed"].as_array().unwrap().len();
            let confirmed = status["floor"] == 2;
            assert!(failed == 0 || !confirmed, "{at}: one verdict, never both");
            let version = device.launched();
            assert_eq!(version, if failed == 1 { "1.0.0" } else { "2.0.0" }, "{at}");
            assert_ne!(device.run(&["sync"]).code, None);
        });
        println!("{verb}: killed at {kills} calls");
        assert!(kills >= 2, "only {kills} calls");
    }
}
