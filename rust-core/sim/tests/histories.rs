//! Long random lives of a phone.

use airlock_sim::disk::Lie;
use airlock_sim::history::{self, Event, Mishap, Step};
use airlock_sim::promises::Broken;
use airlock_sim::world::Shop;

const LIVES: u64 = 300;

#[test]
fn no_life_breaks_a_promise() {
    let report = history::live(&Shop::open(6), LIVES, 1, None);
    println!("{report}");
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!(report.counts.histories as u64, LIVES);
}

/// The control: the same lives on disks with a planted bug.
#[test]
fn lives_find_a_planted_bug_and_tell_it_in_few_steps() {
    for lie in [Lie::NoFileSync, Lie::NoBarrier] {
        let report = history::live(&Shop::open(3), 40, 1, Some(lie));
        let shortest = report
            .findings
            .iter()
            .map(|found| found.place.matches("Step {").count())
            .min();
        assert!(
            shortest.is_some_and(|steps| (1..=8).contains(&steps)),
            "{lie:?}: {report}"
        );
    }
}

#[test]
fn a_life_is_the_same_each_time() {
    assert_eq!(history::life_of(7), history::life_of(7));
    assert_ne!(history::life_of(7), history::life_of(8));
}

/// The one step that matters among sixty is what is left.
#[test]
fn a_failing_life_is_made_short() {
    let broken = |promise| Broken {
        promise,
        text: String::new(),
    };
    let run = |steps: &[Step]| {
        let gc = steps.iter().position(|step| step.event == Event::Gc);
        let cut = |step: &Step| matches!(step.mishap, Mishap::PowerCut(..));
        match gc {
            Some(gc) if steps[gc..].iter().any(cut) => Err(broken("B1")),
            Some(_) => Err(broken("B2")),
            None => Ok(()),
        }
    };
    let long = (0..)
        .map(history::life_of)
        .find(|steps| run(steps) == Err(broken("B1")))
        .unwrap();
    let short = history::shrink(&long, &broken("B1"), run);
    assert!(short.len() <= 2, "{short:?}");
    assert_eq!(run(&short), Err(broken("B1")), "it still fails the same way");
}
