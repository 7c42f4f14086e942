//! A device that is nothing but a state, its policy and a clock.

use airlock_engine::machine::{
    Effect, Event, Failed, Installed, Keep, NewLaunch, OnNativeChange, Policy, Refusal, State, check,
    transition,
};
use airlock_protocol::{BundleId, Sequence, Sha256Digest, UnixMillis};

pub(crate) const DAY_MS: u64 = 24 * 3600 * 1000;

pub(crate) struct Device {
    pub(crate) state: State,
    pub(crate) policy: Policy,
    pub(crate) now: u64,
    tokens: u32,
    pub(crate) effects: Vec<Effect>,
}

impl Device {
    pub(crate) fn new() -> Self {
        let policy = Policy {
            app_ready_timeout_ms: 10_000,
            previous: Keep::Delete,
            failed: Keep::Delete,
            on_native_change: OnNativeChange::Reset,
        };
        Self {
            state: State::new("device".into()),
            policy,
            now: 1_000,
            tokens: 0,
            effects: Vec::new(),
        }
    }

    pub(crate) fn new_launch(&mut self) -> NewLaunch {
        self.tokens += 1;
        NewLaunch {
            token: format!("token-{}", self.tokens),
            now: UnixMillis::new(self.now),
        }
    }

    /// Every state a test passes through keeps the invariants.
    pub(crate) fn apply(&mut self, event: Event) -> Result<(), Refusal> {
        let next = transition(&self.state, event, &self.policy)?;
        check(&next.state).expect("a transition keeps the invariants");
        self.state = next.state;
        self.effects = next.effects;
        Ok(())
    }

    pub(crate) fn with_launch(&mut self, event: impl FnOnce(NewLaunch) -> Event) -> Option<BundleId> {
        let launch = self.new_launch();
        self.apply(event(launch)).unwrap();
        self.state.launch.as_ref().and_then(|launch| launch.bundle)
    }

    pub(crate) fn start(&mut self) -> Option<BundleId> {
        self.with_launch(Event::ColdStart)
    }

    pub(crate) fn token(&self) -> String {
        self.state.launch.as_ref().unwrap().token.clone()
    }

    pub(crate) fn ready(&mut self) {
        let token = self.token();
        self.apply(Event::Ready(token)).unwrap();
    }

    pub(crate) fn stage(&mut self, number: u8) -> BundleId {
        let id = self.install(number);
        self.apply(Event::Next(id, UnixMillis::new(self.now))).unwrap();
        id
    }

    pub(crate) fn install(&mut self, number: u8) -> BundleId {
        let id = id(number);
        let installed = Installed {
            version: format!("{number}.0.0"),
            sequence: Sequence::try_from(u64::from(number)).unwrap(),
            installed_at: self.now,
            native: None,
        };
        self.apply(Event::Installed(id, installed)).unwrap();
        id
    }

    pub(crate) fn confirmed(number: u8) -> Self {
        let mut device = Self::new();
        device.stage(number);
        device.start();
        device.ready();
        device
    }

    pub(crate) fn rolled_back(&self) -> Option<&Failed> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::RolledBack(failed) => Some(failed),
            _ => None,
        })
    }
}

pub(crate) fn id(number: u8) -> BundleId {
    BundleId::from(Sha256Digest::of(&[number]))
}
