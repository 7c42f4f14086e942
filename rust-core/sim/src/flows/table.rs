//! The flows, in the order of a device's life.

use std::path::{Path, PathBuf};

use airlock_engine::{DelayCondition, ResetTo};

use super::{Expect, Flow, Scene, download, failed, stable, trial, waiting};
use crate::world::{Forms, ROOT};

/// What most flows have in common: an honest medium, no launch of a trial, and a disk that may refuse.
const PLAIN: Flow = Flow {
    name: "",
    published: 0,
    prepare: |_| {},
    act: |_, _| Ok(()),
    before: stable("1.0.0", 0),
    after: stable("1.0.0", 0),
    damaged: false,
    launches_spent: 0,
    answers_always: false,
};

/// Every flow.
pub const FLOWS: &[Flow] = &[
    Flow {
        name: "first sync",
        published: 1,
        prepare: |_| {},
        act: |engine, _| engine.sync().map(drop),
        before: stable("1.0.0", 0),
        after: waiting("1.0.0", 0, "2.0.0"),
        ..PLAIN
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
        answers_always: true,
        ..PLAIN
    },
    Flow {
        name: "update by patch",
        published: 2,
        prepare: |scene| scene.confirm(2),
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        ..PLAIN
    },
    Flow {
        name: "update by single files",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.phone.network.offer(Forms::Files);
        },
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        ..PLAIN
    },
    Flow {
        name: "update by archive",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.phone.network.offer(Forms::Archives);
        },
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        ..PLAIN
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
        ..PLAIN
    },
    Flow {
        name: "resume after a broken connection",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            break_off(scene);
        },
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        ..PLAIN
    },
    Flow {
        name: "resume of a damaged part",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            break_off(scene);
            damage_part(scene);
        },
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        ..PLAIN
    },
    Flow {
        name: "check",
        published: 1,
        prepare: |_| {},
        act: |engine, _| engine.check().map(drop),
        before: stable("1.0.0", 0),
        after: stable("1.0.0", 0),
        ..PLAIN
    },
    Flow {
        name: "sync without news",
        published: 1,
        prepare: |scene| scene.confirm(2),
        act: |engine, _| engine.sync().map(drop),
        before: stable("2.0.0", 2),
        after: stable("2.0.0", 2),
        ..PLAIN
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
        launches_spent: 1,
        answers_always: true,
        ..PLAIN
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
        launches_spent: 1,
        ..PLAIN
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
        launches_spent: 2,
        answers_always: true,
        ..PLAIN
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
        launches_spent: 1,
        ..PLAIN
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
        ..PLAIN
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
        ..PLAIN
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
        answers_always: true,
        ..PLAIN
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
        answers_always: true,
        ..PLAIN
    },
    Flow {
        name: "reset",
        published: 2,
        prepare: |scene| scene.confirm(3),
        act: |engine, _| engine.reset(ResetTo::Embedded).map(drop),
        before: stable("3.0.0", 3),
        after: stable("1.0.0", 3),
        ..PLAIN
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
        ..PLAIN
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
        launches_spent: 1,
        ..PLAIN
    },
    Flow {
        name: "delete",
        published: 2,
        prepare: |scene| {
            scene.confirm(3);
            let engine = scene.phone.boot();
            engine.reset(ResetTo::Embedded).expect("a phone that works");
        },
        act: |engine, scene| engine.delete(scene.id(3)),
        before: stable("1.0.0", 3),
        after: stable("1.0.0", 3),
        ..PLAIN
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
        ..PLAIN
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
        ..PLAIN
    },
    Flow {
        name: "download",
        published: 2,
        prepare: |scene| scene.confirm(2),
        act: |engine, scene| download(engine, scene, 3),
        before: stable("2.0.0", 2),
        after: stable("2.0.0", 2),
        ..PLAIN
    },
    Flow {
        name: "next",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.fetch(3);
        },
        act: |engine, scene| engine.next(scene.id(3)).map(drop),
        before: stable("2.0.0", 2),
        after: waiting("2.0.0", 2, "3.0.0"),
        ..PLAIN
    },
    Flow {
        name: "set",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.fetch(3);
        },
        act: |engine, scene| engine.set(scene.id(3)).map(drop),
        before: stable("2.0.0", 2),
        after: trial("3.0.0", 2, "2.0.0"),
        launches_spent: 1,
        ..PLAIN
    },
    Flow {
        name: "delay",
        published: 2,
        prepare: |scene| {
            scene.confirm(2);
            scene.stage(3);
        },
        act: |engine, _| {
            engine.delay_until(&[DelayCondition {
                kind: "kill".to_owned(),
                value: None,
            }])
        },
        before: waiting("2.0.0", 2, "3.0.0"),
        after: waiting("2.0.0", 2, "3.0.0"),
        ..PLAIN
    },
    Flow {
        name: "the last failure, read once",
        published: 3,
        prepare: |scene| {
            scene.confirm(3);
            scene.try_out(4);
            let engine = scene.phone.boot();
            engine.crash(scene.token(), None).expect("a phone that works");
        },
        act: |engine, _| engine.take_failed_update().map(drop),
        before: failed("3.0.0", 3, &["4.0.0"]),
        after: failed("3.0.0", 3, &["4.0.0"]),
        ..PLAIN
    },
];

/// The connection breaks in the middle of 3.0.0's archive, and the run ends.
fn break_off(scene: &mut Scene) {
    scene.phone.network.publish(2);
    scene.phone.boot().check().expect("a phone that works");
    let mut pieces = 0;
    while part(scene).is_none() {
        pieces += 1;
        assert!(pieces < 100, "the archive is met before that");
        scene.phone.network.break_after(pieces);
        let cut = scene.phone.boot().sync();
        assert!(cut.is_err(), "the archive has more than one piece");
    }
    scene.phone.network.break_after(usize::MAX);
    scene.phone.disk.settle();
}

/// The part of an archive that lies in the store, and its bytes.
fn part(scene: &Scene) -> Option<(PathBuf, Vec<u8>)> {
    let downloads = Path::new(ROOT).join("downloads");
    let files = scene.phone.disk.tree().files_below(&downloads);
    let found = files.iter().find(|(name, _)| name.ends_with(".part"));
    found.map(|(name, bytes)| (downloads.join(name), bytes.to_vec()))
}

/// One byte of it flips.
fn damage_part(scene: &mut Scene) {
    let (path, mut bytes) = part(scene).expect("a part was left");
    bytes[0] ^= 1;
    let mut tree = scene.phone.disk.tree();
    tree.remove(&path);
    tree.furnish(&path, &bytes);
    scene.phone = scene.phone.with_disk(tree);
}

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
