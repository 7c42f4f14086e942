//! Every mutating system call of every flow of the host contract fails, once and from then on, with the errors that
//! fit it, and bundles of 40 files.
//!
//! After each: no panic and no signal; the exit is that of the error's class, or 0 where nothing was lost by it;
//! what was refused did not happen and what exited 0 did (R7); a launch exits 0 and serves a whole bundle even
//! while the errors last; afterwards the next sync finishes, nothing temporary outlives it, and the newest release
//! is confirmed.
//!
//! Flows of few calls get every error at each. Else the calls are many and alike: each gets one error once and
//! another from then on, in turn, and the calls that write or remove the 40 files of a tree get one of the two.
//! All errors at every call of all flows: `AIRLOCK_FAULTS=all`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that panics is a test that fails, and the counts are its result"
)]

use airlock_system_tests::strace::{Call, Injection};
use airlock_system_tests::{Exit, Flow, test_flows};

/// The errors that a call can fail with on a disk that is full, broken, read-only, guarded or busy.
fn errors(call: &str) -> &'static [&'static str] {
    match call {
        "openat" => &["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE"],
        "write" | "fsync" | "syncfs" | "fdatasync" => &["ENOSPC", "EIO"],
        "flock" => &["EIO", "ENOLCK"],
        "unlink" | "unlinkat" | "rmdir" => &["EIO", "EROFS", "EACCES"],
        _ => &["ENOSPC", "EIO", "EROFS", "EACCES"],
    }
}

/// Whether the kernel may interrupt it.
fn is_interruptible(call: &str) -> bool {
    ["openat", "write", "fsync", "syncfs", "fdatasync", "flock"].contains(&call)
}

fn is_one_of_many(call: &Call) -> bool {
    call.line.contains("/staging/") || call.line.contains("/trash/")
}

/// What is injected at the `index`-th call of a flow.
fn injections(call: &Call, index: usize, all: bool) -> Vec<Injection> {
    let errors = errors(&call.name);
    let turn = |n: usize| errors[n % errors.len()];
    let mut chosen: Vec<Injection> = match all {
        true => errors
            .iter()
            .flat_map(|error| [Injection::Once(error), Injection::Onwards(error)])
            .collect(),
        false if is_one_of_many(call) && index.is_multiple_of(2) => vec![Injection::Once(turn(index / 2))],
        false if is_one_of_many(call) => vec![Injection::Onwards(turn(index / 2))],
        false => vec![Injection::Once(turn(index)), Injection::Onwards(turn(index + 1))],
    };
    if is_interruptible(&call.name) && (all || index.is_multiple_of(4)) {
        chosen.push(Injection::Thrice("EINTR"));
    }
    chosen
}

fn exit_of(code: Option<i32>, what: Injection, at: &str) -> Exit {
    let refusal = match what {
        Injection::Once("ENOSPC") | Injection::Onwards("ENOSPC") => Some(122),
        Injection::Thrice(_) => None,
        _ => Some(123),
    };
    match code {
        Some(0) => Exit::Done,
        code if code.is_some() && code == refusal => Exit::Refused,
        code => panic!("{at}: it exited {code:?}"),
    }
}

/// One injection, from a fresh copy of the device to its recovery.
fn inject(flow: &Flow, call: &Call, what: Injection) -> Exit {
    let at = format!(
        "{}, {what:?} at {} {}: {}",
        flow.name, call.name, call.number, call.line
    );
    let device = flow.fresh("failing");
    let run = flow.run(&device, (&call.name, call.number), what);
    assert!(
        !run.stderr.contains("panicked") && !run.stderr.contains("the bug is near"),
        "{at}"
    );
    let exit = exit_of(run.code, what, &format!("{at}: {}", run.stderr));
    flow.all_or_nothing(&device, exit, &at);
    if let Injection::Onwards(error) = what {
        flow.launches_meanwhile(&device, &call.name, error, &at);
    }
    flow.recovers(&device, &at);
    exit
}

fn sweep(flow: &Flow) -> usize {
    let all = flow.counted < 20 || std::env::var("AIRLOCK_FAULTS").is_ok_and(|which| which == "all");
    let (mut injected, mut refused) = (0, 0);
    for (index, call) in flow.mutating().enumerate() {
        for what in injections(call, index, all) {
            refused += usize::from(inject(flow, call, what) == Exit::Refused);
            injected += 1;
        }
    }
    println!(
        "{}: {injected} errors injected at {} calls, {refused} refused and the others absorbed, 0 bricks, 0 panics",
        flow.name, flow.counted
    );
    injected
}

test_flows! {
    sweep;
    first_sync: at least 180;
    update: at least 180;
    activate: at least 10;
    ready: at least 50;
    crash: at least 50;
    timeout: at least 50;
    rollback: at least 50;
    to_last_successful: at least 10;
    reset: at least 10;
    delete: at least 50;
    gc: at least 50;
    native_update: at least 50;
}
