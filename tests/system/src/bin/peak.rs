//! Runs a command to its end and writes its peak memory, in bytes, to a file: `airlock-test-peak FILE COMMAND…`.
//!
//! A process of its own, because a child's peak begins with that of the process that started it, and a test
//! holds whole archives.

use std::process::{Command, ExitCode};

use nix::sys::resource::{UsageWho, getrusage};

/// What getrusage(2) counts the peak in.
const UNIT_BYTES: i64 = if cfg!(target_vendor = "apple") { 1 } else { 1024 };

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (Some(file), Some(program)) = (words.next(), words.next()) else {
        return ExitCode::from(2);
    };
    let Ok(status) = Command::new(program).args(words).status() else {
        return ExitCode::from(2);
    };
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return ExitCode::from(2);
    };
    let peak = (usage.max_rss() * UNIT_BYTES).to_string();
    match (std::fs::write(file, peak), status.code()) {
        (Ok(()), Some(code)) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        _ => ExitCode::from(2),
    }
}
