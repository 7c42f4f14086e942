//! Who may depend on whom (rust-core/README.md). A crate boundary stands only where something must never ship together.

use std::collections::BTreeSet;

use super::graph::{Graph, Member};
use super::{Problem, SourceFile};

const PROTOCOL: &str = "airlock-protocol";
const FOREIGN: &str = "airlock-foreign";
const ENGINE: &str = "airlock-engine";
const FFI: &str = "airlock-ffi";
const PUBLISHER: &str = "airlock-publisher";
const CLI: &str = "airlock-cli";
const BINDGEN: &str = "airlock-bindgen";
const SIM: &str = "airlock-sim";
const ARCHIVES: &str = "airlock-archives";
const FAULT_SERVER: &str = "airlock-faultserver";

/// (crate, what may be linked into it, what its tests may use besides).
const ALLOWED: &[(&str, &[&str], &[&str])] = &[
    (PROTOCOL, &[], &[]),
    (FOREIGN, &[PROTOCOL], &[]),
    (ENGINE, &[PROTOCOL, FOREIGN], &[PUBLISHER, ARCHIVES]),
    // What Kotlin and Swift link; nobody depends on it.
    (FFI, &[PROTOCOL, ENGINE], &[PUBLISHER]),
    (PUBLISHER, &[PROTOCOL], &[]),
    (CLI, &[PROTOCOL, FOREIGN, ENGINE, PUBLISHER], &[]),
    // Breaks disks on purpose: nobody may depend on it.
    (SIM, &[PROTOCOL, ENGINE, PUBLISHER], &[]),
    // It asks every parser of the device; nothing links it.
    (
        "airlock-fuzz-oracles",
        &[PROTOCOL, FOREIGN, ENGINE, ARCHIVES],
        &[],
    ),
    // They drive the binary like anyone else; the publisher's library makes them their bad input.
    (
        "airlock-system-tests",
        &[PROTOCOL, PUBLISHER, ARCHIVES],
        &[PROTOCOL, PUBLISHER, ARCHIVES],
    ),
    // They hold the engine to a model of it.
    (
        "airlock-model-tests",
        &[PROTOCOL, ENGINE, PUBLISHER],
        &[PROTOCOL, ENGINE, PUBLISHER],
    ),
    // Hostile archives for the tests of the engine and of the binary alike.
    (ARCHIVES, &[PROTOCOL], &[]),
    // A server that lies; its tests hold the engine against it.
    (FAULT_SERVER, &[], &[PROTOCOL, ENGINE, PUBLISHER]),
    ("xtask", &[], &[]),
    // Reads a built library, links nothing of ours.
    (BINDGEN, &[], &[]),
];

/// What only authors and developers need, and a phone must never carry.
const AUTHORS_ONLY: &[&str] = &[
    "airlock-publisher",
    "aws-lc-rs",
    "aws-lc-sys",
    "axum",
    "clap",
    "indicatif",
    "native-tls",
    "openssl",
    "tough",
];

/// The most third-party crates that protocol may name: it must stay small enough to read in one sitting.
const PROTOCOL_DEPENDENCIES: usize = 8;

/// Crates that touch the disk, the network, the clock or threads.
const DOES_IO: &[&str] = &[
    "async-std",
    "axum",
    "fs-err",
    "hyper",
    "ignore",
    "libc",
    "memmap2",
    "mio",
    "nix",
    "notify",
    "rayon",
    "reqwest",
    "rustix",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "ureq",
    "walkdir",
];

/// Standard-library modules with the same powers.
const IO_MODULES: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "std::os::",
];

/// How signing code names its keys (ring, pkcs8, the dalek and RustCrypto families, PEM).
const SIGNING: &[&str] = &[
    "KeyPair",
    "SigningKey",
    "from_pkcs8",
    "SecretKey",
    "BEGIN PRIVATE KEY",
];

