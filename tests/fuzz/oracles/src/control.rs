//! The control: a bug that is there on purpose, so that a blind runner is noticed.

use airlock_protocol::json;

use crate::bytes::Bytes;

/// Panics on a text that nobody hits by chance: a number of four bytes, then an array in strict JSON.
/// Reaching it takes what real findings take: coverage of our own code, and of what it compares.
///
/// # Panics
/// On the planted bug.
pub fn planted_bug(data: &[u8]) {
    let mut input = Bytes::new(data);
    if input.word() != 0x10ad_ab1e {
        return;
    }
    let Ok(document) = json::parse(input.rest(), 1024) else {
        return;
    };
    assert!(!document.is_array(), "the planted bug was found");
}
