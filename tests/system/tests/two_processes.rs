//! Several processes work on one store, and whoever holds a lock is killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that panics is a test that fails, and the counts are its result"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use airlock_system_tests::strace::{Call, Injection};
use airlock_system_tests::{Device, Flow, Run};

/// What reads without a lock answers, whatever the others do.
fn readers_answer(device: &Device<'_>) -> u64 {
    let status = device.ok(&["status"]);
    let list = device.run(&["list"]);
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    assert!(list.lines.iter().all(|bundle| bundle["id"].is_string()));
    status["floor"].as_u64().expect("a floor")
}

#[test]
fn the_lock_of_a_sync_refuses_other_syncs_and_dies_with_its_holder() {
    let flow = Flow::update();
    let device = flow.fresh("shared");
    let holder = flow.hold(&device);
    for _ in 0..3 {
        device.run(&["sync"]).refused(124, "locked");
        device.run(&["gc"]).refused(124, "locked");
        device.run(&["check"]).refused(124, "locked");
        assert_eq!(
            device.confirm(),
            "2.0.0",
            "a launch and a ready do not wait for a sync"
        );
        readers_answer(&device);
    }
    holder.kill();
    assert_eq!(
        device.ok(&["sync"])["result"],
        "staged",
        "at once, and nothing to clear away"
    );
    flow.recovers(&device, "after the holder was killed");
}

#[test]
fn the_lock_of_a_transition_stops_no_launch_and_dies_with_its_holder() {
    for flow in [Flow::activate(), Flow::ready(), Flow::crash()] {
        let device = flow.fresh("shared");
        let before = device.essence();
        let holder = flow.hold(&device);
        let launch = device.ok(&["launch"]);
        assert_eq!(launch["bundle"]["version"], "2.0.0", "what needs no write");
        let token = launch["token"].as_str().unwrap();
        device.run(&["ready", "--token", token]).refused(124, "locked");
        readers_answer(&device);
        holder.kill();
        assert_eq!(device.essence(), before, "{}: nothing had happened", flow.name);
        assert_eq!(device.launched(), "3.0.0", "{}: recorded, at once", flow.name);
        flow.recovers(&device, flow.name);
    }
}

/// One thing that a process does, chosen by `dice`; whether it was killed meanwhile.
fn step(flow: &Flow, device: &Device<'_>, dice: u64, token: &mut String) -> bool {
    let at = |run: &Run| format!("dice {dice}: {}", run.stderr);
    match dice % 6 {
        0 => {
            let run = device.run(&["sync"]);
            assert!(matches!(run.code, Some(0 | 124)), "{}", at(&run));
        }
        1 => {
            let run = device.run(&["gc"]);
            assert!(matches!(run.code, Some(0 | 124)), "{}", at(&run));
        }
        2 => {
            let launch = device.ok(&["launch"]);
            let version = launch["bundle"]["version"].as_str().unwrap();
            assert!(["1.0.0", "2.0.0", "3.0.0"].contains(&version), "{launch}");
            launch["token"].as_str().unwrap().clone_into(token);
        }
        3 => {
            let run = device.run(&["ready", "--token", token]);
            assert!(matches!(run.code, Some(0 | 124)), "{}", at(&run));
        }
        // A sync that is killed while it holds its lock, somewhere; 124 if another one had it.
        _ => {
            let own: Vec<&Call> = flow
                .mutating()
                .skip_while(|call| call.name != "flock")
                .skip(1)
                .collect();
            let call = own[(dice / 6) as usize % own.len()];
            let run = flow.run(device, (&call.name, call.number), Injection::Kill);
            assert!(matches!(run.code, None | Some(0 | 124)), "{}", at(&run));
            return run.code.is_none();
        }
    }
    false
}

#[test]
fn many_processes_on_one_store_leave_it_whole() {
    const ROUNDS: u64 = 12;
    const PROCESSES: u64 = 3;
    const STEPS: u64 = 8;
    let flow = Flow::update();
    let kills = AtomicUsize::new(0);
    let reads = AtomicUsize::new(0);
    for round in 0..ROUNDS {
        let device = &flow.fresh("shared");
        thread::scope(|scope| {
            for process in 0..PROCESSES {
                let (flow, kills) = (&flow, &kills);
                scope.spawn(move || {
                    let mut token = "none".to_owned();
                    let mut dice = fastrand::Rng::with_seed(round * PROCESSES + process);
                    for _ in 0..STEPS {
                        let killed = step(flow, device, dice.u64(..), &mut token);
                        kills.fetch_add(usize::from(killed), Ordering::Relaxed);
                    }
                });
            }
            scope.spawn(|| {
                let mut floor = 0;
                for _ in 0..STEPS {
                    let now = readers_answer(device);
                    assert!(now >= floor, "B5: the floor went from {floor} to {now}");
                    floor = now;
                    reads.fetch_add(2, Ordering::Relaxed);
                }
            });
        });
        assert!(
            device
                .run(&["verify"])
                .lines
                .iter()
                .all(|line| line["valid"] == true)
        );
        flow.recovers(device, &format!("round {round}"));
    }
    let (kills, reads) = (kills.into_inner(), reads.into_inner());
    println!(
        "two processes: {} verbs of {PROCESSES} processes at once, {kills} killed, {reads} reads beside them, 0 bricks",
        ROUNDS * PROCESSES * STEPS
    );
    assert!(kills > 0, "some sync got the lock and was killed with it");
}
