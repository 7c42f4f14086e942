//! The flows of the host contract, each from the device it begins with: what a fault in the middle of one may
//! leave, and what must come of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::airlock::Run;
use crate::identity::Identity;
use crate::strace::{self, Call, Held, Injection, Names};
use crate::world::{Device, World};

/// Files of a bundle.
const FILES: usize = 40;

/// One flow: a prepared device, of which every fault gets a copy, and the verb.
pub struct Flow {
    /// What it is called in the counts.
    pub name: &'static str,
    world: World,
    verb: Vec<String>,
    /// Versions that a launch may serve after a fault.
    serves: &'static [&'static str],
    now: String,
    /// One certificate instead of the system's hundreds, which every sync would read.
    certificates: PathBuf,
    /// The state before, and after an untouched run.
    essence: [Value; 2],
    names: Names,
    /// The calls of an untouched run that touch the store.
    pub calls: Vec<Call>,
    /// How many mutating calls another untouched run made, counted in another way.
    pub counted: usize,
}

/// What a checked device had to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did its work.
    Done,
    /// It refused, and nothing had happened.
    Refused,
}

/// One test for each flow that is named: `sweep` must try at least so many of its calls.
#[macro_export]
macro_rules! test_flows {
    ($sweep:path; $($flow:ident: at least $least:literal;)*) => {
        $(
            #[test]
            fn $flow() {
                let tried = $sweep(&$crate::Flow::$flow());
                assert!(tried >= $least, "{tried} are too few for the whole flow");
            }
        )*
    };
}

impl Flow {
    /// A fresh device installs its first update.
    pub fn first_sync() -> Self {
        Self::prepare("first sync", &["1.0.0", "3.0.0"], |_, fresh, device| {
            copy(fresh, device.state());
            words(&["sync"])
        })
    }

    /// A device that runs 2.0.0 installs 3.0.0.
    pub fn update() -> Self {
        Self::prepare("update", &["2.0.0", "3.0.0"], |_, _, _| words(&["sync"]))
    }

    /// A sync was killed while it unpacked; this is the next one.
    pub fn sync_after_a_kill() -> Self {
        Self::prepare("sync after a kill", &["2.0.0", "3.0.0"], |world, _, device| {
            let copied = world.device_in(world.path("copied"));
            copy(device.state(), copied.state());
            let (_, names) = strace::count(&copied, &["sync"]);
            let run = strace::run(device, &["sync"], &names, ("write", 30), Injection::Kill);
            assert_eq!(run.code, None, "killed");
            let staged = fs::read_dir(device.state().join("staging")).unwrap();
            assert_eq!(staged.count(), 1, "killed in the middle of a tree");
            words(&["sync"])
        })
    }

    /// A cold start makes the next bundle the trial.
    pub fn activate() -> Self {
        Self::prepare("activate", &["2.0.0", "3.0.0"], |_, _, device| {
            device.ok(&["sync"]);
            words(&["launch"])
        })
    }

    /// The page of a trial reports that it works.
    pub fn ready() -> Self {
        Self::prepare("ready", &["3.0.0"], |_, _, device| {
            let token = trial(device);
            words(&["ready", "--token", &token])
        })
    }

    /// The page of a trial crashes.
    pub fn crash() -> Self {
        Self::prepare("crash report", &["2.0.0", "3.0.0"], |_, _, device| {
            let token = trial(device);
            words(&["crash", "--token", &token])
        })
    }

    /// The page of a trial reports nothing in time.
    pub fn timeout() -> Self {
        Self::prepare("timeout", &["2.0.0", "3.0.0"], |_, _, device| {
            trial(device);
            words(&["elapse", "60000"])
        })
    }

    /// A trial was killed three times without evidence; the fourth start rolls back.
    pub fn rollback() -> Self {
        Self::prepare("rollback", &["2.0.0"], |_, _, device| {
            for _ in 1..=3 {
                trial(device);
            }
            words(&["launch"])
        })
    }

    /// The app asks for the last confirmed bundle in the middle of a trial.
    pub fn to_last_successful() -> Self {
        Self::prepare("to last successful", &["2.0.0", "3.0.0"], |_, _, device| {
            trial(device);
            words(&["reset", "--to-last-successful"])
        })
    }

    /// The app asks for the embedded bundle.
    pub fn reset() -> Self {
        Self::prepare("reset", &["1.0.0", "2.0.0"], |_, _, _| words(&["reset"]))
    }

