//! Long random histories of the state machine, seeded: after every event the invariants hold, the
//! floor never goes down (B5), nothing bad is served (B4), and no history ends in a loop (R8).

#![expect(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use airlock_engine::machine::{
    Delay, Effect, Event, Installed, Keep, NativeBuild, NewLaunch, OnNativeChange, Policy, State, check,
    transition,
};
use airlock_protocol::{BundleId, Sequence, Sha256Digest, UnixMillis};

const HISTORIES: u64 = 2_000;
const EVENTS: u32 = 200;

/// SplitMix64: small, well distributed, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

struct World {
    dice: Dice,
    now: u64,
    launches: u64,
}

impl World {
    fn id(&mut self) -> BundleId {
        BundleId::from(Sha256Digest::of(&[u8::try_from(self.dice.roll(7)).unwrap()]))
    }

    fn launch(&mut self) -> NewLaunch {
        self.launches += 1;
        NewLaunch {
            token: self.launches.to_string(),
            now: UnixMillis::new(self.now),
        }
    }

    /// Mostly the current token, sometimes an older one.
    fn token(&mut self) -> String {
        (self.launches.saturating_sub(self.dice.roll(3))).to_string()
    }

    fn installed(&mut self) -> Installed {
        let sequence = Sequence::try_from(1 + self.dice.roll(20)).unwrap();
        let native = (self.dice.roll(4) == 0).then(|| ">=1.0.0 <2.0.0".parse().unwrap());
        Installed {
            version: sequence.to_string(),
            sequence,
            installed_at: self.now,
            native,
        }
    }

    fn event(&mut self, state: &State) -> Event {
        match self.dice.roll(22) {
            0..=2 => Event::ColdStart(self.launch()),
            3 => Event::Reload(self.launch()),
            4 => Event::Set(self.id(), self.launch()),
            5 => Event::Reset(self.launch()),
            6 => Event::ToFallback(self.launch()),
            7 => Event::Background(self.launch()),
            8 => Event::Foreground(UnixMillis::new(self.now)),
            9 => Event::Elapsed(self.dice.roll(20_000), self.launch()),
            10 | 11 => Event::Ready(self.token()),
            12 => Event::Crash(self.token(), None, self.launch()),
            13 => match state.current() {
                Some(id) => Event::Unusable(id, self.launch()),
                None => Event::FailureRead,
            },
            14 => Event::Installed(self.id(), self.installed()),
            15 => Event::Next(self.id(), UnixMillis::new(self.now)),
            16 => Event::Delete(self.id()),
            17 => Event::Unreadable(self.launch()),
            19 => Event::Apply(self.launch()),
            20 => {
                let delays = [
                    Delay::Kill,
                    Delay::Background(3),
                    Delay::Date(UnixMillis::new(self.now + 1)),
                ];
                let count = usize::try_from(self.dice.roll(4)).unwrap();
                Event::DelayUntil(delays.into_iter().take(count).collect())
            }
            18 if self.dice.roll(2) == 0 => Event::Newest(self.installed().sequence),
            18 => {
                let (id, installed) = (self.id(), self.installed());
                Event::Renumbered(id, installed.sequence, installed.version)
            }
            _ => Event::Native(NativeBuild {
                version: (self.dice.roll(2) == 0)
                    .then(|| format!("{}.0.0", 1 + self.dice.roll(2)).parse().unwrap()),
                trust: (self.dice.roll(2) == 0).then(|| self.dice.roll(2).to_string()),
                embedded_sequence: (self.dice.roll(2) == 0).then(|| Sequence::try_from(3).unwrap()),
            }),
        }
    }
}

fn policy(dice: &mut Dice) -> Policy {
    let mut keep = || {
        if dice.roll(2) == 0 {
            Keep::Keep
        } else {
            Keep::Delete
        }
    };
    let (previous, failed) = (keep(), keep());
    let on_native_change = if dice.roll(2) == 0 {
        OnNativeChange::Reset
    } else {
        OnNativeChange::DropOutdated
    };
    Policy {
        app_ready_timeout_ms: 10_000,
        previous,
        failed,
        on_native_change,
    }
}

/// What one step of a history must respect, apart from the invariants of every state.
fn hold(before: &State, after: &State, effects: &[Effect], now: u64) {
    assert!(after.floor >= before.floor, "B5");
    assert!(after.confirmed.is_none_or(|id| after.bundles.contains_key(&id)));
    for effect in effects {
        match effect {
            Effect::Serve(Some(id)) if after.current() == Some(*id) && before.current() != Some(*id) => {
                let sequence = after.sequence_of(id).unwrap();
                let trial = after.trial.as_ref().is_some_and(|trial| trial.id == *id);
                assert!(
                    !trial || after.verdict(id, sequence, now).is_none(),
                    "B4: what failed is not tried again"
                );
            }
            Effect::Remove(id) => assert!(!after.bundles.contains_key(id), "what is removed is not named"),
            _ => {}
        }
    }
    if let Some(launch) = &after.launch {
        assert!(
            launch.bundle.is_none_or(|id| after.bundles.contains_key(&id)),
            "what is served stays on the disk"
        );
    }
}

#[test]
fn no_history_breaks_a_rule() {
    let (mut applied, mut refused) = (0_u32, 0_u32);
    for seed in 0..HISTORIES {
        let mut world = World {
            dice: Dice(seed),
            now: 1,
            launches: 0,
        };
        let policy = policy(&mut world.dice);
        let mut state = State::new("device".into());
        for step in 0..EVENTS {
            world.now += world.dice.roll(3_600_000);
            let event = world.event(&state);
            let shown = format!("seed {seed}, step {step}: {event:?}");
            let Ok(next) = transition(&state, event, &policy) else {
                refused += 1;
                continue;
            };
            check(&next.state).expect(&shown);
            hold(&state, &next.state, &next.effects, world.now);
            state = next.state;
            applied += 1;
        }
    }
    println!("{applied} events applied, {refused} refused");
    assert!(
        applied > 200_000 && refused > 20_000,
        "the histories exercise both"
    );
}
