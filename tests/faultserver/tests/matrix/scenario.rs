//! One fault, one kind of file, one beginning.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use airlock_engine::{Engine, Sync};
use airlock_faultserver::{Fault, FaultServer, Pace, Plan};

use crate::device::{Device, Handed, IMPATIENT, PATIENT};
use crate::shop::{Shop, files};

/// More than the declared size that one answer may hand over.
const SLACK: u64 = 64 * 1024;

/// Most requests in one run: six files, four rounds, six hops.
const REQUESTS_MAX: usize = 80;

/// Codes that a server can bring about.
const SERVERS_FAULT: &[&str] = &[
    "response_unusable",
    "download_failed",
    "checksum_mismatch",
    "metadata_invalid",
    "downgrade_refused",
];

/// Which files the fault spoils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Metadata,
    Payload,
    File,
}

/// Whether an earlier run was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Fresh,
    Resumed,
}

/// What is played.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) fault: &'static Fault,
    pub(crate) target: Target,
    pub(crate) start: Start,
}

/// How the run with the fault ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// 3.0.0 is next, byte for byte.
    Updated,
    /// The server hid it, and nothing happened.
    UpToDate,
    /// With this code and these words, and nothing happened.
    Refused(String, String),
}

impl Ending {
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Updated => "updated",
            Self::UpToDate => "up_to_date",
            Self::Refused(code, _) => code,
        }
    }
}

impl Target {
    pub(crate) const ALL: [Self; 3] = [Self::Metadata, Self::Payload, Self::File];

    fn part(self) -> &'static str {
        match self {
            Self::Metadata => "metadata/",
            Self::Payload => ".bundle.zip",
            Self::File => ".checksum.json",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} {:?}", self.fault, self.target, self.start)
    }
}

impl Scenario {
    /// Plays it; what is wrong, in words.
    pub(crate) fn play(&self, shop: &Shop) -> Result<Ending, String> {
        catch_unwind(AssertUnwindSafe(|| self.play_guarded(shop)))
            .unwrap_or_else(|_| Err("a panic".to_owned()))
    }

    fn play_guarded(&self, shop: &Shop) -> Result<Ending, String> {
        let device = Device::new(shop);
        let server = FaultServer::start(Arc::clone(&shop.second));
        let other = FaultServer::start(Arc::clone(&shop.third));
        server.elsewhere(other.url());
        device.confirm_second(server.url());
        server.site(Arc::clone(&shop.third));
        if self.start == Start::Resumed {
            self.cut_off(&device, &server, shop)?;
        }
        server.requests();
        server.plan(Some(Plan {
            part: self.target.part(),
            fault: self.fault,
        }));
        let patience = match self.fault.pace {
            Pace::Prompt => PATIENT,
            Pace::Hangs => IMPATIENT,
        };
        let (engine, ledger) = device.boot(&[server.url()], patience);
        let ending = outcome(&engine, &device, shop)?;
        drop(engine);
        let asked = server.requests().len();
        if asked > REQUESTS_MAX {
            return Err(format!("{asked} requests"));
        }
        bounded(&ledger.lock().unwrap(), shop)?;
        server.plan(None);
        if self.fault.name.starts_with("429") {
            silent(&device, &server)?;
        }
        clean(&device, &server, shop)?;
        Ok(ending)
    }

    /// A run of another process ends in the middle of the same kind of file.
    fn cut_off(&self, device: &Device<'_>, server: &FaultServer, shop: &Shop) -> Result<(), String> {
        server.plan(Some(Plan {
            part: self.target.part(),
            fault: Fault::named("cut-midway"),
        }));
        let (engine, _) = device.boot(&[server.url()], PATIENT);
        if engine.sync().is_ok() {
            return Err("the first run should have been cut off".to_owned());
        }
        let left = device.downloads();
        let half = |(name, length): &(String, usize)| {
            name.ends_with(".part") && *length as u64 == shop.archive_bytes / 2
        };
        match self.target != Target::Payload || left.iter().any(half) {
            true => Ok(()),
            false => Err(format!("half an archive should be left: {left:?}")),
        }
    }
}

