//! The promises B1 to B7, judged from outside: by answers, by bytes on the disk, by requests on the network.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use airlock_engine::{Engine, Error, Launch, Origin};

use crate::disk::Tree;
use crate::world::{EMBEDDED, Phone, ROOT, Release};

/// A promise that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// `B1` to `B7`, a rule, or `no panic`.
    pub promise: &'static str,
    /// What was seen instead.
    pub text: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.text)
    }
}

/// Whether a promise held.
pub type Held<T = ()> = Result<T, Broken>;

pub(crate) fn broken<T>(promise: &'static str, text: impl Into<String>) -> Held<T> {
    Err(Broken {
        promise,
        text: text.into(),
    })
}

/// Runs a call of the engine; a panic in it breaks a promise.
pub fn guarded<T>(what: &str, call: impl FnOnce() -> T) -> Held<T> {
    catch_unwind(AssertUnwindSafe(call)).or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        broken("no panic", format!("{what}: {}", text.unwrap_or_default()))
    })
}

/// What matters of a device's state: what it runs, what it falls back to, what it has learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Essence {
    /// Version of what runs.
    pub current: String,
    /// Version of the fallback.
    pub fallback: String,
    /// Version of what waits.
    pub next: Option<String>,
    /// The floor.
    pub floor: u64,
    /// Versions that failed here.
    pub failed: Vec<String>,
}

impl Essence {
    /// Asks the device, which answers from its disk alone.
    pub fn of(engine: &Engine) -> Held<Self> {
        match guarded("status", || engine.status())? {
            Ok(status) => Ok(Self {
                current: status.current.version,
                fallback: status.fallback.version,
                next: status.next.map(|bundle| bundle.version),
                floor: status.floor,
                failed: status.failed.into_iter().map(|failed| failed.version).collect(),
            }),
            Err(error) => broken("R7", format!("the state cannot be read: {error}")),
        }
    }
}

/// B1 and B2: a launch names exactly one bundle, asks nobody, touches each file a bounded number of times (those too
/// that it removes, after another native version), and
/// what it names is, byte for byte, what the author published under that id.
pub fn launch(phone: &Phone, engine: &Engine) -> Held<Launch> {
    let files = phone.disk.tree().files_below(Path::new(ROOT)).len();
    let (requests, calls) = (phone.network.requests(), phone.disk.calls());
    let launch = guarded("launch", || engine.launch())?;
    if phone.network.requests() != requests {
        return broken("B1", "a launch asked the network");
    }
    let calls = phone.disk.calls() - calls;
    if calls > 200 + 8 * files {
        return broken("B1", format!("a launch with {files} files made {calls} calls"));
    }
    whole(phone, &launch)?;
    Ok(launch)
}

/// B2 alone, for a launch that another verb answered with.
pub fn whole(phone: &Phone, launch: &Launch) -> Held {
    let served = &launch.bundle;
    let (root, release) = match served.origin {
        // Its own description could not be read: it is known by the native app's version then.
        Origin::Embedded if served.id == "embedded" => {
            (Path::new(EMBEDDED).to_owned(), Some(phone.shop().embedded()))
        }
        Origin::Embedded => (Path::new(EMBEDDED).to_owned(), phone.shop().by_id(&served.id)),
        Origin::Ota => (
            Path::new(ROOT).join("bundles").join(&served.id),
            phone.shop().by_id(&served.id),
        ),
    };
    let Some(release) = release else {
        return broken("B2", format!("`{}` is served and was never published", served.id));
    };
    if launch.root != root || served.id == release.id && served.version != release.version {
        return broken(
            "B1",
            format!("{} is served from {}", served.version, launch.root.display()),
        );
    }
    same_bytes(&phone.disk.tree(), &root, release)
}

/// Every tree that the state names is there, byte for byte: data before name, name before state.
pub fn named_trees_are_whole(phone: &Phone, engine: &Engine) -> Held {
    let tree = phone.disk.tree();
    let named = match guarded("list", || engine.list())? {
        Ok(named) => named,
        Err(error) => return broken("R7", format!("the state cannot be read: {error}")),
    };
    for bundle in named.iter().filter(|bundle| bundle.origin == Origin::Ota) {
        let Some(release) = phone.shop().by_id(&bundle.id) else {
            return broken(
                "B2",
                format!("`{}` is on the device and was never published", bundle.id),
            );
        };
        same_bytes(&tree, &Path::new(ROOT).join("bundles").join(&bundle.id), release)?;
    }
    Ok(())
}

fn same_bytes(tree: &Tree, root: &Path, release: &Release) -> Held {
    let mut found = tree.files_below(root);
    found.remove("checksum.json.sig");
    if found == release.tree {
        return Ok(());
    }
    let differs = |name: &&&String| found.get(**name) != release.tree.get(**name);
    let names: BTreeSet<&String> = found.keys().chain(release.tree.keys()).collect();
    let wrong: Vec<_> = names.iter().filter(differs).take(3).collect();
    broken("B2", format!("{} has wrong files: {wrong:?}", release.version))
}

/// B3: nothing outside the root changed.
pub fn contained(phone: &Phone) -> Held {
    let outside = phone.disk.changed_outside(ROOT);
    match outside.first() {
        Some(path) => broken("B3", format!("changed outside the root: {path}")),
        None => Ok(()),
    }
}

/// B7, after a sync: nothing temporary is left, and the store holds at most three bundles and 1 MiB.
pub fn tidy(phone: &Phone) -> Held {
    let files = phone.disk.tree().files_below(Path::new(ROOT));
    let temporary = |name: &&String| {
        let below = ["staging/", "downloads/", "trash/"];
        below.iter().any(|directory| name.starts_with(directory)) || name.ends_with(".tmp")
    };
    if let Some(left) = files.keys().find(temporary) {
        return broken("B7", format!("`{left}` outlived the sync"));
    }
    let bytes: u64 = files.values().map(|file| file.len() as u64).sum();
    let largest = phone
        .shop()
        .releases()
        .iter()
        .map(|release| release.bytes())
        .max();
    let quota = 3 * largest.unwrap_or(0) + 1024 * 1024;
    match bytes <= quota {
        true => Ok(()),
        false => broken(
            "B7",
            format!("the store holds {bytes} bytes, {quota} are allowed"),
        ),
    }
}

/// The version of the newest metadata that the device keeps (B5); 0 when it keeps none.
pub fn metadata_version(tree: &Tree) -> u64 {
    let files = tree.files_below(&Path::new(ROOT).join("metadata"));
    let timestamp = files.get("timestamp.json");
    let parsed = timestamp.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok());
    parsed
        .and_then(|json| json["signed"]["version"].as_u64())
        .unwrap_or(0)
}

/// A refusal that a device with a failing disk may give.
pub fn storage_refusal(error: &Error) -> Held {
    match error.code().as_str() {
        "storage_failure" | "no_space" => Ok(()),
        other => broken("R7", format!("a failing disk was reported as `{other}`: {error}")),
    }
}
