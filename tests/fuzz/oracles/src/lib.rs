//! What must hold whatever bytes arrive: one function a target, called by libFuzzer (`../fuzz_targets`) with
//! what it invents, and by `cargo test` with the seeds and with every input that ever broke one.
//!
//! A function that returns has found nothing; a broken promise is a panic. [`Verdict`] tells whether the
//! bytes were taken, so that a parser which refuses everything fails on the good seeds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an oracle's panic is its finding"
)]

mod bytes;
mod capgo;
mod checksum_json;
mod control;
mod envelope;
mod json;
mod keys;
mod patch;
mod path;
mod remote_config;
pub mod seeds;
mod state;
mod texts;
mod tuf;
mod zip;

pub use control::planted_bug;

/// Whether the bytes were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are well formed, and everything promised of such bytes holds.
    Accepted,
    /// They are refused, and nothing was changed by them.
    Refused,
}

impl Verdict {
    fn of<T, E>(result: &Result<T, E>) -> Verdict {
        match result {
            Ok(_) => Verdict::Accepted,
            Err(_) => Verdict::Refused,
        }
    }
}

/// One fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name of its file in `fuzz_targets`, and of its folders in `seeds` and `findings`.
    pub name: &'static str,
    /// Runs it on one input; panics if a promise is broken.
    pub run: fn(&[u8]) -> Verdict,
}

/// Every target but the control.
pub const TARGETS: &[Target] = &[
    Target {
        name: "bundle_path",
        run: path::bundle_path,
    },
    Target {
        name: "capgo",
        run: capgo::capgo,
    },
    Target {
        name: "checksum_json",
        run: checksum_json::checksum_json,
    },
    Target {
        name: "envelope",
        run: envelope::envelope,
    },
    Target {
        name: "patch",
        run: patch::patch,
    },
    Target {
        name: "public_key",
        run: keys::public_key,
    },
    Target {
        name: "remote_config",
        run: remote_config::remote_config,
    },
    Target {
        name: "state",
        run: state::state,
    },
    Target {
        name: "strict_json",
        run: json::strict_json,
    },
    Target {
        name: "texts",
        run: texts::texts,
    },
    Target {
        name: "tuf_refresh",
        run: tuf::refresh,
    },
    Target {
        name: "tuf_role",
        run: tuf::role,
    },
    Target {
        name: "zip",
        run: zip::raw,
    },
    Target {
        name: "zip_forged",
        run: zip::forged,
    },
];

/// Runs the target called `name`: what a file in `fuzz_targets` does.
///
/// # Panics
/// If there is no such target, or a promise is broken.
pub fn run(name: &str, data: &[u8]) -> Verdict {
    let target = TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("the target is listed in TARGETS");
    (target.run)(data)
}
