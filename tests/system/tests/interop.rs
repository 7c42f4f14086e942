//! Other people's TUF: python-tuf reads what `airlock publish` wrote, `airlock tuf` reads what python-tuf wrote, and
//! both refuse the same tampered variants.
//!
//! `cargo xtask test interop` makes the Python environment and says where in `AIRLOCK_PYTHON`. What tough, the
//! third implementation, makes of our repositories is in airlock-publisher's tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod interop {
    pub(crate) mod reader;
    pub(crate) mod tamper;
}

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use airlock_system_tests::{Run, Server, World, airlock};
use interop::reader::{Python, Reader, Verdict};
use interop::tamper;
use serde::Deserialize;

/// What a repository of `write.py` says of itself.
#[derive(Deserialize)]
struct Expect {
    found: BTreeMap<String, String>,
    refused: Vec<String>,
    /// Whether python-tuf's own client understands its keys.
    reference: bool,
}

/// The repositories that python-tuf wrote.
fn written(python: &Python, folder: &Path) -> Vec<String> {
    python.write(folder);
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["consistent", "old-keys", "plain"]);
    names
}

fn readers<'p>(python: &'p Python, expect: &Expect) -> Vec<Reader<'p>> {
    if expect.reference {
        vec![Reader::Airlock, Reader::PythonTuf(python)]
    } else {
        vec![Reader::Airlock]
    }
}

#[test]
fn what_python_tuf_wrote_is_read_as_python_tuf_reads_it() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut judged = 0;
    for name in written(&python, folder.path()) {
        let repository = folder.path().join(&name);
        let expect: Expect =
            serde_json::from_slice(&fs::read(repository.join("expect.json")).unwrap()).unwrap();
        let server = Server::start(&repository);
        for reader in readers(&python, &expect) {
            let client = reader.client(&server, &repository.join("root.json"));
            let names: Vec<&str> = expect.found.keys().map(String::as_str).collect();
            client.download(&names).accepted();
            for (target, content) in &expect.found {
                assert_eq!(client.downloaded(target), content.as_bytes(), "{name} {target}");
            }
            for target in &expect.refused {
                client.download(&[target]).refused(&format!("{name} {target}"));
            }
            judged += names.len() + expect.refused.len();
        }
    }
    assert!(judged >= 40, "{judged} names were judged");
}

/// One point changed at a time, in front of both clients; the unchanged repository is the control.
#[test]
fn both_refuse_the_same_tampered_repositories_of_python_tuf() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in written(&python, folder.path()) {
        let repository = folder.path().join(&name);
        let expect: Expect =
            serde_json::from_slice(&fs::read(repository.join("expect.json")).unwrap()).unwrap();
        let target = if name == "old-keys" { "x" } else { "docs/zebra.md" };
        let readers = readers(&python, &expect);
        judge_variants(&readers, &repository, &repository.join("root.json"), target);
    }
}

/// Two channels, three releases, a root that was renewed.
#[test]
fn what_airlock_published_is_read_by_python_tuf() {
    let Some(python) = Python::find() else { return };
    let world = published();
    let repository = world.path("project/repository");
    let root = repository.join("metadata/1.root.json");
    assert!(repository.join("metadata/2.root.json").is_file());
    for reader in [Reader::Airlock, Reader::PythonTuf(&python)] {
        let client = reader.client(&world.server, &root);
        client
            .download(&[
                "stable/2/checksum.json",
                "stable/2/bundle.zip",
                "beta/3/bundle.zip",
            ])
            .accepted();
        let checksum: serde_json::Value =
            serde_json::from_slice(&client.downloaded("stable/2/checksum.json")).unwrap();
        assert_eq!(checksum["version"], "2.0.0");
        for target in ["stable/9/bundle.zip", "beta/2/bundle.zip", "checksum.json"] {
            client.download(&[target]).refused(target);
        }
    }
    judge_variants(
        &[Reader::Airlock, Reader::PythonTuf(&python)],
        &repository,
        &root,
        "stable/2/checksum.json",
    );
}

/// A client that has seen today's timestamp is shown yesterday's.
#[test]
fn both_refuse_what_is_older_than_they_have_seen() {
    let Some(python) = Python::find() else { return };
    let world = World::with_v2();
    let repository = world.path("project/repository");
    let (root, timestamp) = (
        repository.join("metadata/1.root.json"),
        repository.join("metadata/timestamp.json"),
    );
    let yesterday = fs::read(&timestamp).unwrap();
    world.publish("v2", "3.0.0", &["--sequence", "3"]).ok();
    let today = fs::read(&timestamp).unwrap();
    for reader in [Reader::Airlock, Reader::PythonTuf(&python)] {
        let client = reader.client(&world.server, &root);
        client.download(&["stable/3/bundle.zip"]).accepted();
        fs::write(&timestamp, &yesterday).unwrap();
        client.download(&["stable/3/bundle.zip"]).refused("yesterday");
        // Not a fault of the old timestamp itself.
        let newcomer = reader.client(&world.server, &root);
        newcomer.download(&["stable/2/bundle.zip"]).accepted();
        fs::write(&timestamp, &today).unwrap();
        client.download(&["stable/2/checksum.json"]).accepted();
    }
}

fn published() -> World {
    let world = World::with_v2();
    let project = world.path("project/airlock.json");
    let text = fs::read_to_string(&project).unwrap();
    let mut settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    settings["channels"].as_array_mut().unwrap().push("beta".into());
    fs::write(&project, settings.to_string()).unwrap();
    world
        .publish("v2", "3.0.0", &["--sequence", "3", "--channel", "beta"])
        .ok();
    let mut renew = airlock();
    renew.args(["refresh", "--root", "--json", "--project"]);
    Run::of(renew.arg(world.path("project"))).ok();
    world
}

fn judge_variants(readers: &[Reader<'_>], repository: &Path, root: &Path, target: &str) {
    let server = Server::start(repository);
    let download = |reader: &Reader<'_>| reader.client(&server, root).download(&[target]);
    let honest = tamper::files(repository);
    let variants = tamper::variants(&honest, target);
    assert!(variants.len() >= 9, "{}", variants.len());
    for (what, changed) in variants {
        tamper::write(repository, &changed);
        let verdicts: Vec<Verdict> = readers.iter().map(&download).collect();
        for verdict in verdicts {
            verdict.refused(&format!("{}: {what}", repository.display()));
        }
        tamper::write(repository, &honest);
    }
    for reader in readers {
        download(reader).accepted();
    }
}
