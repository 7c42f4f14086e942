//! The last failures of the device: `getFailures()`.

use airlock_engine::RecordedFailure;

use crate::airlock::Airlock;
use crate::error::AirlockError;

/// One kind of failure, the same version, code and phase: `FailureInfo`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FailureInfo {
    /// The version for people; empty where none was chosen yet.
    pub version: String,
    /// The stable code.
    pub code: String,
    /// `check`, `download`, `verify`, `install` or `trial`.
    pub phase: String,
    /// How often it happened.
    pub count: u32,
    /// As the last event said it; 0 when a sync or download went well since.
    pub attempt: u32,
    /// RFC 3339 time of the first one.
    pub first_at: String,
    /// RFC 3339 time of the last one.
    pub last_at: String,
    /// What the last one was, a sentence for people.
    pub reason: String,
}

#[uniffi::export]
impl Airlock {
    /// `getFailures()`: the last failures, at most 50 kinds, the latest first. Reads without a lock. Errors: `internal`.
    pub fn failures(&self) -> Result<Vec<FailureInfo>, AirlockError> {
        self.call(|engine| Ok(engine.failures().into_iter().map(FailureInfo::from).collect()))
    }
}

impl From<RecordedFailure> for FailureInfo {
    fn from(failure: RecordedFailure) -> Self {
        Self {
            version: failure.version,
            code: failure.code.as_str().to_owned(),
            phase: failure.phase.as_str().to_owned(),
            count: failure.count,
            attempt: failure.attempt,
            first_at: failure.first_at,
            last_at: failure.last_at,
            reason: failure.reason,
        }
    }
}