    /// A bundle without a part to play is deleted.
    pub fn delete() -> Self {
        Self::prepare("delete", &["1.0.0"], |_, _, device| {
            let id = device.ok(&["status"])["current"]["id"]
                .as_str()
                .unwrap()
                .to_owned();
            device.ok(&["reset"]);
            words(&["delete", &id])
        })
    }

    /// A clean-up finds a tree that nobody names, and what killed runs left.
    pub fn gc() -> Self {
        Self::prepare("gc", &["2.0.0"], |world, _, device| {
            let state = device.state();
            copy(&world.path("v3"), &state.join("bundles").join("0".repeat(64)));
            for temporary in ["staging", "trash"] {
                copy(&world.path("v1"), &state.join(temporary).join("left"));
            }
            fs::write(state.join("downloads").join("left.part"), "half").unwrap();
            words(&["gc"])
        })
    }

    /// The native app is replaced, and with it go the bundles.
    pub fn native_update() -> Self {
        Self::prepare("native update", &["1.0.0", "3.0.0"], |_, _, device| {
            device.ok(&["native-update", "--native-version", "1.0.0"]);
            device.ok(&["sync"]);
            assert_eq!(device.confirm(), "3.0.0");
            words(&["native-update", "--native-version", "2.0.0"])
        })
    }

    /// A device that runs 2.0.0, with 3.0.0 on the server, made ready for the flow by `ready`, which also gets
    /// a device that never synced and answers with the verb.
    fn prepare(
        name: &'static str,
        serves: &'static [&'static str],
        ready: impl FnOnce(&World, &Path, &Device<'_>) -> Vec<String>,
    ) -> Self {
        let world = World::new();
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let now = (now.as_millis() + 60_000).to_string();
        let certificates = Identity::of("localhost").write(&world.path("certificates.pem"));
        let mut flow = Self {
            name,
            certificates,
            world,
            verb: Vec::new(),
            serves,
            now,
            essence: [Value::Null, Value::Null],
            names: Names::default(),
            calls: Vec::new(),
            counted: 0,
        };
        flow.publish("v2", "2.0.0", "2");
        let fresh = flow.device("fresh");
        fresh.ok(&["launch"]);
        let device = flow.device("prepared");
        copy(fresh.state(), device.state());
        device.ok(&["sync"]);
        assert_eq!(device.confirm(), "2.0.0");
        flow.publish("v3", "3.0.0", "3");
        flow.verb = ready(&flow.world, &flow.world.path("fresh"), &flow.device("prepared"));
        flow.measure();
        flow
    }

    fn publish(&self, folder: &str, version: &str, sequence: &str) {
        let pages: BTreeMap<String, String> = (1..FILES)
            .map(|n| (format!("part{}/page{n}.js", n % 4), format!("{folder}: page {n}")))
            .chain([("index.html".to_owned(), format!("<h1>{folder}</h1>"))])
            .collect();
        let files: Vec<(&str, &str)> = pages
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        assert_eq!(files.len(), FILES);
        let _ = fs::remove_dir_all(self.world.path(folder));
        self.world.web(folder, &files);
        self.world
            .publish(folder, version, &["--sequence", sequence])
            .ok();
    }

    fn measure(&mut self) {
        let counted = self.fresh("counted");
        let (count, mut names) = strace::count(&counted, &self.verb());
        let after = self.essence_of(&counted);
        // What a launch may touch, before the flow and after it.
        for device in [&counted, &self.fresh("launched")] {
            names.join(strace::count(device, &["launch"]).1);
        }
        let before = self.essence_of(&self.device("prepared"));
        let calls = strace::calls(&self.fresh("counted"), &self.verb(), &names);
        (self.counted, self.names, self.calls) = (count, names, calls);
        self.essence = [before, after];
    }

    /// A sync that refuses may have installed what the next one takes over; no other verb leaves anything.
    fn essence_of(&self, device: &Device<'_>) -> Value {
        let list = match self.verb[0].as_str() {
            "sync" => Vec::new(),
            _ => device.run(&["list"]).lines,
        };
        json!([device.essence(), list])
    }

