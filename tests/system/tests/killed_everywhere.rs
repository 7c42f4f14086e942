//! SIGKILL at every mutating system call of every flow of the host contract, one after the other, with bundles of
//! 40 files.
//!
//! `strace` injects the signal at the N-th call of one name that touches the store, in the thread that does all
//! disk work. The kills must be as many as another untouched run made calls, counted in another way, so that none
//! is left out. After each kill the device starts and serves the old bundle or the new one, every byte compared;
//! the next sync finishes, leaves nothing temporary, and the newest release is confirmed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that panics is a test that fails, and the counts are its result"
)]

use airlock_system_tests::strace::Injection;
use airlock_system_tests::{Exit, Flow, test_flows};

/// Kills the flow at each of its calls; prints and returns how many there are.
fn sweep(flow: &Flow) -> usize {
    let mut kills = 0;
    for call in flow.mutating() {
        let at = format!(
            "{}, killed at {} {}: {}",
            flow.name, call.name, call.number, call.line
        );
        let device = flow.fresh("killed");
        let run = flow.run(&device, (&call.name, call.number), Injection::Kill);
        assert_eq!(run.code, None, "{at}: it ended by itself");
        flow.recovers(&device, &at);
        kills += 1;
    }
    assert_eq!(kills, flow.counted, "{}: every call was met", flow.name);
    // The positive control, which differs in one point: there is no such call.
    let device = flow.fresh("killed");
    let beyond = flow.run(&device, ("flock", 1_000), Injection::Kill);
    assert_eq!(beyond.code, Some(0), "{}: {}", flow.name, beyond.stderr);
    flow.all_or_nothing(&device, Exit::Done, flow.name);
    flow.recovers(&device, flow.name);
    println!("{}: killed at {kills} calls, 0 bricks", flow.name);
    kills
}

test_flows! {
    sweep;
    first_sync: at least 130;
    update: at least 130;
    sync_after_a_kill: at least 130;
    activate: at least 3;
    ready: at least 40;
    crash: at least 40;
    timeout: at least 40;
    rollback: at least 40;
    to_last_successful: at least 3;
    reset: at least 3;
    delete: at least 40;
    gc: at least 40;
    native_update: at least 40;
}
