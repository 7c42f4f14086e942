//! Every class of attack by archive, as a table: faults.md 2.1 is its source, docs/threat-model.md its index.

mod amounts;
mod data;
mod headers;
mod kinds;
mod names;
mod overlap;
mod paths;
mod structure;
mod twins;

use crate::case::Case;

/// All of them; small archives, quick to build.
pub fn all() -> Vec<Case> {
    let tables = [
        paths::cases(),
        twins::cases(),
        kinds::cases(),
        structure::cases(),
        headers::cases(),
        data::cases(),
    ];
    tables.into_iter().flatten().collect()
}

/// The ones that aim at memory, disk and time: up to 64 MiB each, or tens of thousands of entries.
pub fn heavy() -> Vec<Case> {
    [amounts::cases(), names::cases(), overlap::cases()]
        .into_iter()
        .flatten()
        .collect()
}
