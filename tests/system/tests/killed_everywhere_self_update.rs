//! SIGKILL at every mutating system call of `airlock self-update`: a working airlock is at its path after each one,
//! the old or the new, and the next run finishes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::collections::BTreeMap;
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

/// How often an untouched run makes each call that succeeds.
fn count(copy: &Copy, also: &[&str], log: &Path) -> BTreeMap<String, usize> {
    let calls = format!("trace={}", MUTATING.join(","));
    let options = [&["-o", log.to_str().unwrap(), "-e", &calls], also].concat();
    let status = traced(copy, &options).status();
    assert!(
        status
            .expect("strace is installed (apt-get install strace)")
            .success()
    );
    let mut counted = BTreeMap::new();
    let lines = fs::read_to_string(log).unwrap();
    for line in lines.lines().filter(|line| !line.contains("INJECTED")) {
        if let Some((call, _)) = line.split_once('(') {
            *counted.entry(call.to_owned()).or_default() += 1;
        }
    }
    counted
}

/// Kills the update at every call, each time on a fresh copy; `also` goes to strace besides.
fn sweep(also: &[&str]) -> String {
    let remote = Remote::new();
    remote.publish_airlock("9.9.9", NEW, |_| {});
    let fresh = || {
        let _ = fs::remove_dir_all(remote.path("bin"));
        remote.install("bin")
    };
    let calls = count(&fresh(), also, &remote.path("calls.log"));
    let mut kills: BTreeMap<String, usize> = BTreeMap::new();
    let (mut old, mut new) = (0, 0);
    for call in MUTATING.iter().filter(|call| !also.concat().contains(**call)) {
        for n in 1.. {
            let copy = fresh();
            let before = copy.version();
            let inject = format!("inject={call}:signal=SIGKILL:when={n}");
            let trace = format!("trace={}", MUTATING.join(","));
            let options = [&["-o", "/dev/null", "-e", &trace, "-e", &inject], also].concat();
            let status = traced(&copy, &options).status().unwrap();
            let at = format!("killed at {call} {n}");
            if copy.version() == before {
                old += 1;
                assert_eq!(copy.update(&[]).ok()["result"], "updated", "{at}");
                assert_eq!(copy.neighbours(), ["airlock"], "{at}");
            } else {
                new += 1;
                let rest = copy.neighbours();
                let kept = rest == ["airlock", "airlock.previous"];
                assert!(kept || rest == ["airlock"], "{at}: {rest:?}");
            }
            assert_eq!(copy.version(), "airlock 9.9.9", "{at}");
            if status.success() {
                break;
            }
            *kills.entry((*call).to_owned()).or_default() += 1;
        }
    }
    let total: usize = kills.values().sum();
    // Besides the file, `write` wakes the threads that talk to the network: now a time more, now one less.
    assert!(kills.remove("write") > Some(0) && calls.contains_key("write"));
    let mut others = calls;
    others.remove("write");
    assert_eq!(kills, others, "every call was met");
    assert!(total > 20, "only {total} calls");
    format!("self-update: killed at {total} calls; {old} left the old binary, {new} the new one")
}

#[test]
fn self_update() {
    println!("{}", sweep(&[]));
}

/// The old binary is then kept by copying it.
#[test]
fn self_update_where_the_disk_knows_no_hard_links() {
    println!("{}", sweep(&["-e", "inject=linkat:error=EPERM"]));
}
