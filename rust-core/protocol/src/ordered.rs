//! Sets and maps that are filled one by one.
//!
//! `collect` sorts first: quicker for millions of items, of which there are none here, and 4 kB in the library of a phone
//! for each type of item.

use std::collections::{BTreeMap, BTreeSet};

/// The items, each once.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

/// The entries; of two with one key the later stays.
pub fn map<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(entries);
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_and_the_later_stays() {
        assert_eq!(set([2, 1, 2]).into_iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(map([(1, 'a'), (0, 'b'), (1, 'c')])[&1], 'c');
    }
}
