//! Every target's oracle over its seeds and over every input that ever broke one: findings stay tests, with
//! the ordinary toolchain and in every run.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use airlock_fuzz_oracles::{TARGETS, Target, Verdict, seeds};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names and bytes of the files in a folder, READMEs not counted; nothing if there is none.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let files = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    let named = files.map(|path| {
        (
            path.file_name().unwrap().to_str().unwrap().to_owned(),
            fs::read(&path).unwrap(),
        )
    });
    named.filter(|(name, _)| !name.ends_with(".md")).collect()
}

fn folders(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

/// Folders of other tests whose files are seeds too: `[package.metadata.seeds]` in the fuzz package.
fn borrowed(target: &str) -> Vec<PathBuf> {
    let manifest: toml::Table = fs::read_to_string(fuzz().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let lists = manifest["package"]["metadata"]["seeds"].as_table().unwrap();
    let list = lists.get(target).and_then(|list| list.as_array());
    let paths = list.into_iter().flatten();
    paths.map(|path| fuzz().join(path.as_str().unwrap())).collect()
}

fn replay(target: &Target, folder: &Path) -> BTreeMap<String, Verdict> {
    files(folder)
        .into_iter()
        .map(|(name, bytes)| (name, (target.run)(&bytes)))
        .collect()
}

#[test]
fn each_target_takes_its_good_seeds_and_refuses_its_bad_ones() {
    for target in TARGETS {
        let verdicts = replay(target, &fuzz().join("seeds").join(target.name));
        let (mut good, mut bad) = (0, 0);
        for (name, verdict) in verdicts {
            if name.starts_with("good-") {
                assert_eq!(verdict, Verdict::Accepted, "{}: {name}", target.name);
                good += 1;
            } else {
                assert!(
                    name.starts_with("bad-"),
                    "{}: is {name} good or bad?",
                    target.name
                );
                assert_eq!(verdict, Verdict::Refused, "{}: {name}", target.name);
                bad += 1;
            }
        }
        assert!(good > 0 && bad > 0, "{} needs a good and a bad seed", target.name);
    }
}

#[test]
fn each_target_keeps_its_promises_on_the_files_of_other_tests() {
    let mut replayed = 0;
    for target in TARGETS {
        for folder in borrowed(target.name) {
            let verdicts = replay(target, &folder);
            assert!(!verdicts.is_empty(), "{} is empty", folder.display());
            assert!(
                verdicts.values().any(|verdict| *verdict == Verdict::Accepted),
                "{}",
                folder.display()
            );
            replayed += verdicts.len();
        }
    }
    assert!(replayed > 0);
}

#[test]
fn what_was_found_once_stays_mended() {
    let known: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert!(folders("findings").is_subset(&known));
    for target in TARGETS {
        replay(target, &fuzz().join("findings").join(target.name));
    }
}

#[test]
fn every_target_has_an_oracle_seeds_and_a_file() {
    let known: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(folders("seeds"), known);
    let programs: BTreeSet<String> = files(&fuzz().join("fuzz_targets"))
        .into_keys()
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    let mut expected = known;
    expected.insert("planted_bug".to_owned());
    assert_eq!(programs, expected);
}

#[test]
fn the_seeds_that_are_made_are_those_that_are_committed() {
    for seed in seeds::all() {
        let path = fuzz().join("seeds").join(seed.target).join(&seed.name);
        let committed = fs::read(&path).unwrap_or_default();
        assert!(
            committed == seed.bytes,
            "{} is out of date; run `cargo run -p airlock-fuzz-oracles --example seeds`",
            path.display()
        );
    }
}

/// The control's bug is there, and not in the way of anything else.
#[test]
fn the_planted_bug_is_where_the_runner_looks_for_it() {
    airlock_fuzz_oracles::planted_bug(b"");
    airlock_fuzz_oracles::planted_bug(b"\x1e\xab\xad\x10{}");
    let planted = std::panic::catch_unwind(|| airlock_fuzz_oracles::planted_bug(b"\x1e\xab\xad\x10[1]"));
    assert!(planted.is_err());
}