/// Dependencies between our own crates follow the table, in both directions of reading: an unknown crate has no right.
pub(super) fn one_way(graph: &Graph) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, member) in &graph.members {
        let Some((_, linked, tests)) = ALLOWED.iter().find(|(known, _, _)| known == name) else {
            problems.push(Problem::new(
                name,
                "a new crate: give it its place in xtask/src/tidy/layers.rs",
            ));
            continue;
        };
        let may_link: BTreeSet<&str> = linked.iter().copied().collect();
        let may_test: BTreeSet<&str> = linked.iter().chain(tests.iter()).copied().collect();
        problems.extend(forbidden(graph, name, &member.linked, &may_link, "link"));
        problems.extend(forbidden(graph, name, &member.tests, &may_test, "test with"));
    }
    problems
}

/// Who may name UniFFI: the facade, and the program that reads what it left in the library.
pub(super) fn one_door(graph: &Graph) -> Vec<Problem> {
    let doors = [FFI, BINDGEN];
    let others = graph
        .members
        .iter()
        .filter(|(name, _)| !doors.contains(&name.as_str()));
    others
        .flat_map(|(name, member)| {
            let named = member.linked.iter().chain(&member.tests);
            named.filter(|used| used.starts_with("uniffi")).map(move |used| {
                Problem::new(
                    name,
                    format!("names {used}; other languages come in through {FFI}"),
                )
            })
        })
        .collect()
}

fn forbidden(
    graph: &Graph,
    name: &str,
    used: &BTreeSet<String>,
    may: &BTreeSet<&str>,
    verb: &str,
) -> Vec<Problem> {
    let wrong = used
        .iter()
        .filter(|used| graph.members.contains_key(*used) && !may.contains(used.as_str()));
    wrong
        .map(|used| Problem::new(name, format!("must not {verb} {used}: dependencies run one way")))
        .collect()
}

/// Nothing an author needs is compiled into what a phone carries.
pub(super) fn reach(graph: &Graph) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in [PROTOCOL, FOREIGN, ENGINE, FFI] {
        let reached = graph.members.get(name).map(|member| &member.reach);
        for banned in AUTHORS_ONLY {
            if reached.is_some_and(|reached| reached.contains(*banned)) {
                let advice = format!("reaches {banned}; see the way with `cargo tree -p {name} -i {banned}`");
                problems.push(Problem::new(name, advice));
            }
        }
    }
    problems
}

/// Few dependencies, and none with powers; foreign may have more of them, and none with powers either.
pub(super) fn protocol_is_small(graph: &Graph) -> Vec<Problem> {
    let nobody = Member::default();
    let linked = &graph.members.get(PROTOCOL).unwrap_or(&nobody).linked;
    let mut problems = Vec::new();
    for name in [PROTOCOL, FOREIGN] {
        let linked = graph.members.get(name).map(|member| member.linked.iter());
        let powers = linked
            .into_iter()
            .flatten()
            .filter(|used| DOES_IO.contains(&used.as_str()));
        problems
            .extend(powers.map(|used| Problem::new(name, format!("{used} does I/O; push bytes in instead"))));
    }
    if linked.is_empty() {
        problems.push(Problem::new(
            PROTOCOL,
            "cargo tells of no dependency at all; was the crate renamed?",
        ));
    }
    if linked.len() > PROTOCOL_DEPENDENCIES {
        let advice = format!(
            "{} dependencies, {PROTOCOL_DEPENDENCIES} are enough: {linked:?}",
            linked.len()
        );
        problems.push(Problem::new(PROTOCOL, advice));
    }
    problems
}

/// The code of protocol and foreign names nothing with powers either.
pub(super) fn pure(files: &[SourceFile]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let pure = ["rust-core/protocol/src/", "rust-core/foreign/src/"];
    for file in files
        .iter()
        .filter(|file| pure.iter().any(|folder| file.path.starts_with(folder)))
    {
        for name in IO_MODULES.iter().filter(|name| shipped(file).contains(**name)) {
            problems.push(Problem::new(
                &file.path,
                format!("names {name}; this crate takes bytes and a time instead"),
            ));
        }
    }
    problems
}

