//! Every fault, in every kind of file, fresh and resumed: no wrong byte is staged, nothing is read without end, and a
//! clean sync succeeds afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod device;
mod expected;

mod scenario;
mod shop;
mod ways;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use airlock_faultserver::Fault;
use scenario::{Ending, Scenario, Start, Target};
use shop::Shop;

/// Scenarios at once. Most of their time they wait for a socket.
const WORKERS: usize = 12;

#[test]
fn every_fault_ends_right_or_not_at_all() {
    let shop = Shop::open();
    let scenarios: Vec<Scenario> = Fault::all()
        .flat_map(|fault| Target::ALL.map(|target| (fault, target)))
        .flat_map(|(fault, target)| {
            [Start::Fresh, Start::Resumed].map(|start| Scenario { fault, target, start })
        })
        .collect();
    let count = scenarios.len();
    let (todo, done) = (Mutex::new(scenarios), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = todo.lock().unwrap().pop() else {
                        return;
                    };
                    let ended = scenario.play(&shop);
                    done.lock().unwrap().push((scenario, ended));
                }
            });
        }
    });
    let mut wrong = Vec::new();
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    for (scenario, ended) in done.into_inner().unwrap() {
        match ended {
            Ok(ending) => {
                *sums.entry(ending.code().to_owned()).or_default() += 1;
                if let Some(complaint) = expected::complain(&scenario, &ending) {
                    wrong.push(format!("{scenario}: {complaint}"));
                }
            }
            Err(complaint) => wrong.push(format!("{scenario}: {complaint}")),
        }
    }
    wrong.sort();
    println!(
        "{} faults x {} targets x fresh and resumed: {count} scenarios, {} wrong; ended {sums:?}",
        Fault::all().count(),
        Target::ALL.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 48 * 3 * 2);
    let mended = sums.get(Ending::Updated.code()).copied().unwrap_or(0);
    assert!(
        mended > 0 && mended < count,
        "some faults can be mended, and not all"
    );
}
