//! After the fault: the phone is started again, and again, and reaches the server once. That must be enough.

use std::collections::BTreeSet;

use airlock_engine::{Engine, Launch};

use crate::flows::Expect;
use crate::promises::{self, Essence, Held, broken, guarded, metadata_version};
use crate::world::{Manner, Phone};

/// Restarts within which a device must have found its way (B6).
const RESTARTS: usize = 3;

/// Foreground time that a white page gets (`appReadyTimeout`).
const READY_TIMEOUT_MS: u64 = 10_000;

/// What is known about the device before it starts again.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// What it may be like now; empty when that is not known.
    pub(crate) allowed: Vec<Expect>,
    /// The floor it had reached, durably (B5).
    pub(crate) floor: u64,
    /// Versions that were confirmed, or perhaps were (B4: nothing else may be the fallback).
    pub(crate) confirmed: BTreeSet<String>,
    /// Whether the medium damaged a tree before.
    pub(crate) damaged: bool,
    /// Whether a release may have used up its launches without a word: then it is given up, good or not (R4).
    pub(crate) exhausted: bool,
    /// The version of the newest metadata that it had accepted (B5).
    pub(crate) seen: u64,
}

/// Starts the phone, judges what it is and does, and demands progress.
pub(crate) fn recover(phone: &Phone, facts: &Facts) -> Held {
    if metadata_version(&phone.disk.tree()) < facts.seen {
        return broken(
            "B5",
            "metadata that was accepted is gone: an older repository would be accepted",
        );
    }
    let engine = phone.boot();
    let expected = identify(&engine, facts)?;
    if !facts.damaged {
        promises::named_trees_are_whole(phone, &engine)?;
    }
    let launch = promises::launch(phone, &engine)?;
    if let Some(expected) = expected
        && launch.bundle.version != expected.serves
    {
        return broken(
            "R7",
            format!(
                "{} is served, {} was expected",
                launch.bundle.version, expected.serves
            ),
        );
    }
    heal(phone, engine, launch, facts)
}

/// R7: the device is as before the flow or as after it, never in between.
fn identify<'f>(engine: &Engine, facts: &'f Facts) -> Held<Option<&'f Expect>> {
    let essence = Essence::of(engine)?;
    if essence.floor < facts.floor {
        return broken(
            "B5",
            format!("the floor fell from {} to {}", facts.floor, essence.floor),
        );
    }
    if facts.allowed.is_empty() {
        return Ok(None);
    }
    match facts.allowed.iter().find(|expect| expect.essence() == essence) {
        Some(expected) => Ok(Some(expected)),
        None => broken("R7", format!("neither before nor after: {essence:?}")),
    }
}

/// B6, and on the way B1 to B5 and B7.
fn heal(phone: &Phone, engine: Engine, launch: Launch, facts: &Facts) -> Held {
    let target = phone.shop().newest_good(phone.network.published());
    let (mut engine, mut launch, mut floor) = (engine, launch, facts.floor);
    for restart in 0..=RESTARTS {
        if restart > 0 {
            drop(engine);
            engine = phone.boot();
            launch = promises::launch(phone, &engine)?;
        }
        floor = fallback_is_confirmed(&engine, facts, &target.version, floor)?;
        play_page(phone, &engine, &launch)?;
        if restart == 0 {
            if let Err(error) = guarded("sync", || engine.sync())? {
                return broken("B6", format!("a clean sync fails: {error}"));
            }
            promises::tidy(phone)?;
        }
    }
    let essence = Essence::of(&engine)?;
    if facts.exhausted && essence.failed.contains(&target.version) {
        return promises::contained(phone);
    }
    if essence.current != target.version || essence.fallback != target.version {
        return broken(
            "B6",
            format!(
                "{} is the newest good release, and the device is at {essence:?}",
                target.version
            ),
        );
    }
    promises::contained(phone)
}

/// B4 and B5 at each start.
fn fallback_is_confirmed(engine: &Engine, facts: &Facts, target: &str, floor: u64) -> Held<u64> {
    let essence = Essence::of(engine)?;
    let fallback = &essence.fallback;
    if !(facts.confirmed.contains(fallback) || fallback == target || fallback == "1.0.0") {
        return broken(
            "B4",
            format!("{fallback} is the fallback and was never confirmed"),
        );
    }
    match essence.floor < floor {
        true => broken("B5", format!("the floor fell from {floor} to {}", essence.floor)),
        false => Ok(essence.floor),
    }
}

/// The page does what the pages of its release do.
pub(crate) fn play_page(phone: &Phone, engine: &Engine, launch: &Launch) -> Held {
    let manner = phone
        .shop()
        .by_id(&launch.bundle.id)
        .map_or(Manner::Good, |release| release.manner);
    let rollback = match manner {
        Manner::Good => match guarded("ready", || engine.ready(&launch.token))? {
            Ok(ready) if ready.accepted => return Ok(()),
            Ok(_) => return broken("R2", "the token of the current launch was not accepted"),
            Err(error) => return broken("B6", format!("ready fails on a good disk: {error}")),
        },
        Manner::Dies => return Ok(()),
        Manner::Crashes => guarded("crash", || engine.crash(&launch.token, None))?,
        Manner::Hangs => guarded("elapse", || engine.elapse(READY_TIMEOUT_MS))?,
    };
    match rollback.map(|rollback| rollback.launch) {
        Ok(Some(next)) => {
            promises::whole(phone, &next)?;
            play_page(phone, engine, &next)
        }
        Ok(None) => broken(
            "R4",
            format!("{} failed and was not rolled back", launch.bundle.version),
        ),
        Err(error) => broken("B6", format!("a rollback fails on a good disk: {error}")),
    }
}
