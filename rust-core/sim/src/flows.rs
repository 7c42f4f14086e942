//! What a device does, one flow at a time, and what must be true before and after it. The expectations are written
//! by hand from docs/state-machine.md, not asked of the engine.

use std::path::Path;
use std::sync::Arc;

use airlock_engine::{Engine, Error, Launch, ResetTo};

use crate::promises::Essence;
use crate::world::{Phone, ROOT, Shop};

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
}

/// Every flow.
pub const FLOWS: &[Flow] = &[
    Flow {
        name: "first sync",
        published: 1,
        prepare: |_| {},
        act: |engine, _| engine.sync().map(drop),
        before: stable("1.0.0", 0),
        after: waiting("1.0.0", 0, "2.0.0"),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "first launch",
        published: 1,
        prepare: |_| {},
        act: |engine, _| {
            engine.launch();
            Ok(())
        },
        before: stable("1.0.0", 0),
        after: stable("1.0.0", 0),
        damaged: false,
        launches_spent: 0,
        answers_always: true,
    },
    Flow {
        name: "update",
        published: 2,
        prepare: |scene| scene.confirm(2),
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "sync after a kill",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.phone.network.publish(2);
            scene.phone.disk.settle();
            scene.phone.boot().sync().expect("a phone that works");
            let half = scene.phone.disk.after_kill(scene.phone.disk.effects() / 2);
            scene.phone = scene.phone.with_disk(half);
        },
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "check",
        published: 1,
        prepare: |_| {},
        act: |engine, _| engine.check().map(drop),
        before: stable("1.0.0", 0),
        after: stable("1.0.0", 0),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "sync without news",
        published: 1,
        prepare: |scene| scene.confirm(2),
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: stable("2.0.0", 2),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "activate at launch",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.stage(3);
        },
        act: |engine, _| {
            engine.launch();
            Ok(())
        },
        before: waiting("2.0.0", 2, "3.0.0"),
        after: trial("3.0.0", 2, "2.0.0"),
        damaged: false,
        launches_spent: 1,
        answers_always: true,
    },
    Flow {
        name: "activate in the background",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.stage(3);
        },
        act: |engine, _| engine.background().map(drop),
        before: waiting("2.0.0", 2, "3.0.0"),
        after: trial("3.0.0", 2, "2.0.0"),
        damaged: false,
        launches_spent: 1,
        answers_always: false,
    },
    Flow {
        name: "second launch of a trial",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.try_out(3);
        },
        act: |engine, _| {
            engine.launch();
            Ok(())
        },
        before: trial("3.0.0", 2, "2.0.0"),
        after: trial("3.0.0", 2, "2.0.0"),
        damaged: false,
        launches_spent: 2,
        answers_always: true,
    },
    Flow {
        name: "ready",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.try_out(3);
        },
        act: |engine, scene| engine.ready(scene.token()).map(drop),
        before: trial("3.0.0", 2, "2.0.0"),
        after: stable("3.0.0", 3),
        damaged: false,
        launches_spent: 1,
        answers_always: false,
    },
    Flow {
        name: "crash report",
        published: 3,
        prepare: |scene| {
            scene.confirm(3);
            scene.try_out(4);
        },
        act: |engine, scene| engine.crash(scene.token(), Some("boom")).map(drop),
        before: trial("4.0.0", 3, "3.0.0"),
        after: failed("3.0.0", 3, &["4.0.0"]),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "timeout",
        published: 5,
        prepare: |scene| {
            scene.confirm(5);
            scene.try_out(6);
        },
        act: |engine, _| engine.elapse(10_000).map(drop),
        before: trial("6.0.0", 5, "5.0.0"),
        after: failed("5.0.0", 5, &["6.0.0"]),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "launches exhausted",
        published: 7,
        prepare: |scene| {
            scene.confirm(7);
            scene.try_out(8);
            scene.start();
            scene.start();
        },
        act: |engine, _| {
            engine.launch();
            Ok(())
        },
        before: Expect {
            serves: "7.0.0",
            ..trial("8.0.0", 7, "7.0.0")
        },
        after: failed("7.0.0", 7, &["8.0.0"]),
        damaged: false,
        launches_spent: 0,
        answers_always: true,
    },
    Flow {
        name: "rollback of a damaged trial",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.try_out(3);
            damage(scene, 3);
        },
        act: |engine, _| {
            engine.launch();
            Ok(())
        },
        before: Expect {
            serves: "2.0.0",
            ..trial("3.0.0", 2, "2.0.0")
        },
        after: stable("2.0.0", 2),
        damaged: true,
        launches_spent: 0,
        answers_always: true,
    },
    Flow {
        name: "reset",
        published: 2,
        prepare: |scene| scene.confirm(3),
        act: |engine, _| engine.reset(ResetTo::Embedded).map(drop),
        before: stable("3.0.0", 3),
        after: stable("1.0.0", 3),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "reset to the last successful",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.try_out(3);
        },
        act: |engine, _| engine.reset(ResetTo::LastSuccessful).map(drop),
        before: trial("3.0.0", 2, "2.0.0"),
        after: stable("2.0.0", 2),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "reload",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.stage(3);
        },
        act: |engine, _| engine.reload().map(drop),
        before: waiting("2.0.0", 2, "3.0.0"),
        after: trial("3.0.0", 2, "2.0.0"),
        damaged: false,
        launches_spent: 1,
        answers_always: false,
    },
    Flow {
        name: "delete",
        published: 2,
        prepare: |scene| {
            scene.confirm(3);
            let engine = scene.phone.boot();
            engine.reset(ResetTo::Embedded).expect("a phone that works");
        },
        act: |engine, scene| {
            let release = scene.phone.shop().by_version("3.0.0").expect("it was published");
            engine.delete(&release.id)
        },
        before: stable("1.0.0", 3),
        after: stable("1.0.0", 3),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "gc",
        published: 2,
        prepare: |scene| {
            scene.confirm(3);
            let mut tree = scene.phone.disk.tree();
            for name in [
                "staging/half/index.html",
                "downloads/x.part",
                "trash/old/app.js",
                "bundles/stray/app.js",
            ] {
                tree.furnish(&Path::new(ROOT).join(name), b"left over");
            }
            scene.phone = scene.phone.with_disk(tree);
        },
        act: |engine, _| engine.gc().map(drop),
        before: stable("3.0.0", 3),
        after: stable("3.0.0", 3),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
    Flow {
        name: "native update",
        published: 2,
        prepare: |scene| {
            scene.confirm(3);
            scene.phone.set_native("2.0.0");
        },
        act: |engine, _| engine.native_update(&"2.0.0".parse().expect("a version")),
        before: Expect {
            serves: "1.0.0",
            ..stable("3.0.0", 3)
        },
        after: stable("1.0.0", 3),
        damaged: false,
        launches_spent: 0,
        answers_always: false,
    },
];

/// One byte of an installed bundle flips, as on a worn-out medium.
fn damage(scene: &mut Scene, number: usize) {
    let release = scene
        .phone
        .shop()
        .by_version(&format!("{number}.0.0"))
        .expect("it was published");
    let path = Path::new(ROOT)
        .join("bundles")
        .join(&release.id)
        .join("index.html");
    let mut tree = scene.phone.disk.tree();
    let mut bytes = release.tree["index.html"].to_vec();
    bytes[0] ^= 1;
    tree.remove(&path);
    tree.furnish(&path, &bytes);
    scene.phone = scene.phone.with_disk(tree);
}
