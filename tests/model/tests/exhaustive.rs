//! Every history of the abstract machine on a phone that crashes between any two steps.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that panics is a test that fails"
)]

use airlock_model_tests::device::{Lacks, Rules};
use airlock_model_tests::explore::{Explored, explore};
use airlock_model_tests::progress::{inspect, judge};
use airlock_model_tests::world::{Scope, World};

/// More than any scope here needs.
const MOST: usize = 4_000_000;

const PLAIN: Scope = Scope {
    releases: 3,
    app_calls: false,
    delays: false,
    damage: false,
    native_updates: false,
    clock: false,
};

/// The defaults of the configuration.
const DEFAULT: Rules = Rules {
    keep_previous: false,
    keep_failed: false,
    reset_on_native: true,
    rank: [0, 1, 2, 3, 4],
    lacks: Lacks::Nothing,
};

fn run(scope: &Scope, rules: &Rules) -> Explored {
    explore(
        World::new(),
        MOST,
        |world, out| world.successors(scope, rules, out),
        judge,
        |world| inspect(world, rules),
    )
}

/// Explores a scope to its end and answers with the number of states.
fn keeps_every_promise(name: &str, scope: Scope, rules: &Rules) -> usize {
    let seen = run(&scope, rules);
    if let Some(broken) = seen.broken {
        panic!("{name}, {scope:?}, {rules:?}\n{broken}");
    }
    println!(
        "{name}: {} states, {} transitions, all promises kept",
        seen.states, seen.transitions
    );
    seen.states
}

#[test]
fn store_updates_and_clock_jumps_at_any_step() {
    let scope = Scope {
        native_updates: true,
        clock: true,
        ..PLAIN
    };
    keeps_every_promise("store updates and clock jumps", scope, &DEFAULT);
}

#[test]
fn four_releases_and_clock_jumps_at_any_step() {
    let scope = Scope {
        releases: 4,
        clock: true,
        ..PLAIN
    };
    let states = keeps_every_promise("four releases and clock jumps", scope, &DEFAULT);
    assert!(states >= 1_000_000, "the size that issue 4 asks for");
}

#[test]
fn flipped_bits_and_unreadable_files_at_any_step() {
    let scope = Scope {
        damage: true,
        ..PLAIN
    };
    keeps_every_promise("damage", scope, &DEFAULT);
    let keeping = Rules {
        keep_previous: true,
        keep_failed: true,
        ..DEFAULT
    };
    keeps_every_promise("damage, everything kept", scope, &keeping);
}

#[test]
fn an_app_that_calls_what_it_likes_when_it_likes() {
    for rules in Rules::all() {
        let scope = Scope {
            app_calls: true,
            releases: 2,
            ..PLAIN
        };
        keeps_every_promise("app calls", scope, &rules);
    }
    let scope = Scope {
        app_calls: true,
        ..PLAIN
    };
    keeps_every_promise("app calls", scope, &DEFAULT);
}

#[test]
fn delay_conditions_at_any_step() {
    let scope = Scope {
        delays: true,
        ..PLAIN
    };
    keeps_every_promise("delays", scope, &DEFAULT);
    let scope = Scope {
        delays: true,
        app_calls: true,
        clock: true,
        releases: 2,
        ..PLAIN
    };
    keeps_every_promise("delays, app calls and clock jumps", scope, &DEFAULT);
}

#[test]
fn going_back_on_purpose_under_every_configuration() {
    for rules in Rules::all() {
        keeps_every_promise("three releases", PLAIN, &rules);
    }
    let scope = Scope { releases: 5, ..PLAIN };
    keeps_every_promise("five releases, the last of them older content", scope, &DEFAULT);
}

/// The control: a machine that lacks one rule is caught, so the others were looked at closely enough.
#[test]
fn a_machine_that_lacks_any_one_rule_breaks_a_promise() {
    for lacks in [
        Lacks::AttemptBeforeServing,
        Lacks::LaunchToken,
        Lacks::ConfirmedFallback,
        Lacks::ThreeLaunches,
        Lacks::Verdict,
        Lacks::Expiry,
        Lacks::Verification,
        Lacks::FloorAtConfirmation,
        Lacks::Room,
        Lacks::FallbackStays,
        Lacks::DataBeforeState,
        Lacks::StateBeforeRemoval,
    ] {
        let full = matches!(lacks, Lacks::Room | Lacks::FallbackStays);
        let scope = Scope {
            releases: if full { 4 } else { 3 },
            damage: lacks == Lacks::Verification,
            app_calls: true,
            clock: lacks == Lacks::Expiry,
            ..PLAIN
        };
        let seen = run(&scope, &Rules { lacks, ..DEFAULT });
        let Some(broken) = seen.broken else {
            panic!("nothing missed {lacks:?} in {} states", seen.states);
        };
        println!("without {lacks:?}, after {} states: {broken}\n", seen.states);
    }
}
