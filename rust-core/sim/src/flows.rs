//! What a device does, one flow at a time, and what must be true before and after it. The expectations are written
//! by hand from docs/state-machine.md, not asked of the engine.

mod table;

use std::sync::Arc;

use airlock_engine::{DownloadRequest, Engine, Error, Launch};

use crate::promises::Essence;
use crate::world::{Phone, Shop};

pub use table::FLOWS;

/// What a device is like at one end of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Expect {
    current: &'static str,
    fallback: &'static str,
    next: Option<&'static str>,
    floor: u64,
    failed: &'static [&'static str],
    /// What the next cold start serves.
    pub serves: &'static str,
}

impl Expect {
    /// The same, as a device answers it.
    pub fn essence(&self) -> Essence {
        Essence {
            current: self.current.to_owned(),
            fallback: self.fallback.to_owned(),
            next: self.next.map(str::to_owned),
            floor: self.floor,
            failed: self.failed.iter().map(|version| (*version).to_owned()).collect(),
        }
    }
}

const fn stable(version: &'static str, floor: u64) -> Expect {
    Expect {
        current: version,
        fallback: version,
        next: None,
        floor,
        failed: &[],
        serves: version,
    }
}

const fn waiting(version: &'static str, floor: u64, next: &'static str) -> Expect {
    Expect {
        next: Some(next),
        serves: next,
        ..stable(version, floor)
    }
}

const fn trial(version: &'static str, floor: u64, fallback: &'static str) -> Expect {
    Expect {
        fallback,
        ..stable(version, floor)
    }
}

const fn failed(version: &'static str, floor: u64, failed: &'static [&'static str]) -> Expect {
    Expect {
        failed,
        ..stable(version, floor)
    }
}

type Act = fn(&Engine, &Scene) -> Result<(), Error>;

/// One flow.
pub struct Flow {
    /// For people.
    pub name: &'static str,
    /// Releases that the server shows.
    pub published: usize,
    prepare: fn(&mut Scene),
    act: Act,
    /// Before it.
    pub before: Expect,
    /// After it.
    pub after: Expect,
    /// Whether the medium damages a tree before it.
    pub damaged: bool,
    /// Launches that the trial in it has spent at its end.
    pub launches_spent: u32,
    /// A launch answers whatever the disk says (R6); what it could not write down did not happen.
    pub answers_always: bool,
}

/// A phone in the middle of its life: what it shows, and whose token the page has.
pub struct Scene {
    /// The phone.
    pub phone: Phone,
    launch: Option<Launch>,
}

impl Flow {
    /// Brings a phone to the beginning of the flow; all it did is durable.
    pub fn prepare(&self, shop: &Arc<Shop>) -> Scene {
        let mut scene = Scene {
            phone: Phone::new(shop, self.published),
            launch: None,
        };
        (self.prepare)(&mut scene);
        scene.phone.network.publish(self.published);
        scene.phone.disk.settle();
        scene
    }

    /// The flow itself, in a process of its own.
    pub fn act(&self, engine: &Engine, scene: &Scene) -> Result<(), Error> {
        (self.act)(engine, scene)
    }
}

impl Scene {
    /// The same moment on another disk.
    pub fn on(&self, phone: Phone) -> Self {
        Self {
            phone,
            launch: self.launch.clone(),
        }
    }

    fn token(&self) -> &str {
        self.launch.as_ref().map_or("", |launch| &launch.token)
    }

    fn start(&mut self) -> Engine {
        let engine = self.phone.boot();
        self.launch = Some(engine.launch());
        engine
    }

    /// The device runs the release with this number, confirmed.
    fn confirm(&mut self, number: usize) {
        self.stage(number);
        let engine = self.start();
        engine.ready(self.token()).expect("a phone that works");
    }

    /// The release with this number is next.
    fn stage(&mut self, number: usize) {
        self.phone.network.publish(number - 1);
        self.phone.boot().sync().expect("a phone that works");
    }

    /// The release with this number is on trial, launched once.
    fn try_out(&mut self, number: usize) {
        self.stage(number);
        self.start();
    }

    /// The archive of the release with this number is on the device, and has no part to play.
    fn fetch(&mut self, number: usize) {
        self.phone.network.publish(number - 1);
        let engine = self.phone.boot();
        download(&engine, self, number).expect("a phone that works");
    }

    /// The id of the release with this number.
    fn id(&self, number: usize) -> &str {
        let release = self.phone.shop().by_version(&format!("{number}.0.0"));
        &release.expect("it was published").id
    }
}

/// What an app does with `download()`.
fn download(engine: &Engine, scene: &Scene, number: usize) -> Result<(), Error> {
    let (url, checksum) = scene.phone.shop().archive(number);
    let request = DownloadRequest {
        url,
        version: format!("{number}.0.0"),
        checksum: Some(checksum),
        session_key: None,
    };
    engine.download(&request).map(drop)
}
