//! Hostile archives under strace: every path that is opened for writing, made, moved or removed lies below the
//! store, and a bomb writes no more than it declared.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::collections::BTreeSet;
use std::process::Command;

use airlock_archives::{Case, Description, Forged, cases};
use airlock_system_tests::{Run, Scene, Yard};

/// Calls that make, move, remove or open for writing; and those that write to what is open.
const CALLS: &str = "openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,symlink,\
                     symlinkat,link,linkat,mknod,mknodat,chmod,fchmodat,truncate,utimensat,write,pwrite64,writev";

/// What a traced sync did to the disk.
struct Trace {
    /// Bytes written to files in staging.
    staged_bytes: u64,
    /// Paths that were written, made, moved or removed.
    touched: BTreeSet<String>,
    run: Run,
}

fn trace(scene: &Scene, name: &str, description: &Description, forged: &Forged) -> Trace {
    scene.world.forge().replace_release(description, &forged.bytes);
    let yard = Yard::copy(&scene.world, name);
    let log = scene.world.path("trace.log");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-y", "-s", "0", "-e"])
        .arg(format!("trace={CALLS}"));
    strace.arg("-o").arg(&log).arg("--");
    let run = yard.at_home(strace, &["sync"], |mut command| Run::of(&mut command));
    let text = std::fs::read_to_string(&log).unwrap();
    let staging = yard.device().state().join("staging").display().to_string();
    let mut trace = Trace {
        staged_bytes: 0,
        touched: BTreeSet::new(),
        run,
    };
    for line in text.lines() {
        trace.read(line, &staging);
    }
    yard.clear();
    trace
}

impl Trace {
    /// A line such as `12 openat(3</store/staging/x>, "index.html", O_WRONLY|O_CREAT…) = 4</store/…>`.
    fn read(&mut self, line: &str, staging: &str) {
        let Some((call, rest)) = line.split_once('(') else {
            return;
        };
        let call = call.rsplit(' ').next().unwrap_or_default();
        let Some((arguments, result)) = rest.rsplit_once(" = ") else {
            return;
        };
        if call.contains("write") {
            let to = arguments
                .split_once('<')
                .and_then(|(_, path)| path.split_once('>'));
            if let (Some((path, _)), Ok(count)) = (to, result.trim().parse::<u64>())
                && path.starts_with(staging)
            {
                self.staged_bytes += count;
            }
            return;
        }
        let writes = !call.starts_with("open")
            || ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
                .iter()
                .any(|flag| arguments.contains(flag));
        if writes && !result.starts_with('-') {
            self.touched.extend(paths(arguments));
        }
    }
}

/// The paths among a call's arguments: a quoted one that is absolute, or the directory it is resolved in.
fn paths(arguments: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for argument in arguments.split(", ") {
        if let Some(text) = argument.strip_prefix('"') {
            let text = text.split('"').next().unwrap_or_default();
            assert!(!text.split('/').any(|component| component == ".."), "{arguments}");
            if text.starts_with('/') {
                paths.push(text.to_owned());
            }
        } else if let Some((_, path)) = argument.split_once('<')
            && !argument.starts_with("AT_FDCWD")
        {
            paths.push(path.trim_end_matches('>').to_owned());
        }
    }
    paths
}

fn check(scene: &Scene, case: &Case) -> u64 {
    let forged = case.build();
    let trace = trace(scene, "traced", &Description::of(&forged.files), &forged);
    let store = scene.world.path("traced/state").display().to_string();
    for path in &trace.touched {
        let allowed = path.starts_with(&store) || path == "/dev/null" || path.starts_with("/proc/self");
        assert!(allowed, "{}: {path} was written", case.name);
    }
    assert!(
        trace.run.code.is_some_and(|code| code == 0 || code >= 100),
        "{}",
        trace.run.stderr
    );
    // The description itself is written beside the files.
    let declared = forged.declared + Description::of(&forged.files).bytes.len() as u64;
    assert!(
        trace.staged_bytes <= declared,
        "{}: {} bytes written, {declared} declared",
        case.name,
        trace.staged_bytes
    );
    trace.staged_bytes
}

#[test]
fn every_path_that_is_written_lies_below_the_store() {
    let scene = Scene::in_memory();
    let classes = [
        "../",
        "absolute",
        "links",
        "write through a link",
        "own control files",
        "duplicates",
        "setuid",
        "nested archives",
    ];
    let all = cases::all();
    let chosen: Vec<_> = all.iter().filter(|case| classes.contains(&case.class)).collect();
    for case in &chosen {
        check(&scene, case);
    }
    println!("{} hostile archives traced", chosen.len());
    assert!(chosen.len() > 30);
}

#[test]
fn a_bomb_writes_no_more_than_it_declared() {
    let scene = Scene::in_memory();
    let heavy = cases::heavy();
    let bombs: Vec<_> = heavy
        .iter()
        .filter(|case| ["bombs", "overlapping bombs"].contains(&case.class))
        .collect();
    let mut most = 0;
    for case in &bombs {
        let written = check(&scene, case);
        println!("{}: {written} bytes written to staging", case.name);
        most = most.max(written);
    }
    assert!(
        bombs.len() >= 10 && most > 60 * 1024 * 1024,
        "the honest one is among them"
    );
}