/// What a run came to; whatever it says must be true.
fn outcome(engine: &Engine, device: &Device<'_>, shop: &Shop) -> Result<Ending, String> {
    let ending = match engine.sync() {
        Ok(Sync::Staged { .. }) => Ending::Updated,
        Ok(Sync::UpToDate { .. }) => Ending::UpToDate,
        Ok(other) => return Err(format!("{other:?}")),
        Err(error) => Ending::Refused(error.code().as_str().to_owned(), error.to_string()),
    };
    if let Ending::Refused(code, words) = &ending
        && !SERVERS_FAULT.contains(&code.as_str())
    {
        return Err(format!("{code}: {words}"));
    }
    let status = engine.status().map_err(|error| error.to_string())?;
    let next = status.next.as_ref().map(|bundle| bundle.version.as_str());
    let expected = (ending == Ending::Updated).then_some("3.0.0");
    if status.current.version != "2.0.0" || next != expected || !status.failed.is_empty() {
        return Err(format!("{ending:?}, and the device is at {status:?}"));
    }
    if let Some(bundle) = &status.next {
        whole(device, &bundle.id, shop)?;
    }
    for verdict in engine.verify(None).map_err(|error| error.to_string())? {
        if !verdict.valid && verdict.id != "embedded" {
            return Err(format!("{verdict:?}"));
        }
    }
    Ok(ending)
}

/// Every byte of the tree is the author's.
fn whole(device: &Device<'_>, id: &str, shop: &Shop) -> Result<(), String> {
    let mut found = files(&device.root().join("bundles").join(id));
    found.retain(|name, _| !name.starts_with("checksum.json"));
    match found == shop.tree {
        true => Ok(()),
        false => Err("a wrong byte was staged".to_owned()),
    }
}

/// No answer hands over more than was declared, nor in large pieces; nothing costs more than twice its size.
fn bounded(handed: &[Handed], shop: &Shop) -> Result<(), String> {
    for one in handed {
        if one.bytes > one.max_bytes + SLACK || one.largest_piece as u64 > SLACK {
            return Err(format!("read without bound: {one:?}"));
        }
    }
    let archives = handed.iter().filter(|one| one.url.ends_with(".bundle.zip"));
    let bytes: u64 = archives.map(|one| one.bytes).sum();
    match bytes <= 2 * shop.archive_bytes + SLACK {
        true => Ok(()),
        false => Err(format!("{bytes} bytes for an archive of {}", shop.archive_bytes)),
    }
}

/// After a 429 nobody is asked, and a restart changes nothing about it.
fn silent(device: &Device<'_>, server: &FaultServer) -> Result<(), String> {
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    let before = device.millis();
    let said = engine
        .sync()
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    let asked = server.requests().len();
    let _checked = engine.check();
    if !said.contains("too many requests") || asked + server.requests().len() > 0 || device.millis() != before
    {
        return Err(format!("not silent after 429: `{said}`, {asked} requests"));
    }
    device.pass(Duration::from_secs(24 * 3_600));
    Ok(())
}

/// The server is mended: one sync, and everything is in its place.
fn clean(device: &Device<'_>, server: &FaultServer, shop: &Shop) -> Result<(), String> {
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    engine
        .sync()
        .map_err(|error| format!("the clean sync fails: {error}"))?;
    let status = engine.status().map_err(|error| error.to_string())?;
    match &status.next {
        Some(bundle) if bundle.version == "3.0.0" => whole(device, &bundle.id, shop)?,
        other => return Err(format!("after a clean sync {other:?} is next")),
    }
    match device.downloads() {
        left if left.is_empty() => Ok(()),
        left => Err(format!("left after a clean sync: {left:?}")),
    }
}
