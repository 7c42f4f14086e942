//! The seeds that are made, not found: `cargo run -p airlock-fuzz-oracles --example seeds` writes them to
//! `../seeds`, and a test holds what is committed against them.
//!
//! What begins with `good-` must be accepted, what begins with `bad-` refused.

mod documents;
mod foreign;
mod small;
mod state;
mod trees;
mod tuf;

/// One seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The target it is for.
    pub target: &'static str,
    /// Its file name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Seed {
    fn new(target: &'static str, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Seed {
        Seed {
            target,
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

/// All of them.
pub fn all() -> Vec<Seed> {
    let parts = [
        small::bundle_paths(),
        small::texts(),
        small::json(),
        small::patches(),
        documents::checksums(),
        documents::envelopes(),
        documents::keys(),
        foreign::capgo(),
        foreign::remote_configs(),
        state::states(),
        trees::archives(),
        trees::forged(),
        tuf::roles(),
        tuf::scripts(),
    ];
    parts.concat()
}
