//! SIGKILL at every mutating system call of `airlock self-update`: a working airlock is at its path after each one,
//! the old or the new, and the next run finishes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use airlock_system_tests::{Copy, Remote};

/// Calls that change the disk, or make a change durable.
const MUTATING: &[&str] = &[
    "write",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "fsync",
    "fdatasync",
    "link",
    "linkat",
    "fchmod",
    "chmod",
    "ftruncate",
    "copy_file_range",
];

const NEW: &[u8] = b"#!/bin/sh\necho airlock 9.9.9\n";

/// The update under strace, which follows the first thread only: it does all disk work.
fn traced(copy: &Copy, options: &[&str]) -> Command {
    let plain = copy.command(&[]);
    let mut traced = Command::new("strace");
    traced.arg("-qq").args(options).arg("--");
    traced.arg(plain.get_program()).args(plain.get_args());
    traced.stdout(Stdio::null()).stderr(Stdio::null());
    traced
}

fn count(copy: &Copy, log: &Path) -> usize {
    let calls = format!("trace={}", MUTATING.join(","));
    let status = traced(copy, &["-o", log.to_str().unwrap(), "-e", &calls]).status();
    assert!(
        status
            .expect("strace is installed (apt-get install strace)")
            .success()
    );
    let lines = fs::read_to_string(log).unwrap();
    lines.lines().filter(|line| line.contains('(')).count()
}

#[test]
fn self_update() {
    let remote = Remote::new();
    remote.publish_airlock("9.9.9", NEW, |_| {});
    let fresh = || {
        let _ = fs::remove_dir_all(remote.path("bin"));
        remote.install("bin")
    };
    let calls = count(&fresh(), &remote.path("calls.log"));
    let (mut kills, mut old, mut new) = (0, 0, 0);
    for call in MUTATING {
        for n in 1.. {
            let copy = fresh();
            let before = copy.version();
            let inject = format!("inject={call}:signal=SIGKILL:when={n}");
            let trace = format!("trace={call}");
            let status = traced(&copy, &["-o", "/dev/null", "-e", &trace, "-e", &inject])
                .status()
                .unwrap();
            let at = format!("killed at {call} {n}");
            match copy.version() {
                version if version == before => {
                    old += 1;
                    assert_eq!(copy.update(&[]).ok()["result"], "updated", "{at}");
                    assert_eq!(copy.neighbours(), ["airlock"], "{at}");
                }
                // Whatever remains beside it, nothing else than the old binary has its name.
                version => {
                    new += 1;
                    assert_eq!(version, "airlock 9.9.9", "{at}");
                    let rest = copy.neighbours();
                    assert!(
                        rest == ["airlock"] || rest == ["airlock", "airlock.previous"],
                        "{at}: {rest:?}"
                    );
                }
            }
            assert_eq!(copy.version(), "airlock 9.9.9", "{at}");
            if status.success() {
                break;
            }
            kills += 1;
        }
    }
    println!("self-update: killed at {kills} calls; {old} left the old binary, {new} the new one");
    assert_eq!(kills, calls, "every call was met");
    assert!(kills > 8, "only {kills} calls");
}
