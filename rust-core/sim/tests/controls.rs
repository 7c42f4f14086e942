//! A checker that cannot fail proves nothing. Here bugs are planted, each by leaving out what one call makes durable,
//! and each must be found; the same flow on an honest disk must be clean.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use airlock_sim::disk::Lie;
use airlock_sim::flows::{FLOWS, Flow};
use airlock_sim::sweep::{self, Effort};
use airlock_sim::world::Shop;

const EFFORT: Effort = Effort {
    images: 8,
    double_faults: 0,
    every: 1,
    seed: 1,
};

fn flow(name: &str) -> &'static Flow {
    FLOWS.iter().find(|flow| flow.name == name).unwrap()
}

/// The bug is found on this flow, as one of these broken promises; the honest disk breaks none.
fn finds(lie: Lie, name: &str, promises: &[&str]) {
    let shop = Shop::open(4);
    let honest = sweep::cut(&shop, flow(name), EFFORT, None);
    assert!(honest.findings.is_empty(), "the honest disk: {honest}");
    assert!(honest.counts.images > 8);
    let planted = sweep::cut(&shop, flow(name), EFFORT, Some(lie));
    let mut found = planted.findings.iter().map(|found| found.broken.promise);
    assert!(found.any(|found| promises.contains(&found)), "{lie:?}: {planted}");
}

#[test]
fn a_state_that_is_not_flushed_is_found() {
    finds(Lie::NoFileSync, "ready", &["B5"]);
}

#[test]
fn a_tree_without_a_barrier_is_found() {
    finds(Lie::NoBarrier, "first sync", &["B2", "R7"]);
}

#[test]
fn a_state_before_its_data_is_found() {
    finds(Lie::LateBarrier, "update by patch", &["B2"]);
}

#[test]
fn directories_that_are_not_flushed_are_found() {
    finds(Lie::NoDirectorySync, "first sync", &["B2", "B5", "R7"]);
}

#[test]
fn metadata_written_in_place_is_found() {
    finds(Lie::NoRename, "update by patch", &["B5"]);
}
