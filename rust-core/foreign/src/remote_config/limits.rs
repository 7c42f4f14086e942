//! Every cap on a remote configuration, each with the attack it stops.

/// Largest remote configuration accepted, in bytes. Stops endless data, which nobody has verified yet; an icon in
/// `shared.iconBase64` and some hundred releases with their summaries fit.
pub const CONFIG_BYTES: u64 = 4 * 1024 * 1024;

/// Most releases in one configuration. Stops a list built to keep readers busy.
pub const RELEASES_MAX: usize = 1_000;

/// Longest name, version, date or other short text, in bytes. Stops a text that floods a log or a dialog.
pub const TEXT_BYTES: usize = 256;

/// Longest summary of a release, in bytes.
pub const SUMMARY_BYTES: usize = 64 * 1024;

/// Longest URL, in bytes; what an object store signs has 2,000.
pub const URL_BYTES: usize = 4 * 1024;

/// Largest record of the downgrade counter, in bytes. Stops a wrong file given as `--state` from being read whole.
pub const COUNTER_BYTES: u64 = 4 * 1024;
