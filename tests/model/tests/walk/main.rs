//! Long random histories of the real engine, with a real disk and a real signed repository, held
//! against the model after every step. A history that fails prints its seed and the fewest actions
//! that still fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod author;
mod history;
mod phone;

use airlock_model_tests::device::{Lacks, Rules};

use author::Author;
use history::{Dice, run, shrink};

const HISTORIES: u64 = 48;
const ACTIONS: usize = 40;

fn rules(author: &Author, seed: u64) -> Rules {
    Rules {
        rank: author.rank(),
        ..Rules::all().nth(usize::try_from(seed % 8).unwrap()).unwrap()
    }
}

#[test]
fn the_engine_does_what_the_model_says_in_every_history() {
    let author = Author::new();
    let (mut done, mut refused) = (0, 0);
    for seed in 0..HISTORIES {
        let rules = rules(&author, seed);
        let actions = Dice::new(seed).actions(ACTIONS, &rules);
        match run(&author, &rules, &rules, &actions) {
            Ok(tally) => {
                done += tally.done;
                refused += tally.refused;
            }
            Err(difference) => {
                let fewest = shrink(&actions, |fewer| run(&author, &rules, &rules, fewer).is_err());
                let shown = run(&author, &rules, &rules, &fewest).err().unwrap_or(difference);
                panic!("seed {seed}, {rules:?}\n{shown}\nfewest actions: {fewest:#?}");
            }
        }
    }
    println!("{HISTORIES} histories: {done} actions done, {refused} refused, engine and model agree");
    assert!(done > 1_000 && refused > 100, "the histories exercise both");
}

/// The control: held against a model that lacks a rule, the engine differs, and the histories notice.
#[test]
fn a_model_that_lacks_a_rule_is_told_from_the_engine() {
    let author = Author::new();
    for lacks in [Lacks::LaunchToken, Lacks::Verdict, Lacks::FloorAtConfirmation] {
        let noticed = (0..HISTORIES).any(|seed| {
            let rules = rules(&author, seed);
            let wrong = Rules { lacks, ..rules };
            let actions = Dice::new(seed).actions(ACTIONS, &rules);
            run(&author, &rules, &wrong, &actions).is_err()
        });
        assert!(noticed, "no history notices that the model lacks {lacks:?}");
    }
}
