//! Every flow of a device with a 40-file bundle: the power cut at every effect and again during the recovery, and
//! calls made to fail with every error. `cargo run -p airlock-sim --release` does the same for longer.

use airlock_sim::flows::{FLOWS, Flow};
use airlock_sim::sweep::{self, Effort};
use airlock_sim::world::Shop;

const FILES: usize = 40;
const SEED: u64 = 1;

fn flows() -> Vec<&'static Flow> {
    FLOWS.iter().collect()
}

#[test]
fn every_flow_survives_a_power_cut_at_every_effect_and_a_second_one_during_the_recovery() {
    let shop = Shop::open(FILES);
    let report = sweep::cuts(&shop, &flows(), Effort::for_images(&shop, 10_000, SEED));
    println!("seed {SEED}, {FILES} files a bundle\n{report}");
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!(report.counts.flows, FLOWS.len());
    assert!(report.counts.images >= 10_000, "{report}");
    assert!(report.counts.double_faults >= 3_000, "{report}");
}

#[test]
fn every_flow_survives_calls_that_fail_once_and_from_then_on() {
    let shop = Shop::open(FILES);
    let effort = Effort {
        images: 0,
        double_faults: 0,
        every: 11,
        seed: SEED,
    };
    let report = sweep::failures(&shop, &flows(), effort);
    println!("seed {SEED}, {FILES} files a bundle, every 11th call\n{report}");
    assert!(report.findings.is_empty(), "{report}");
    assert!(report.counts.errors > 1_000, "{report}");
}

/// With few files every single call is in reach.
#[test]
fn every_single_call_of_every_flow_may_fail() {
    let shop = Shop::open(3);
    let effort = Effort {
        images: 0,
        double_faults: 0,
        every: 1,
        seed: SEED,
    };
    let report = sweep::failures(&shop, &flows(), effort);
    println!("seed {SEED}, 3 files a bundle, every call\n{report}");
    assert!(report.findings.is_empty(), "{report}");
    assert!(report.counts.errors > 3_000, "{report}");
}
