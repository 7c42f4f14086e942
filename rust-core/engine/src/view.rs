//! State as records.

use airlock_protocol::{BundleId, UnixMillis};

use crate::engine::Engine;
use crate::machine::{Failed, State};
use crate::records::{Bundle, BundleStatus, Failure, Origin, Served, Status};
use crate::store;

impl Engine {
    /// Every bundle of the device, the embedded one first. Reads without a lock.
    pub fn list(&self) -> Result<Vec<Bundle>, crate::Error> {
        let state = self.peek()?;
        let installed = state.bundles.keys().map(|id| self.bundle(&state, Some(*id)));
        Ok(std::iter::once(self.embedded(&state).bundle())
            .chain(installed)
            .collect())
    }

    /// The whole device at a glance. Reads without a lock.
    pub fn status(&self) -> Result<Status, crate::Error> {
        let state = self.peek()?;
        let trial = state.trial.as_ref().map(|trial| trial.id);
        Ok(Status {
            current: self.bundle(&state, state.current()),
            fallback: self.bundle(&state, state.confirmed),
            next: state.next.map(|id| self.bundle(&state, Some(id))),
            trial: trial.map(|id| self.bundle(&state, Some(id))),
            failed: state.failed.iter().map(failure).collect(),
            floor: state.floor,
            native_version: self.native_version(&state).map(|version| version.to_string()),
            disk_bytes: store::disk_bytes(self.disk(), &self.layout),
        })
    }

    /// The record of a bundle; `None` is the embedded one.
    pub(crate) fn bundle(&self, state: &State, id: Option<BundleId>) -> Bundle {
        let installed = id.and_then(|id| Some((id, state.bundles.get(&id)?)));
        let Some((id, installed)) = installed else {
            return self.embedded(state).bundle();
        };
        Bundle {
            id: id.to_string(),
            version: installed.version.clone(),
            sequence: Some(installed.sequence.get()),
            status: status_of(state, &id, self.now()),
            origin: Origin::Ota,
            installed_at: Some(UnixMillis::new(installed.installed_at).to_rfc3339()),
        }
    }

    pub(crate) fn failed_bundle(&self, state: &State, failed: &Failed) -> Bundle {
        let bundle = self.bundle(state, Some(failed.id));
        Bundle {
            status: BundleStatus::Failed,
            ..bundle
        }
    }

    pub(crate) fn served(&self, state: &State, id: Option<BundleId>) -> Served {
        let bundle = self.bundle(state, id);
        Served {
            id: bundle.id,
            version: bundle.version,
            origin: bundle.origin,
        }
    }
}

pub(crate) fn failure(failed: &Failed) -> Failure {
    Failure {
        id: failed.id.to_string(),
        version: failed.version.clone(),
        sequence: failed.sequence.get(),
        code: failed.cause.as_str(),
        reason: failed.reason.clone(),
        at: UnixMillis::new(failed.at).to_rfc3339(),
        expires: UnixMillis::new(failed.expires).to_rfc3339(),
    }
}

fn status_of(state: &State, id: &BundleId, now: UnixMillis) -> BundleStatus {
    let trial = state.trial.as_ref().map(|trial| trial.id);
    let sequence = state.sequence_of(id);
    match Some(*id) {
        id if id == trial => BundleStatus::Trial,
        id if id == state.confirmed || id == state.previous => BundleStatus::Confirmed,
        id if id == state.next => BundleStatus::Next,
        _ if sequence.is_some_and(|sequence| state.verdict(id, sequence, now.get()).is_some()) => {
            BundleStatus::Failed
        }
        _ => BundleStatus::Downloaded,
    }
}
