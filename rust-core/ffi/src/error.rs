//! The one error, and the edge at which panics end.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use airlock_protocol::Code;

/// Why a call failed. One variant: what an app can do about it is in the code, which is stable across Rust,
/// Kotlin, Swift, TypeScript and the command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum AirlockError {
    /// It failed; the running bundle is as it was.
    #[error("{reason} [{code}]")]
    Failed {
        /// The stable code, such as `download_failed`; [`error_codes`] lists them all.
        code: String,
        /// What was being done and what to do now: a sentence for people, without secrets.
        reason: String,
    },
}

impl AirlockError {
    pub(crate) fn new(code: Code, reason: impl Into<String>) -> Self {
        Self::Failed {
            code: code.as_str().to_owned(),
            reason: reason.into(),
        }
    }
}

impl From<airlock_engine::Error> for AirlockError {
    fn from(error: airlock_engine::Error) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<uniffi::UnexpectedUniFFICallbackError> for AirlockError {
    /// What else Kotlin, Swift or Python throw. The text may hold a whole stack trace, so it goes nowhere.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::new(
            Code::Internal,
            "internal error: the app's side of a call failed in a way it does not declare",
        )
    }
}

/// Every stable code, for tests that hold the lists of the other languages against it.
#[uniffi::export]
pub fn error_codes() -> Vec<String> {
    Code::ALL.iter().map(|code| code.as_str().to_owned()).collect()
}

/// Runs one call; a panic inside becomes the error `internal`.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, AirlockError>) -> Result<T, AirlockError> {
    // What a panic may have left half done lives in memory behind `locked`, and is repaired by the next launch.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(internal(panic_text(panic.as_ref()))))
}

/// A bug in Airlock.
pub(crate) fn internal(what: &str) -> AirlockError {
    AirlockError::new(
        Code::Internal,
        format!("internal error: {what}; please report this"),
    )
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without words")
}

/// A lock that a panic elsewhere cannot take away for good.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(error: AirlockError) -> (String, String) {
        let AirlockError::Failed { code, reason } = error;
        (code, reason)
    }

    #[test]
    fn a_panic_is_an_error_and_its_lock_can_be_taken_again() {
        let mutex = Mutex::new(1);
        let failing = guarded::<()>(|| {
            let _held = mutex.lock().unwrap();
            panic!("on purpose {}", 7)
        });
        let (code, reason) = parts(failing.unwrap_err());
        assert_eq!(code, "internal");
        assert!(reason.contains("on purpose 7"), "{reason}");
        assert!(mutex.is_poisoned());
        assert_eq!(*locked(&mutex), 1);
        assert_eq!(guarded(|| Ok(2)), Ok(2));
    }

    #[test]
    fn what_an_engine_refuses_keeps_its_code_and_its_sentence() {
        let (code, reason) = parts(airlock_engine::Error::Locked.into());
        assert_eq!(code, "locked");
        assert!(reason.contains("another process"), "{reason}");
    }
}
