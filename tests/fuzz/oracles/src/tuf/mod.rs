//! TUF metadata: nothing is believed that the right keys did not sign, and what they signed is.

mod author;
mod refresh;
mod role;

// The small repository of the protocol's own tests.
#[path = "../../../../../rust-core/protocol/tests/protocol/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the protocol's tests use all of it")]
mod support;

pub(crate) use author::signed_documents;
pub(crate) use refresh::refresh;
pub(crate) use role::role;
