//! Archives, and decisions that make some. Archives of real tools are seeds too: see `../../Cargo.toml`.

use super::Seed;
use crate::zip::honest_archive;

pub(super) fn archives() -> Vec<Seed> {
    let honest = honest_archive();
    let cut = honest[..honest.len() - 1].to_vec();
    vec![
        Seed::new("zip", "good-honest.zip", honest),
        Seed::new("zip", "bad-cut.zip", cut),
        Seed::new("zip", "bad-web-page.zip", "<!doctype html>"),
    ]
}

/// The first byte is the lie about the whole; then entries: shape, name, length, repetitions, content.
pub(super) fn forged() -> Vec<Seed> {
    let index = [1, 0, 7, 20, b'<', b't', b'i', b't', b'l', b'e', b'>'];
    let script = [0, 1, 3, 1, b'j', b's', b';'];
    let directory = [3, 2, 0, 0];
    let streamed = [2, 4, 1, 200, b'x'];
    let parts = |lie: u8, entries: &[&[u8]]| [&[lie][..], &entries.concat()].concat();
    let seed = |name: &str, bytes: Vec<u8>| Seed::new("zip_forged", name, bytes);
    vec![
        seed("good-two-files", parts(0, &[&index, &script])),
        seed("good-directory", parts(0, &[&index, &directory, &script])),
        seed("good-streamed", parts(0, &[&streamed, &index])),
        seed("good-extra-field", parts(0, &[&[36 << 2 | 1, 0, 1, 9, b'x']])),
        seed("bad-duplicate", parts(0, &[&index, &index])),
        seed("bad-up", parts(0, &[&index, &[0, 9, 1, 1, b'x']])),
        seed("bad-twins", parts(0, &[&script, &[0, 3, 1, 1, b'x']])),
        seed(
            "bad-file-and-directory",
            parts(0, &[&[0, 4, 0, 0], &[0, 5, 0, 0]]),
        ),
        seed("bad-prefix", parts(200, &[&index, b"MZ.."])),
        seed("bad-crc", parts(0, &[&[51 << 2, 0, 1, 1, b'x', 2, 1, 0, 0, 0]])),
        seed(
            "bad-size",
            parts(0, &[&[56 << 2 | 1, 0, 1, 9, b'x', 4, 1, 0, 0, 0]]),
        ),
        seed(
            "bad-link",
            parts(0, &[&[46 << 2, 4, 1, 1, b'x', 0, 0, 0xff, 0xa1]]),
        ),
    ]
}
