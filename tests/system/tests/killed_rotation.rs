//! SIGKILL at every call of a key rotation and of a prune that changes what a directory holds: whatever is left,
//! devices accept it, and the next run works.
//!
//! Files appear by rename or link and go by unlink; nothing is changed in place. So those calls are all the
//! moments that a reader could tell apart.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::process::{Command, Stdio};

use airlock_system_tests::{World, copy_tree};

const CALLS: &[&str] = &[
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
];

/// Runs the author's command and kills it at its `n`-th call of this name; `false` if it finished before.
fn killed_at(world: &World, words: &[&str], call: &str, n: usize) -> bool {
    let plain = world.author_command(words);
    let mut traced = Command::new("strace");
    traced.args(["-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    traced.args(["-e", &format!("inject={call}:signal=SIGKILL:when={n}"), "--"]);
    traced.arg(plain.get_program()).args(plain.get_args());
    traced.current_dir(world.path("project"));
    let status = traced.stdout(Stdio::null()).stderr(Stdio::null()).status();
    !status
        .expect("strace is installed (apt-get install strace)")
        .success()
}

/// Kills the command everywhere, each time in a fresh copy of the project; returns how often.
fn sweep(world: &World, words: &[&str]) -> usize {
    let config = world.installed_config();
    let device = world.device().with_config(config.clone());
    device.ok(&["sync"]);
    device.confirm();
    copy_tree(&world.path("project"), &world.path("before"));
    copy_tree(device.state(), &world.path("state"));
    let mut kills = 0;
    for call in CALLS {
        for n in 1.. {
            world.replace("project", "before");
            world.replace("device", "state");
            let killed = killed_at(world, words, call, n);
            let at = format!("killed at {call} {n}");
            let _ = fs::remove_dir_all(world.path("new"));
            let new = world.device_in(world.path("new")).with_config(config.clone());
            assert_eq!(device.run(&["sync"]).code, Some(0), "{at}: the installed device");
            assert_eq!(new.run(&["sync"]).code, Some(0), "{at}: a new device");
            let again = world.author(words);
            assert_eq!(again.code, Some(0), "{at}: the next run: {}", again.stderr);
            world.publish("v3", "3.0.0", &[]).ok();
            device.ok(&["sync"]);
            assert_eq!(device.confirm(), "3.0.0", "{at}");
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    kills
}

fn world() -> World {
    let world = World::with_v2();
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world
}

const ROTATE: &[&str] = &["keys", "rotate", "--role", "release", "--no-passphrase"];

#[test]
fn rotation_with_the_old_key() {
    let kills = sweep(&world(), ROTATE);
    println!("rotate: killed at {kills} calls");
    assert!(kills >= 9, "only {kills} calls");
}

#[test]
fn rotation_of_a_lost_key() {
    let world = world();
    fs::remove_file(world.path("project/keys/release.pem")).unwrap();
    let kills = sweep(&world, ROTATE);
    println!("rotate, key lost: killed at {kills} calls");
    assert!(kills >= 10, "only {kills} calls");
}

#[test]
fn prune() {
    let world = world();
    world.publish("v1", "2.1.0", &[]).ok();
    world.publish("v2", "2.2.0", &[]).ok();
    let kills = sweep(&world, &["prune", "--keep", "1"]);
    println!("prune: killed at {kills} calls");
    assert!(kills >= 10, "only {kills} calls");
}
