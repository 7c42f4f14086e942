//! The disk: where everything lies, how a state survives a cut at any instruction, and who may write.
//!
//! ```text
//! <root>/state.a state.b      two slots; the newest valid one wins (slots.rs)
//! <root>/state.lock           held for one transition; dies with its holder (lock.rs)
//! <root>/sync.lock            held for one sync, download or clean-up
//! <root>/failures.json        what failed lately, for people
//! <root>/statistics.json      with `statsUrl`: what waits to be told
//! <root>/checked              when a server was asked last, with `periodCheckDelay`
//! <root>/metadata/            the signed metadata last accepted from the repository (metadata.rs)
//! <root>/bundles/<id>/        complete trees; never modified after their rename
//! <root>/staging/             trees being built
//! <root>/downloads/           <sha256>.part, <sha256>.resume; quiet: until when no server is asked
//! <root>/trash/               trees on their way out
//! ```
//!
//! Rules: data is durable before the state names it; a failed write means that the transition did
//! not happen; unreadable is not corrupt; no absolute path is stored; deletion is a rename to the
//! trash, and a failing clean-up never fails an update.

mod clean;
mod disk;
mod layout;
mod lock;
mod metadata;
mod slots;
#[cfg(test)]
mod tests;

pub use clean::Collected;
pub(crate) use clean::{Downloads, collect, discard, discard_bundle, disk_bytes, keep_downloads};
pub(crate) use disk::{
    barrier, create_dir, create_own_dir, create_passing_dir, exists, flush_names, free_bytes, is_own_dir,
    open_plain, read_capped, read_json, remove_tree, rename, sync_parent, write_durable,
};
pub(crate) use layout::Layout;
pub(crate) use lock::{Lock, Wait};
pub(crate) use metadata::{load_metadata, store_metadata};
pub use slots::SLOT_SIZE;
pub(crate) use slots::{Loaded, Slots};
