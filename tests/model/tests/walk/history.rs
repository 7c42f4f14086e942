//! A history: what happens, in the engine and in the model, and what differs.

use airlock_model_tests::device::{Event, Rules};
use airlock_model_tests::world::{Action, Cut, Scope, Sync, World};

use crate::author::Author;
use crate::phone::Phone;

const SCOPE: Scope = Scope {
    releases: 5,
    app_calls: true,
    delays: true,
    damage: true,
    native_updates: true,
    clock: false,
};

#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) done: u32,
    pub(crate) refused: u32,
}

/// SplitMix64: small, well distributed, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    /// Actions that lead somewhere: half of them drive updates on, the others are what may come between.
    pub(crate) fn actions(&mut self, count: usize, rules: &Rules) -> Vec<Action> {
        let mut world = World::new();
        let mut actions = Vec::new();
        while actions.len() < count {
            let action = match self.roll(10) {
                0 => Action::Publishes,
                1 | 2 => Action::Syncs,
                3 => Action::Starts(Cut::Not),
                4 => Action::Happens(
                    Event::Ready(airlock_model_tests::device::Token::Current),
                    Cut::Not,
                ),
                _ => match self.between(&world) {
                    Some(action) => action,
                    None => continue,
                },
            };
            world = applied(&world, action, rules).map_or(world, |(next, _)| next);
            actions.push(action);
        }
        actions
    }

    fn between(&mut self, world: &World) -> Option<Action> {
        let events: Vec<Event> = world.events(&SCOPE).collect();
        match self.roll(12) {
            0 => Some(Action::Dies),
            1 => Some(Action::StoreUpdates),
            2 => Some(Action::BitFlips(u8::try_from(1 + self.roll(4)).unwrap())),
            _ => Some(Action::Happens(*events.get(self.roll(events.len()))?, Cut::Not)),
        }
    }
}

/// What the model makes of an action: the world after it and whether it was refused; `None` where it
/// cannot happen.
fn applied(world: &World, action: Action, rules: &Rules) -> Option<(World, bool)> {
    let next = match action {
        Action::Publishes => World {
            published: (world.published < SCOPE.releases).then_some(world.published + 1)?,
            ..*world
        },
        Action::StoreUpdates => World {
            native: 3 - world.native,
            ..world.dead()
        },
        Action::Dies => world.dead(),
        Action::Starts(_) => world.started(Cut::Not, false, rules),
        Action::BitFlips(bundle) => {
            let damaged = world.trees & world.device.here & (1 << (bundle - 1));
            World {
                damaged: (damaged > 0 && world.damaged == 0).then_some(damaged)?,
                ..*world
            }
        }
        Action::Syncs => {
            let mut synced = world.alive.then_some(*world)?;
            loop {
                synced = synced.sync_step(rules);
                if synced.sync == Sync::Idle {
                    break synced;
                }
            }
        }
        Action::Happens(event, _) => {
            world.alive.then_some(())?;
            match world.happened(event, Cut::Not, rules) {
                Some(next) => next,
                None => return Some((*world, true)),
            }
        }
        _ => return None,
    };
    Some((next, false))
}

/// Runs a history on a fresh phone configured by `real`, against a model with the rules `model`; the
/// first difference is the error.
pub(crate) fn run(author: &Author, real: &Rules, model: &Rules, actions: &[Action]) -> Result<Tally, String> {
    let mut phone = Phone::new(
        author,
        [real.keep_previous, real.keep_failed, real.reset_on_native],
    );
    let mut world = World::new();
    let mut tally = Tally::default();
    for (step, action) in actions.iter().enumerate() {
        let Some((next, refused)) = applied(&world, *action, model) else {
            continue;
        };
        let mut outcome = Ok(());
        match action {
            Action::Publishes => phone.published = next.published,
            Action::StoreUpdates => phone.native = next.native,
            Action::Starts(_) => phone.starts(),
            Action::Syncs => phone.syncs(),
            Action::BitFlips(bundle) => phone.bit_flips(*bundle),
            Action::Happens(event, _) => outcome = phone.happens(*event),
            _ => {}
        }
        if outcome.is_err() != refused {
            return Err(format!(
                "step {step}, {action:?}: the model refuses: {refused}, the engine: {outcome:?}"
            ));
        }
        match refused {
            true => tally.refused += 1,
            false => tally.done += 1,
        }
        world = next;
        compare(&phone, &world).map_err(|difference| format!("step {step}, {action:?}: {difference}"))?;
    }
    Ok(tally)
}

fn compare(phone: &Phone<'_>, world: &World) -> Result<(), String> {
    let mut expected = world.device;
    expected.failed = [expected.failed[0] | expected.failed[1], 0];
    let seen = phone.seen(&expected);
    if seen != expected {
        return Err(format!("\nthe model  {expected:?}\nthe engine {seen:?}"));
    }
    if phone.trees() != world.trees {
        return Err(format!(
            "trees on the disk: model {:b}, engine {:b}",
            world.trees,
            phone.trees()
        ));
    }
    if world.alive && phone.shown != world.shown() {
        return Err(format!("shown: model {}, engine {}", world.shown(), phone.shown));
    }
    Ok(())
}

/// Leaves out whatever can be left out while `fails` still holds.
pub(crate) fn shrink(actions: &[Action], fails: impl Fn(&[Action]) -> bool) -> Vec<Action> {
    let mut fewest = actions.to_vec();
    loop {
        let shorter = (0..fewest.len()).find_map(|left_out| {
            let mut fewer = fewest.clone();
            fewer.remove(left_out);
            fails(&fewer).then_some(fewer)
        });
        match shorter {
            Some(fewer) => fewest = fewer,
            None => return fewest,
        }
    }
}
