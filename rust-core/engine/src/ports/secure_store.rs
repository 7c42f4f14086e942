//! Small secrets that outlive the app's files.

/// Where the platform keeps small secrets: Keychain, Keystore. Values of a few hundred bytes under short names of
/// lower-case letters and `-`. May cost tens of milliseconds, so it is asked on workers and never for a launch.
pub trait SecureStore: Send + Sync {
    /// What lies under `key`; `None` when nothing does.
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable>;

    /// Puts `value` there, in the place of what was.
    fn write(&self, key: &str, value: &[u8]) -> Result<(), Unavailable>;

    /// Removes what lies there; nothing there is fine.
    fn remove(&self, key: &str) -> Result<(), Unavailable>;
}

/// It cannot be had now: the device is locked, or the store is broken. Nothing may be concluded from it, least of all that
/// nothing is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;
