//! Every class of attack by archive (docs/threat-model.md), each wrapped in a validly signed release, as a
//! compromised builder would publish it, against the real binary. Beside each refusal stands the sound release,
//! which the same device installs right after.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use airlock_archives::zip::Zip;
use airlock_archives::{Case, Description, File, Verdict, cases, sound, tools};
use airlock_protocol::Code;
use airlock_system_tests::{Listing, Measured, Scene, Yard};
use serde_json::Value;

/// airlock-test-peak.
const PEAK: &str = env!("CARGO_BIN_EXE_airlock-test-peak");

/// The most memory, in bytes, that an archive may cost above a sync with nothing new.
const MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Syncs with nothing new whose least peak is the measure of idle.
const IDLE_SYNCS: usize = 5;

/// Workers; each has a project, a server and a device of its own.
const WORKERS: usize = 3;

/// What was seen, over all workers.
#[derive(Default)]
struct Seen {
    refused: AtomicUsize,
    installed: AtomicUsize,
    peak: Mutex<(u64, String)>,
    written: AtomicU64,
}

/// One worker's world: a device that runs 2.0.0, and a release 3 to be forged.
struct Bench<'s> {
    scene: Scene,
    idle: u64,
    seen: &'s Seen,
}

#[test]
fn every_case() {
    sweep("hostile archives", &cases::all());
}

#[test]
fn every_heavy_case() {
    sweep("heavy archives", &cases::heavy());
}

#[test]
fn what_real_tools_write() {
    let (scene, seen) = (Scene::in_memory(), Seen::default());
    let bench = Bench::new(scene, &seen);
    for tool in tools::all() {
        let files: Vec<File> = tool
            .tree
            .iter()
            .map(|(path, bytes)| File::of(path, bytes))
            .collect();
        let description = Description::of(&files);
        bench.publish(&description, &tool.archive);
        match tool.refused {
            Some((code, reason)) => {
                let refused = Verdict::Refused(code);
                bench.judge(&tool.name, &description, refused, [reason; 2], u64::MAX);
            }
            None => {
                let yard = Yard::copy(&bench.scene.world, "yard");
                let measured = bench.measure(&yard, &tool.name);
                assert_eq!(measured.run.ok()["result"], "staged", "{}", tool.name);
                let mut tree: BTreeMap<String, Vec<u8>> = tool.tree.into_iter().collect();
                tree.insert("checksum.json".to_owned(), description.bytes.clone());
                assert!(yard.bundle(&description.id) == tree, "{}", tool.name);
                assert_eq!(yard.device().confirm(), "3.0.0", "{}", tool.name);
                yard.clear();
                seen.installed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    seen.print("archives of real tools");
    let (peak, name) = seen.peak.into_inner().unwrap();
    assert!(
        peak > 0 && !name.is_empty(),
        "no archive costs nothing: what was measured?"
    );
    assert!(seen.installed.into_inner() >= 20);
}

/// Runs every case beside the sound description, and beside one that says what the archive says.
fn sweep(what: &str, cases: &[Case]) {
    let (seen, next) = (Seen::default(), AtomicUsize::new(0));
    let honest = description_of(&sound_files());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let bench = Bench::new(Scene::in_memory(), &seen);
                let outside = bench.outside();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    bench.run(case, &honest);
                }
                let difference = outside.difference(&bench.outside());
                assert_eq!(difference, Vec::<String>::new(), "outside of the devices");
            });
        }
    });
    println!("{what}: {} cases", cases.len());
    seen.print(what);
    assert!(seen.refused.into_inner() > cases.len(), "most are refused twice");
}

fn sound_files() -> Vec<File> {
    let files = sound();
    files.iter().map(|(path, bytes)| File::of(*path, bytes)).collect()
}

fn description_of(files: &[File]) -> Description {
    Description::of(files)
}

impl<'s> Bench<'s> {
    /// Measures what a sync with nothing new takes.
    fn new(scene: Scene, seen: &'s Seen) -> Self {
        let mut bench = Self { scene, idle: 0, seen };
        bench.publish_sound();
        let yard = Yard::copy(&bench.scene.world, "yard");
        yard.sync(PEAK).run.ok();
        assert_eq!(yard.device().confirm(), "3.0.0");
        // The least of some: a peak varies by pages.
        let idle = (0..IDLE_SYNCS).map(|_| {
            let idle = yard.sync(PEAK);
            assert_eq!(idle.run.ok()["result"], "up-to-date");
            idle.peak
        });
        bench.idle = idle.min().expect("there are some");
        yard.clear();
        bench
    }

    /// The world beside this bench's devices and its repository.
    fn outside(&self) -> Listing {
        Listing::of(&self.scene.world.path(""), &["project", "yard.peak"])
            .without_time_of("")
            .without_time_of("yard.peak")
    }

    fn publish(&self, description: &Description, archive: &[u8]) {
        self.scene.world.forge().replace_release(description, archive);
    }

    fn publish_sound(&self) {
        self.publish(&description_of(&sound_files()), &Zip::honest().bytes());
    }

