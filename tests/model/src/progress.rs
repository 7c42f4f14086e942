//! The promises, held against every step and every state of the world.

use crate::device::{EMBEDDED, Event, Rules, Time, Token, bit};
use crate::world::{Action, BROKEN, Cut, Selected, Sync, World, tree};

/// What one step must respect.
pub fn judge(before: &World, action: &Action, after: &World) -> Result<(), String> {
    let (old, new) = (&before.device, &after.device);
    promise(new.floor >= old.floor, "B5: the floor never goes down")?;
    let confirms = matches!(action, Action::Happens(Event::Ready(_), _));
    let renumbers = matches!(action, Action::Syncs);
    promise(
        !renumbers || new.confirmed == old.confirmed,
        "R3: no download takes the fallback away",
    )?;
    let steps_up = old.previous > 0 && new.confirmed == old.previous;
    promise(
        new.floor == old.floor || confirms || renumbers || steps_up,
        "R9: the floor rises when a bundle is confirmed",
    )?;
    let tried = new.trial > 0 && new.trial != old.trial;
    promise(
        !tried || !new.is_banned(new.trial, after.time),
        "B4: what failed is not tried again while the verdict stands",
    )?;
    if let Action::Starts(Cut::Not) = action {
        let shown = after.shown();
        promise(
            after.alive && new.page.is_some(),
            "B1: every start serves something",
        )?;
        promise(
            shown == EMBEDDED || after.trees & !after.damaged & bit(shown) > 0,
            "B2: what a start serves is whole",
        )?;
    }
    Ok(())
}

/// What is true of every state.
pub fn inspect(world: &World, rules: &Rules) -> Result<(), String> {
    let device = &world.device;
    promise(
        device.needed() & !device.here == 0,
        "a part is played by a bundle that is here",
    )?;
    promise(
        device.here & !world.trees == 0,
        "the state names complete trees only: data before name before state, removal after",
    )?;
    promise(
        device.here.count_ones() <= 3,
        "B7: three bundles beside the embedded one",
    )?;
    promise(
        world.sync != Sync::Idle || !world.alive || world.trees.count_ones() <= 4,
        "B7: at most one tree more while it arrives or goes",
    )?;
    promise(
        device.confirmed == EMBEDDED || world.worked & bit(device.confirmed) > 0,
        "B4: the fallback has reported ready itself (R2, R3)",
    )?;
    promise(
        device.trial == 0 || device.trial != device.confirmed,
        "R3: a trial is not its own fallback",
    )?;
    promise(
        world.silent <= 3,
        "R4: nothing is started a fourth time without a word from it",
    )?;
    recovers(world, rules)
}

/// B6: from here, with no more faults and pages that do as they are made, one sync and three starts
/// bring the newest good release. Twice in a row, because a recovery must not undo itself.
fn recovers(world: &World, rules: &Rules) -> Result<(), String> {
    let mut clean = *world;
    clean.device.delays = 0;
    let wanted = goal(&clean);
    for _ in 0..2 {
        clean = start(&clean, rules);
        // A good release that was killed three times or crashed has a verdict too (R4); a week later
        // it must be over.
        if let Some(release) = wanted
            && clean.device.is_banned(tree(release), clean.time)
        {
            clean.time = if clean.time == Time::Now {
                Time::Late
            } else {
                Time::Now
            };
        }
        clean = sync(&clean, rules);
        for _ in 0..2 {
            clean = start(&clean, rules);
        }
        let arrived = wanted.is_none_or(|release| {
            let device = &clean.device;
            clean.shown() == tree(release) && device.confirmed == tree(release) && device.trial == 0
        });
        promise(
            arrived,
            "B6: three clean starts and one clean sync bring the newest good release",
        )?;
        promise(
            clean.trees == clean.device.here,
            "B7: nothing that no state names outlives the next sync",
        )?;
    }
    Ok(())
}

/// The release that must run in the end: the newest, when it is good and a sync would choose it but for
/// a verdict, which has to end.
fn goal(world: &World) -> Option<u8> {
    let mut choosing = *world;
    choosing.device.trial = 0;
    choosing.device.failed = [0; 2];
    match choosing.selected() {
        Selected::Newer(release) if release == world.published && tree(release) != BROKEN => Some(release),
        _ => None,
    }
}

/// A start whose page does as it is made: the broken one dies, all others report ready.
fn start(world: &World, rules: &Rules) -> World {
    let mut started = world.started(Cut::Not, false, rules);
    if started.shown() == BROKEN {
        started.alive = false;
        return started;
    }
    started.device = started.device.step(Event::Ready(Token::Current), rules).unwrap();
    started.worked |= bit(started.shown());
    started.trees &= started.device.here;
    started
}

fn sync(world: &World, rules: &Rules) -> World {
    let mut synced = World {
        sync: Sync::Idle,
        ..*world
    };
    loop {
        synced = synced.sync_step(rules);
        if synced.sync == Sync::Idle {
            return synced;
        }
    }
}

fn promise(kept: bool, words: &str) -> Result<(), String> {
    if kept { Ok(()) } else { Err(words.to_owned()) }
}