/// How code reaches files past the disk port.
const FILE_ACCESS: &[&str] = &["fs::", "File::open", "OpenOptions", ".exists()"];

/// The engine touches files through its disk port only: what goes past it, the simulator cannot cut.
pub(super) fn through_the_port(files: &[SourceFile]) -> Vec<Problem> {
    let port = [
        "rust-core/engine/src/ports/real_disk.rs",
        "rust-core/engine/src/ports/real_tree.rs",
    ];
    let engine = files
        .iter()
        .filter(|file| file.path.starts_with("rust-core/engine/src/") && !port.contains(&file.path.as_str()));
    let named = engine.flat_map(|file| FILE_ACCESS.iter().map(move |name| (file, name)));
    named
        .filter(|(file, name)| shipped(file).contains(**name))
        .map(|(file, name)| {
            Problem::new(
                &file.path,
                format!("names {name}; the engine touches files through ports::Disk"),
            )
        })
        .collect()
}

/// The device's own keys, which sign no release: rustls' trait for those that the platform holds and never hands over, and
/// the one that signs requests.
const KEYS_OF_DEVICES: [(&str, &str); 3] = [
    ("rust-core/engine/src/ports/identity.rs", "SigningKey"),
    ("rust-core/engine/src/ports/sign.rs", "KeyPair"),
    ("rust-core/engine/src/ports/sign.rs", "from_pkcs8"),
];

/// Private keys are named by publisher alone: what cannot sign cannot leak a key.
pub(super) fn private_keys(files: &[SourceFile]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let others = [
        "rust-core/protocol/src/",
        "rust-core/foreign/src/",
        "rust-core/engine/src/",
        "rust-core/cli/src/",
    ];
    for file in files
        .iter()
        .filter(|file| others.iter().any(|folder| file.path.starts_with(folder)))
    {
        let named = SIGNING.iter().filter(|name| shipped(file).contains(**name));
        for name in named.filter(|name| !KEYS_OF_DEVICES.contains(&(file.path.as_str(), **name))) {
            problems.push(Problem::new(
                &file.path,
                format!("names {name}; signing belongs to {PUBLISHER}"),
            ));
        }
    }
    problems
}

