//! Every flow, cut at every effect; cut again during the recovery; and every call made to fail.
//!
//! A flow runs once, and its journal gives the disk after each effect. Errors change what the engine does next, so
//! there the flow runs again for each call, until a run meets no error (the recipe of SQLite's I/O error tests).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::disk::{ERRNOS, Errno, Fault, Lie};
use crate::flows::{Expect, FLOWS, Flow, Scene};
use crate::parallel;
use crate::promises::{Essence, Held, broken, guarded, metadata_version, storage_refusal};
use crate::recovery::{Facts, recover};
use crate::report::Report;
use crate::world::Shop;

/// Images of each run that was killed, done again, and cut: the one that loses everything, and one more.
const KILLED_IMAGES: u64 = 2;

/// Effects of a flow that counts as short: a transition, and no sync.
const SHORT: usize = 24;

/// How much is tried of one flow.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Images for each crash point.
    pub images: u64,
    /// Images of a second power cut, for the whole flow.
    pub double_faults: usize,
    /// Of the calls of a flow, every how many-th is made to fail; 1 is each.
    pub every: usize,
    /// Picks the images.
    pub seed: u64,
}

impl Effort {
    /// As much as makes at least that many images of one power cut, and on top of them up to half as many of a second
    /// one: short flows have no room for their share of those.
    pub fn for_images(shop: &Arc<Shop>, images: usize, seed: u64) -> Self {
        let points: usize = FLOWS.iter().map(|flow| crash_points(shop, flow)).sum();
        Self {
            images: images.div_ceil(points) as u64,
            double_faults: images.div_ceil(2 * FLOWS.len()),
            every: 1,
            seed,
        }
    }
}

/// Places where the power can go in a flow.
fn crash_points(shop: &Arc<Shop>, flow: &Flow) -> usize {
    let scene = flow.prepare(shop);
    let _outcome = flow.act(&scene.phone.boot(), &scene);
    scene.phone.disk.effects() + 1
}

/// Cuts the power at each effect of one flow, and during the recovery. With a `lie` the disk has a planted bug.
pub fn cut(shop: &Arc<Shop>, flow: &Flow, effort: Effort, lie: Option<Lie>) -> Report {
    let mut report = Report::default();
    let mut scene = flow.prepare(shop);
    scene.phone = scene.phone.lying(lie);
    let start = scene.phone.disk.effects();
    let engine = scene.phone.boot();
    let facts = Facts::at_start(flow, &scene);
    if let Err(error) = flow.act(&engine, &scene) {
        let found = broken::<()>("control", format!("the flow fails on a good disk: {error}"));
        report.add(|| flow.name.to_owned(), found.expect_err("made just now"));
        return report;
    }
    drop(engine);
    let effects = scene.phone.disk.effects();
    let second = DoubleFaults::plan(effects + 1 - start, effort);
    for effect in start..=effects {
        let facts = if effect == effects {
            facts.after(flow, &scene)
        } else {
            facts.clone()
        };
        for number in 0..effort.images {
            let place = || {
                let after = effect
                    .checked_sub(1)
                    .map_or_else(|| "nothing".to_owned(), |last| scene.phone.disk.effect(last));
                format!(
                    "{}, cut after effect {effect} of {effects} ({after}), image {number}, seed {}",
                    flow.name, effort.seed
                )
            };
            let tree = scene.phone.disk.after_power_cut(effect, effort.seed, number);
            let phone = scene.phone.with_disk(tree);
            report.counts.images += 1;
            if let Err(found) = recover(&phone, &facts) {
                report.add(place, found);
            } else if number == 0 {
                let first = place();
                second.run(effect, &phone, &facts.again(flow), &first, &mut report);
            }
        }
    }
    report.counts.flows += 1;
    report.counts.crash_points += effects + 1 - start;
    report
}

/// Kills the process at each effect of one flow, runs the flow again on what the kernel kept, and cuts the power when
/// it has said that it is done; in a short flow also at each effect before that. What a killed run left without a
/// flush must not be taken for durable.
pub fn kill_then_cut(shop: &Arc<Shop>, flow: &Flow, effort: Effort) -> Report {
    let mut report = Report::default();
    let first = flow.prepare(shop);
    let tree = first.phone.disk.tree();
    let at_start = Facts::at_start(flow, &first);
    let _outcome = flow.act(&first.phone.boot(), &first);
    let effects = first.phone.disk.effects();
    for kill in 0..=effects {
        let scene = first.on(first.phone.with_disk(tree.clone()));
        let _outcome = flow.act(&scene.phone.boot(), &scene);
        scene.phone.disk.kill_after(kill);
        let _outcome = flow.act(&scene.phone.boot(), &scene);
        let end = scene.phone.disk.effects();
        let cuts = if effects <= SHORT { kill..=end } else { end..=end };
        for (cut, number) in cuts.flat_map(|cut| (0..effort.images).map(move |number| (cut, number))) {
            let facts = if cut == end {
                at_start.after(flow, &scene)
            } else {
                at_start.clone()
            };
            let phone = scene
                .phone
                .with_disk(scene.phone.disk.after_power_cut(cut, effort.seed, number));
            report.counts.images += 1;
            if let Err(found) = recover(&phone, &facts) {
                let last = kill.checked_sub(1).map(|last| first.phone.disk.effect(last));
                report.add(
                    || {
                        format!(
                            "{}, killed after effect {kill} ({last:?}), done again, cut after effect {cut} of {end}, image {number}",
                            flow.name
                        )
                    },
                    found,
                );
            }
        }
    }
    report.counts.crash_points += effects + 1;
    report
}

/// Which effects of each recovery are cut: every second one, or as many as the budget allows, so that over all
/// crash points every second effect of a recovery is met.
struct DoubleFaults {
    each: usize,
    seed: u64,
}

