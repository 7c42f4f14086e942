//! The kernel's side: a verb under `strace`, which counts its system calls, kills it at one of them or makes
//! one fail.
//!
//! Only the first thread is followed, and only calls that name something in the store count: what the network's threads do
//! besides varies from run to run. The verb gets one processor, because the engine then does all disk work on that thread.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::airlock::Run;
use crate::world::Device;

/// Calls that change the disk, or make a change durable. Of `openat` those count that may create a file.
const MUTATING: &[&str] = &[
    "openat",
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
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "copy_file_range",
];

/// One system call of an untouched run.
#[derive(Clone, Debug)]
pub struct Call {
    /// The call's name.
    pub name: String,
    /// Its place among the calls of this name that touch the store, from 1.
    pub number: usize,
    /// Whether it changes the disk, or makes a change durable.
    pub mutates: bool,
    /// What strace wrote about it, for whoever reads a failure.
    pub line: String,
}

/// What happens at a call.
#[derive(Clone, Copy, Debug)]
pub enum Injection {
    /// SIGKILL before it is carried out.
    Kill,
    /// It fails with this error, once.
    Once(&'static str),
    /// It fails with this error three times in a row.
    Thrice(&'static str),
    /// It and every later one of its name fail with this error.
    Onwards(&'static str),
}

/// Names in the store, below the device's directory; the same for every copy of one device.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// Every name that the two lists have.
    pub fn join(&mut self, other: Names) {
        self.0.extend(other.0);
    }

    fn options(&self, state: &Path) -> Vec<String> {
        let state = state.display();
        let named = self.0.iter().map(|name| format!("{state}{name}"));
        named.flat_map(|path| ["-P".to_owned(), path]).collect()
    }
}

/// How many mutating calls on the store an untouched run makes, and the names it uses. It selects them by
/// what strace wrote, and so shares nothing with [`calls`] and [`run`], which leave that to strace.
pub fn count(device: &Device<'_>, verb: &[&str]) -> (usize, Names) {
    let log = device.state().with_extension("log");
    let lines = log_of(device, verb, &[], &log);
    let state = device.state().display().to_string();
    let own: Vec<&String> = lines.iter().filter(|line| line.contains(&state)).collect();
    let names = own.iter().flat_map(|line| names_in(line, &state)).collect();
    (own.iter().filter(|line| mutates(line)).count(), Names(names))
}

/// The calls of an untouched run that touch the store, in their order.
pub fn calls(device: &Device<'_>, verb: &[&str], names: &Names) -> Vec<Call> {
    let log = device.state().with_extension("log");
    let mut calls: Vec<Call> = Vec::new();
    for line in log_of(device, verb, &names.options(device.state()), &log) {
        let name = line.split('(').next().unwrap_or_default().to_owned();
        calls.push(Call {
            number: calls.iter().filter(|call| call.name == name).count() + 1,
            mutates: mutates(&line),
            name,
            line,
        });
    }
    calls
}

/// Runs the verb with an injection at the call of this name and number.
pub fn run(device: &Device<'_>, verb: &[&str], names: &Names, call: (&str, usize), what: Injection) -> Run {
    let (name, n) = call;
    let inject = match what {
        Injection::Kill => format!("inject={name}:signal=SIGKILL:when={n}"),
        Injection::Once(error) => format!("inject={name}:error={error}:when={n}"),
        Injection::Thrice(error) => format!("inject={name}:error={error}:when={n}..{}", n + 2),
        Injection::Onwards(error) => format!("inject={name}:error={error}:when={n}+"),
    };
    let trace = format!("trace={name}");
    let mut options = vec!["-o".to_owned(), "/dev/null".to_owned()];
    options.extend(["-e".to_owned(), trace, "-e".to_owned(), inject]);
    options.extend(names.options(device.state()));
    Run::of(&mut under_strace(device, verb, &options))
}

/// A verb under strace with these options.
pub fn under_strace(device: &Device<'_>, verb: &[&str], options: &[String]) -> Command {
    let plain = device.command(verb);
    let mut traced = Command::new("taskset");
    traced.args(["-c", &first_processor(), "strace", "-qq"]);
    traced.args(options).arg("--");
    traced.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced
}

/// One that this process may run on.
fn first_processor() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .unwrap();
    let digits = list.trim().chars().take_while(char::is_ascii_digit);
    digits.collect()
}

fn log_of(device: &Device<'_>, verb: &[&str], options: &[String], log: &Path) -> Vec<String> {
    let mut all: Vec<String> = ["-y", "-o"].map(str::to_owned).to_vec();
    all.push(log.display().to_string());
    all.extend(["-e".to_owned(), format!("trace={}", MUTATING.join(","))]);
    all.extend_from_slice(options);
    let status = under_strace(device, verb, &all)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("strace is installed (apt-get install strace)");
    assert!(status.success(), "an untouched run exits 0");
    let text = fs::read_to_string(log).unwrap();
    text.lines()
        .filter(|line| line.contains('('))
        .map(str::to_owned)
        .collect()
}

fn mutates(line: &str) -> bool {
    !line.starts_with("openat(") || line.contains("O_CREAT")
}

/// Every path below `state` in a line of strace, without `state`.
fn names_in(line: &str, state: &str) -> Vec<String> {
    let ends = ['"', '>'];
    line.match_indices(state)
        .map(|(at, _)| &line[at + state.len()..])
        .map(|rest| rest.split(ends).next().unwrap_or_default())
        .map(|name| name.trim_end_matches('/').to_owned())
        .collect()
}

/// A verb that stands still at one of its calls, until it is killed.
pub struct Held {
    strace: Child,
    pid: u32,
}

impl Held {
    /// Starts the verb, which will stand before the first call that comes after it took its first lock, and waits
    /// until it holds that lock.
    pub fn with_the_lock(device: &Device<'_>, verb: &[&str], names: &Names, calls: &[Call]) -> Self {
        let taken = calls.iter().position(|call| call.name == "flock");
        let Call { name, number, .. } = &calls[taken.expect("the verb takes a lock") + 1];
        let mut options: Vec<String> = ["-o", "/dev/null", "-e"].map(str::to_owned).to_vec();
        // Ten minutes, in microseconds: longer than the test, and still bounded.
        options.extend([format!("trace={name}"), "-e".to_owned()]);
        options.push(format!("inject={name}:delay_enter=600000000:when={number}"));
        options.extend(names.options(device.state()));
        let strace = under_strace(device, verb, &options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("strace starts");
        let mut held = Self { strace, pid: 0 };
        let started = std::time::Instant::now();
        while !held.has_a_lock() {
            assert!(started.elapsed().as_secs() < 60, "waiting for the lock");
            std::thread::yield_now();
        }
        held
    }

    fn has_a_lock(&mut self) -> bool {
        let strace = self.strace.id();
        let children = fs::read_to_string(format!("/proc/{strace}/task/{strace}/children"));
        let first = children.ok().and_then(|all| all.split(' ').next()?.parse().ok());
        self.pid = first.unwrap_or_default();
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let pid = self.pid.to_string();
        self.pid != 0
            && locks
                .lines()
                .any(|line| line.split_whitespace().nth(4) == Some(&pid))
    }

    /// SIGKILL, and to strace too: it would not look before the ten minutes are over.
    pub fn kill(mut self) {
        let killed = Command::new("kill").args(["-9", &self.pid.to_string()]).status();
        assert!(killed.expect("kill starts").success(), "it was still there");
        self.end_strace();
        let started = std::time::Instant::now();
        while Path::new(&format!("/proc/{}/exe", self.pid)).exists() {
            assert!(
                started.elapsed().as_secs() < 60,
                "waiting for the end of the holder"
            );
            std::thread::yield_now();
        }
    }

    fn end_strace(&mut self) {
        let _already_gone = self.strace.kill();
        let _already_gone = self.strace.wait();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.end_strace();
    }
}