/// The part of a file that ships: test modules stand last, and whole files of tests ship not at all.
fn shipped(file: &SourceFile) -> &str {
    if file.path.contains("/tests/") || file.path.ends_with("/tests.rs") || file.path.ends_with("_tests.rs") {
        return "";
    }
    file.text.split("#[cfg(test)]").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::samples::file;
    use super::*;

    fn names(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    /// (crate, linked, used by its tests, reached)
    type Sample<'s> = (&'s str, &'s [&'s str], &'s [&'s str], &'s [&'s str]);

    fn graph(crates: &[Sample]) -> Graph {
        let mut graph = Graph::default();
        for (name, linked, tests, reach) in crates {
            let member = Member {
                linked: names(linked),
                tests: names(tests),
                reach: names(reach),
            };
            graph.members.insert((*name).to_owned(), member);
        }
        graph
    }

    #[test]
    fn a_crate_may_only_link_what_stands_below_it() {
        let good = graph(&[
            (PROTOCOL, &["ring"], &[], &[]),
            (ENGINE, &[PROTOCOL, "reqwest"], &[PUBLISHER], &[]),
            (PUBLISHER, &[], &[], &[]),
        ]);
        assert_eq!(one_way(&good), []);
        let upward = graph(&[(PROTOCOL, &[ENGINE], &[], &[]), (ENGINE, &[PROTOCOL], &[], &[])]);
        assert_eq!(one_way(&upward).len(), 1);
        let keys_on_a_phone = graph(&[(ENGINE, &[PUBLISHER], &[], &[]), (PUBLISHER, &[], &[], &[])]);
        assert_eq!(one_way(&keys_on_a_phone).len(), 1);
        let stranger = graph(&[("airlock-new", &[], &[], &[])]);
        assert_eq!(one_way(&stranger).len(), 1);
    }

    #[test]
    fn uniffi_has_one_door() {
        let good = graph(&[
            (FFI, &["uniffi"], &[], &[]),
            (BINDGEN, &["uniffi_bindgen"], &[], &[]),
        ]);
        assert_eq!(one_door(&good), []);
        let second = graph(&[(ENGINE, &["uniffi"], &[], &[])]);
        assert_eq!(one_door(&second).len(), 1);
    }

    #[test]
    fn tests_of_protocol_may_not_use_the_publisher() {
        let cycle = graph(&[
            (PROTOCOL, &[], &[PUBLISHER], &[]),
            (PUBLISHER, &[PROTOCOL], &[], &[]),
        ]);
        assert_eq!(one_way(&cycle).len(), 1);
    }

    #[test]
    fn an_authors_tool_on_a_phone_is_found_however_deep() {
        assert_eq!(
            reach(&graph(&[(
                ENGINE,
                &["reqwest"],
                &[],
                &["reqwest", "rustls", "ring"]
            )])),
            []
        );
        assert_eq!(
            reach(&graph(&[(
                ENGINE,
                &["reqwest"],
                &[],
                &["reqwest", "rustls", "aws-lc-rs"]
            )]))
            .len(),
            1
        );
    }

    #[test]
    fn protocol_with_a_ninth_dependency_or_one_that_does_io_is_refused() {
        let few = graph(&[(PROTOCOL, &["ring", "serde"], &[], &[])]);
        assert_eq!(protocol_is_small(&few), []);
        let nine = graph(&[(PROTOCOL, &["a", "b", "c", "d", "e", "f", "g", "h", "i"], &[], &[])]);
        assert_eq!(protocol_is_small(&nine).len(), 1);
        assert_eq!(
            protocol_is_small(&graph(&[(PROTOCOL, &["tokio"], &[], &[])])).len(),
            1
        );
        assert_eq!(protocol_is_small(&Graph::default()).len(), 1);
    }

    #[test]
    fn powers_are_found_in_what_ships_and_not_in_its_tests() {
        let path = "rust-core/protocol/src/keys.rs";
        let foreign = file("rust-core/foreign/src/minisign.rs", "use std::net;\n");
        assert_eq!(pure(&[foreign]).len(), 1);
        assert_eq!(
            pure(&[file(
                path,
                "use std::fmt;\n#[cfg(test)]\nmod tests { use std::fs; }"
            )]),
            []
        );
        assert_eq!(pure(&[file(path, "use std::fs;\n")]).len(), 1);
    }

    #[test]
    fn file_access_past_the_disk_port_is_found_in_the_engine_only() {
        let text = "let bytes = std::fs::read(path)?;";
        assert_eq!(
            through_the_port(&[file("rust-core/engine/src/ports/real_disk.rs", text)]),
            []
        );
        assert_eq!(through_the_port(&[file("rust-core/cli/src/facts.rs", text)]), []);
        assert!(!through_the_port(&[file("rust-core/engine/src/store/clean.rs", text)]).is_empty());
    }

    #[test]
    fn a_signing_key_outside_the_publisher_is_found() {
        let text = "use ring::signature::Ed25519KeyPair;";
        assert_eq!(private_keys(&[file("rust-core/publisher/src/keys.rs", text)]), []);
        let port = "rust-core/engine/src/ports/identity.rs";
        assert_eq!(private_keys(&[file(port, "impl SigningKey for Key {}")]), []);
        assert_eq!(private_keys(&[file(port, "KeyPair::from_pkcs8")]).len(), 2);
        assert_eq!(
            private_keys(&[file("rust-core/engine/src/keys.rs", text)]).len(),
            1
        );
    }
}