impl DoubleFaults {
    fn plan(crash_points: usize, effort: Effort) -> Self {
        Self {
            each: effort.double_faults.div_ceil(crash_points),
            seed: effort.seed,
        }
    }

    fn run(
        &self,
        turn: usize,
        recovered: &crate::world::Phone,
        facts: &Facts,
        first: &str,
        report: &mut Report,
    ) {
        if self.each == 0 {
            return;
        }
        let effects = recovered.disk.effects();
        let stride = effects.div_ceil(self.each).max(2);
        for effect in (turn % stride..=effects).step_by(stride) {
            let number = (turn + effect) as u64;
            let tree = recovered.disk.after_power_cut(effect, self.seed, number);
            report.counts.double_faults += 1;
            if let Err(found) = recover(&recovered.with_disk(tree), facts) {
                let last = effect.checked_sub(1).map(|last| recovered.disk.effect(last));
                report.add(
                    || {
                        format!(
                            "{first}; again after effect {effect} of the recovery ({last:?}), image {number}"
                        )
                    },
                    found,
                );
            }
        }
    }
}

/// Makes each call of one flow fail, with each error, once and from then on.
pub fn fail(shop: &Arc<Shop>, flow: &Flow, effort: Effort) -> Report {
    let seed = effort.seed;
    let mut report = Report::default();
    let scene = flow.prepare(shop);
    let tree = scene.phone.disk.tree();
    let facts = Facts::at_start(flow, &scene);
    for errno in ERRNOS {
        for (word, plan) in [
            ("once", Fault::once as fn(Errno, usize) -> Fault),
            ("from then on", Fault::from_then_on),
        ] {
            if errno == Errno::Interrupted && word != "once" {
                continue;
            }
            // Which calls are left out differs from error to error.
            for call in (errno as usize % effort.every..).step_by(effort.every) {
                let scene = scene.on(scene.phone.with_disk(tree.clone()));
                match fail_one(&scene, flow, plan(errno, call), word == "once", &facts, seed) {
                    Ok(0) => break,
                    Ok(_) => report.counts.errors += 1,
                    Err(found) => {
                        report.counts.errors += 1;
                        report.add(
                            || format!("{}, {errno:?} at call {call}, {word}, seed {seed}", flow.name),
                            found,
                        );
                    }
                }
            }
        }
    }
    report
}

/// One failing run: what it answers, what it leaves, and the way back, by a restart and by a power cut. Returns how
/// many errors were met.
fn fail_one(scene: &Scene, flow: &Flow, fault: Fault, once: bool, facts: &Facts, seed: u64) -> Held<usize> {
    let phone = &scene.phone;
    let engine = phone.boot();
    phone.disk.inject(fault);
    let outcome = guarded(flow.name, || flow.act(&engine, scene));
    let met = phone.disk.heal();
    let outcome = outcome?;
    if met == 0 {
        return Ok(0);
    }
    let essence = Essence::of(&engine)?;
    drop(engine);
    let (before, after) = (flow.before.essence(), flow.after.essence());
    match outcome {
        Ok(()) if once && !flow.answers_always && essence != after => {
            return broken("R7", format!("it says done, and the device is at {essence:?}"));
        }
        Err(error) => {
            storage_refusal(&error)?;
            if once && essence != before {
                return broken(
                    "R7",
                    format!("it says failed ({error}), and the device is at {essence:?}"),
                );
            }
        }
        Ok(()) => {}
    }
    recover(&phone.with_disk(phone.disk.tree()), facts)?;
    let cut = phone.disk.after_power_cut(phone.disk.effects(), seed, seed);
    recover(&phone.with_disk(cut), facts)?;
    Ok(met)
}

impl Facts {
    fn at_start(flow: &Flow, scene: &Scene) -> Self {
        Self {
            allowed: vec![flow.before, flow.after],
            floor: flow.before.essence().floor,
            confirmed: confirmed(&[flow.before, flow.after]),
            exhausted: false,
            damaged: flow.damaged,
            seen: metadata_version(&scene.phone.disk.tree()),
        }
    }

    /// Once the flow has said that it is done, it is done for good.
    fn after(&self, flow: &Flow, scene: &Scene) -> Self {
        Self {
            allowed: vec![flow.after],
            floor: flow.after.essence().floor,
            seen: metadata_version(&scene.phone.disk.tree()),
            ..self.clone()
        }
    }

    /// During a recovery anything may be the case that the recovery leads through.
    fn again(&self, flow: &Flow) -> Self {
        Self {
            allowed: Vec::new(),
            // The first recovery spends one launch more, perhaps without a word.
            exhausted: flow.launches_spent + 1 >= 3,
            ..self.clone()
        }
    }
}

fn confirmed(ends: &[Expect]) -> BTreeSet<String> {
    ends.iter().map(|end| end.essence().fallback).collect()
}

/// Flows cut at every effect, spread over the machine's cores.
pub fn cuts(shop: &Arc<Shop>, flows: &[&Flow], effort: Effort) -> Report {
    parallel::run(flows, |flow| {
        let mut report = cut(shop, flow, effort, None);
        // A launch that is done again is one launch more, and this trial has no further one.
        if flow.launches_spent >= 2 {
            return report;
        }
        report.merge(kill_then_cut(
            shop,
            flow,
            Effort {
                images: KILLED_IMAGES,
                ..effort
            },
        ));
        report
    })
}

/// Flows with every call made to fail, spread over the machine's cores.
pub fn failures(shop: &Arc<Shop>, flows: &[&Flow], effort: Effort) -> Report {
    parallel::run(flows, |flow| fail(shop, flow, effort))
}