    fn device(&self, name: &str) -> Device<'_> {
        self.world
            .device_in(self.world.path(name))
            .with(&["--now", &self.now])
            .trusting(&self.certificates)
    }

    fn verb(&self) -> Vec<&str> {
        self.verb.iter().map(String::as_str).collect()
    }

    /// A copy of the prepared device.
    pub fn fresh(&self, name: &str) -> Device<'_> {
        let device = self.device(name);
        let _ = fs::remove_dir_all(device.state());
        copy(&self.world.path("prepared"), device.state());
        device
    }

    /// Runs the flow's verb with an injection.
    pub fn run(&self, device: &Device<'_>, call: (&str, usize), what: Injection) -> Run {
        strace::run(device, &self.verb(), &self.names, call, what)
    }

    /// Runs the flow's verb until it holds its first lock, and keeps it there.
    pub fn hold(&self, device: &Device<'_>) -> Held {
        Held::with_the_lock(device, &self.verb(), &self.names, &self.calls)
    }

    /// The mutating calls of an untouched run.
    pub fn mutating(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.mutates)
    }

    /// R7: exit 0 and it happened, or another exit and it did not. A launch always exits 0; what it could not
    /// write down did not happen.
    pub fn all_or_nothing(&self, device: &Device<'_>, exit: Exit, at: &str) {
        let [before, after] = &self.essence;
        let now = self.essence_of(device);
        let is_launch = self.verb[0] == "launch";
        let expected = if exit == Exit::Done { after } else { before };
        assert!(
            now == *expected || (is_launch && now == *before),
            "{at}: {exit:?} and the state is {now:#}, not {expected:#}"
        );
    }

    /// A launch while every call of this name fails: exit 0, and a whole bundle. Where the store cannot be read
    /// that is the embedded one, and where it cannot be written the confirmed one.
    pub fn launches_meanwhile(&self, device: &Device<'_>, name: &str, error: &'static str, at: &str) {
        let injection = Injection::Onwards(error);
        let launch = strace::run(device, &["launch"], &self.names, (name, 1), injection);
        let version = self.whole(&launch.ok(), at);
        let confirmed = self.essence[0][0][1]["version"].as_str().unwrap();
        let is_safe = ["1.0.0", confirmed].contains(&version.as_str());
        assert!(
            is_safe || self.serves.contains(&version.as_str()),
            "{at}: {version}"
        );
    }

    /// B1 and B2, then B6: a launch serves the old bundle or the new one, whole; the next sync finishes and leaves
    /// nothing temporary; then the newest release that has not failed here runs and is confirmed.
    pub fn recovers(&self, device: &Device<'_>, at: &str) {
        let launch = device.ok(&["launch"]);
        let version = self.whole(&launch, at);
        assert!(self.serves.contains(&version.as_str()), "{at}: {version}");
        let token = launch["token"].as_str().unwrap();
        device.ok(&["ready", "--token", token]);
        device.ok(&["sync"]);
        nothing_temporary(device, at);
        let failed = device.ok(&["status"])["failed"].as_array().unwrap().len();
        let newest = if failed == 0 { "3.0.0" } else { "2.0.0" };
        assert_eq!(device.confirm(), newest, "{at}");
    }

    /// The version of a launch, after comparing every byte of it with the folder that was published.
    fn whole(&self, launch: &Value, at: &str) -> String {
        let version = launch["bundle"]["version"].as_str().unwrap().to_owned();
        let root = PathBuf::from(launch["root"].as_str().unwrap());
        let published = self.world.path(&format!("v{}", &version[..1]));
        assert_eq!(files(&root), files(&published), "{at}: {version} is not whole");
        version
    }
}

/// B7: what a killed run left is gone, and the store is no larger than it may be.
fn nothing_temporary(device: &Device<'_>, at: &str) {
    for temporary in ["staging", "downloads", "trash"] {
        let left = fs::read_dir(device.state().join(temporary)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{at}: {temporary} outlived the next sync");
    }
    let all = files(device.state());
    let left = all.keys().find(|path| path.ends_with(".tmp"));
    assert_eq!(left, None, "{at}: it outlived the next sync");
    let bytes: usize = all.values().map(Vec::len).sum();
    assert!(
        bytes < 3 * FILES * 1024 + 1024 * 1024,
        "{at}: {bytes} bytes in the store"
    );
}

/// The files of a tree and their bytes, without what describes the bundle.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).expect("a directory that was served is there") {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if !name.starts_with("checksum.json") {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn trial(device: &Device<'_>) -> String {
    if device.ok(&["status"])["trial"].is_null() {
        device.ok(&["sync"]);
    }
    let launch = device.ok(&["launch"]);
    assert_eq!(launch["bundle"]["version"], "3.0.0");
    launch["token"].as_str().unwrap().to_owned()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(status.expect("cp starts").success());
}
