//! What the world knows about a phone from the answers it gave: the model that a life is judged by.
//!
//! It keeps facts, not a state machine: what may have been confirmed, what was acknowledged as failed, which
//! numbers were reached. Whatever the engine's machine does, it must not contradict them.

use std::collections::{BTreeMap, BTreeSet};

use airlock_engine::Launch;

use crate::promises::{Essence, Held, broken};

/// How long a verdict stands (docs/state-machine.md, R5).
const BAN_MS: u64 = 7 * 24 * 3_600_000;

/// Launches that a trial gets (R4).
const LAUNCHES: u32 = 3;

/// The facts.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// Highest floor that was answered for good.
    floor: u64,
    /// Newest metadata that was accepted for good.
    seen: u64,
    /// Versions whose page has reported ready, whether or not the report was written down.
    confirmed: BTreeSet<String>,
    /// Versions whose failure was answered, and until when they must not run.
    banned: BTreeMap<String, u64>,
    /// The trial that was handed out last, and its attempt.
    trial: Option<(String, u32)>,
}

impl Ledger {
    /// A page reports ready; it may or may not get through.
    pub(super) fn reports_ready(&mut self, version: &str) {
        self.confirmed.insert(version.to_owned());
        self.banned.remove(version);
        self.trial = None;
    }

    /// The device said that it gave this version up.
    pub(super) fn failed(&mut self, version: &str, now: u64) {
        self.banned.insert(version.to_owned(), now.saturating_add(BAN_MS));
        self.trial = None;
    }

    /// Somebody chose bundles by hand: what follows is a new trial.
    pub(super) fn chosen_by_hand(&mut self) {
        self.trial = None;
    }

    pub(super) fn is_banned(&self, version: &str) -> bool {
        self.banned.contains_key(version)
    }

    /// A launch was handed out.
    pub(super) fn handed_out(&mut self, launch: &Launch, now: u64) -> Held {
        let version = &launch.bundle.version;
        if self.banned.get(version).is_some_and(|until| now < *until) {
            return broken("B4", format!("{version} failed here and is served again"));
        }
        self.banned.retain(|_, until| now < *until);
        if launch.attempt > LAUNCHES {
            return broken("R4", format!("{version} got launch {}", launch.attempt));
        }
        if self.confirmed.contains(version) || version == "1.0.0" {
            return Ok(());
        }
        let again = self.trial.replace((version.clone(), launch.attempt));
        match again {
            Some((earlier, attempt)) if earlier == *version && launch.attempt <= attempt => broken(
                "R1",
                format!("launch {attempt} of {version} was handed out twice"),
            ),
            _ => Ok(()),
        }
    }

    /// What the device says of itself after an answer.
    pub(super) fn acknowledged(&mut self, essence: &Essence, seen: u64) -> Held {
        self.holds(essence, seen)?;
        self.floor = essence.floor;
        self.seen = seen;
        Ok(())
    }

    /// What must hold whatever was interrupted.
    pub(super) fn holds(&self, essence: &Essence, seen: u64) -> Held {
        if essence.floor < self.floor {
            return broken(
                "B5",
                format!("the floor fell from {} to {}", self.floor, essence.floor),
            );
        }
        if seen < self.seen {
            return broken(
                "B5",
                format!("metadata fell from version {} to {seen}", self.seen),
            );
        }
        match essence.fallback == "1.0.0" || self.confirmed.contains(&essence.fallback) {
            true => Ok(()),
            false => broken(
                "B4",
                format!("{} is the fallback and was never confirmed", essence.fallback),
            ),
        }
    }
}