    fn run(&self, case: &Case, honest: &Description) {
        let forged = case.build();
        let own = description_of(&forged.files);
        let name = format!("{}: {}", case.class, case.name);
        self.publish(honest, &forged.bytes);
        self.judge(
            &name,
            honest,
            on_the_way(&forged.bytes, case.beside_sound),
            [case.reason, case.reason_beside_sound],
            forged.declared,
        );
        if own.id != honest.id {
            self.publish(&own, &forged.bytes);
            let verdict = on_the_way(&forged.bytes, case.as_described);
            self.judge(&name, &own, verdict, [case.reason; 2], forged.declared);
        }
    }

    /// One sync, whose memory counts.
    fn measure(&self, yard: &Yard<'_>, name: &str) -> Measured {
        let measured = yard.sync(PEAK);
        self.seen.remember(measured.peak.saturating_sub(self.idle), name);
        measured
    }

    /// One sync of what was published, and what it left.
    fn judge(
        &self,
        name: &str,
        description: &Description,
        verdict: Verdict,
        reasons: [&str; 2],
        declared: u64,
    ) {
        let yard = Yard::copy(&self.scene.world, "yard");
        let before = yard.listing();
        let measured = self.measure(&yard, name);
        match verdict {
            Verdict::Installs => {
                assert_eq!(measured.run.ok()["result"], "staged", "{name}");
                self.installed(name, &yard, description);
            }
            Verdict::Refused(code) => {
                let run = measured.run;
                assert_eq!(
                    run.code,
                    Some(i32::from(code.exit_code())),
                    "{name}: {}",
                    run.stderr
                );
                let run = run.refused(i32::from(code.exit_code()), code.as_str());
                // What is wrong with the description is said of the description.
                let about_the_archive = run.stderr.contains("the archive");
                assert!(
                    !about_the_archive || reasons.iter().any(|reason| run.stderr.contains(reason)),
                    "{name}: {}",
                    run.stderr
                );
                assert_eq!(before.difference(&yard.listing()), Vec::<String>::new(), "{name}");
                let left = yard.scratch_bytes();
                assert!(left <= declared, "{name}: {left} bytes left, {declared} declared");
                self.seen.written.fetch_max(left, Ordering::Relaxed);
                self.heals(name, &yard);
                self.seen.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        yard.clear();
    }

    /// The files are those that were described, each with its bytes, and nothing is left over.
    fn installed(&self, name: &str, yard: &Yard<'_>, description: &Description) {
        let bundle = yard.bundle(&description.id);
        let described: Value = serde_json::from_slice(&description.bytes).unwrap();
        let listed = described["files"].as_array().unwrap();
        assert_eq!(bundle.len(), listed.len() + 1, "{name}");
        assert!(bundle["checksum.json"] == description.bytes, "{name}");
        for file in listed {
            let found = File::of("", &bundle[file["path"].as_str().unwrap()]);
            assert_eq!(found.digest.to_string(), file["hash"].as_str().unwrap(), "{name}");
        }
        assert_eq!(yard.scratch_bytes(), 0, "{name}");
        assert_eq!(yard.device().launched(), "3.0.0", "{name}");
        self.seen.installed.fetch_add(1, Ordering::Relaxed);
    }

    /// The positive control: the same device, the sound release, no cleaning.
    fn heals(&self, name: &str, yard: &Yard<'_>) {
        let honest = description_of(&sound_files());
        self.publish_sound();
        assert_eq!(yard.sync(PEAK).run.ok()["result"], "staged", "{name}");
        self.installed_sound(name, yard, &honest);
    }

    fn installed_sound(&self, name: &str, yard: &Yard<'_>, honest: &Description) {
        let mut tree: BTreeMap<String, Vec<u8>> = sound()
            .into_iter()
            .map(|(path, bytes)| (path.to_owned(), bytes))
            .collect();
        tree.insert("checksum.json".to_owned(), honest.bytes.clone());
        assert_eq!(yard.bundle(&honest.id), tree, "{name}");
        assert_eq!(
            yard.scratch_bytes(),
            0,
            "{name}: nothing temporary outlives the next sync"
        );
    }
}

impl Seen {
    fn remember(&self, above_idle: u64, name: &str) {
        assert!(
            above_idle <= MEMORY_BYTES_MAX,
            "{name}: {above_idle} bytes above idle"
        );
        let mut peak = self.peak.lock().unwrap();
        if above_idle > peak.0 {
            *peak = (above_idle, name.to_owned());
        }
    }

    fn print(&self, what: &str) {
        let (peak, name) = self.peak.lock().unwrap().clone();
        println!(
            "{what}: {} refused and healed, {} installed, at most {} KiB above idle ({name}), {} bytes left in staging",
            self.refused.load(Ordering::Relaxed),
            self.installed.load(Ordering::Relaxed),
            peak / 1024,
            self.written.load(Ordering::Relaxed),
        );
    }
}

/// What begins like a web page is refused before anybody asks what kind of archive it is: a network that wants a
/// sign-in first answers so.
fn on_the_way(archive: &[u8], verdict: Verdict) -> Verdict {
    match archive.starts_with(b"<") {
        true => Verdict::Refused(Code::ResponseUnusable),
        false => verdict,
    }
}
