//! Finding the newest trusted root among the stored ones.
//!
//! Trust is never remembered: each run walks again from the anchor through `root_history/`. So an app
//! binary with another key starts over, and a root that was put into the store by someone else is ignored.

use super::{
    Anchor, ROOT, Stored,
    root::{Root, history_name},
};
use crate::{Error, keys::PublicKeys};

/// Where a refresh can begin.
pub(super) enum Newest {
    /// At the newest stored root that the anchor leads to (or the anchor itself).
    Root(Root),
    /// At the repository: these keys vouch for no stored root.
    None(PublicKeys),
}

/// # Errors
/// `metadata_invalid` if the anchor is a root that does not verify.
pub(super) fn newest_trusted(anchor: Anchor, stored: &Stored) -> Result<Newest, Error> {
    Ok(match anchor {
        Anchor::Root(bytes) => Newest::Root(walk(Root::anchor(&bytes)?, stored)),
        Anchor::Keys(keys) => match oldest_vouched(&keys, stored) {
            Some(root) => Newest::Root(walk(root, stored)),
            None => Newest::None(keys),
        },
    })
}

/// The oldest stored root that the configured keys vouch for.
fn oldest_vouched(keys: &PublicKeys, stored: &Stored) -> Option<Root> {
    let is_root = |name: &str| name == ROOT || name.starts_with("root_history/");
    let files = stored.files.iter().filter(|(name, _)| is_root(name));
    let roots = files.filter_map(|(_, bytes)| Root::anchor(bytes).ok());
    roots
        .filter(|root| root.check_vouched(keys).is_ok())
        .min_by_key(Root::version)
}

fn walk(mut root: Root, stored: &Stored) -> Root {
    while let Some(next) = root
        .version()
        .checked_add(1)
        .and_then(|version| successor(&root, version, stored))
    {
        root = next;
    }
    root
}

fn successor(root: &Root, version: u64, stored: &Stored) -> Option<Root> {
    // root.json is tried too: a crash may have come between the two writes of an acceptance.
    let names = [history_name(version), ROOT.to_owned()];
    names
        .iter()
        .find_map(|name| root.successor(stored.file(name)?).ok())
}
