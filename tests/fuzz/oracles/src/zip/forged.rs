//! Decisions become an archive: sound entries, and lies of every kind the forger knows, a few at a time.

use super::forger::{Entry, Header, Signature, Zip, extra_field};
use crate::bytes::Bytes;

/// More entries than this find nothing that fewer do not.
const ENTRIES: usize = 6;

const NAMES: [&str; 16] = [
    "index.html",
    "assets/app.js",
    "assets/",
    "Assets/app.js",
    "a",
    "a/b",
    "a/b/c",
    "checksum.json",
    "checksum.json.sig",
    "../up",
    "/absolute",
    "caf\u{e9}",
    "cafe\u{301}",
    "con",
    "x\\y",
    "",
];

pub(super) fn archive(data: &[u8]) -> Vec<u8> {
    let mut input = Bytes::new(data);
    let mut zip = Zip::default();
    let lies = input.byte();
    for _ in 0..ENTRIES {
        if input.is_empty() {
            break;
        }
        zip.entries.push(entry(&mut input));
    }
    lie_about_the_whole(&mut zip, lies, &mut input);
    zip.bytes()
}

fn entry(input: &mut Bytes<'_>) -> Entry {
    let shape = input.byte();
    let name = name(input);
    let content = content(input);
    let mut entry = match shape & 3 {
        0 => Entry::stored(&name, &content),
        1 => Entry::deflated(&name, &content),
        2 => Entry::deflated(&name, &content).streamed(Signature::With),
        _ => Entry::stored(&name, b""),
    };
    if name.ends_with(b"/") {
        entry = entry.attributes(0o040_755 << 16 | 0x10);
    }
    // Most entries are sound, so that archives get past the first check.
    match shape >> 2 {
        0..=35 => {}
        36..=45 => entry = entry.everywhere(|header| header.extra = extra()),
        46..=50 => entry = entry.attributes(input.word()),
        51..=55 => entry = entry.locally(|header| lie(header, input)),
        56..=60 => entry = entry.centrally(|header| lie(header, input)),
        _ => lie_around(&mut entry, input),
    }
    entry
}

fn name(input: &mut Bytes<'_>) -> Vec<u8> {
    let choice = input.byte();
    match NAMES.get(usize::from(choice)) {
        Some(name) => name.as_bytes().to_vec(),
        None => {
            let length = usize::from(choice % 12) + 1;
            input.take(length).to_vec()
        }
    }
}

/// A piece of the input, repeated: deflate gets something to do.
fn content(input: &mut Bytes<'_>) -> Vec<u8> {
    let length = usize::from(input.byte() % 16);
    let times = usize::from(input.byte());
    input.take(length).repeat(times)
}

/// The extended timestamp that Info-ZIP writes.
fn extra() -> Vec<u8> {
    extra_field(0x5455, &[1, 0, 0, 0, 0])
}

fn lie(header: &mut Header, input: &mut Bytes<'_>) {
    match input.byte() % 8 {
        0 => header.flags ^= input.short(),
        1 => header.method = input.short(),
        2 => header.crc ^= input.word(),
        3 => header.compressed = header.compressed.wrapping_add(input.word()),
        4 => header.size = header.size.wrapping_add(input.word()),
        5 => header.extra = extra_field(input.short(), input.take(9)),
        6 => header.name = name(input),
        _ => header.extra = input.take(5).to_vec(),
    }
}

fn lie_around(entry: &mut Entry, input: &mut Bytes<'_>) {
    match input.byte() % 7 {
        0 => entry.gap = input.take(4).to_vec(),
        1 => entry.made_by = input.byte(),
        2 => entry.disk = input.short(),
        3 => entry.comment = input.take(4).to_vec(),
        4 => entry.offset = Some(input.word()),
        5 => entry.descriptor = input.take(16).to_vec(),
        _ => entry.data.extend_from_slice(input.take(4)),
    }
}

fn lie_about_the_whole(zip: &mut Zip, lies: u8, input: &mut Bytes<'_>) {
    match lies {
        0..=199 => {}
        200..=205 => zip.prefix = input.take(4).to_vec(),
        206..=211 => zip.before_directory = input.take(20).to_vec(),
        212..=217 => zip.after_directory = input.take(20).to_vec(),
        218..=223 => zip.trailing = input.take(4).to_vec(),
        224..=229 => zip.end.comment = input.take(30).to_vec(),
        230..=235 => zip.end.count = input.short(),
        236..=241 => zip.end.count_here = input.short(),
        242..=247 => zip.end.size = input.word(),
        248..=251 => zip.end.offset = input.word(),
        252..=253 => zip.end.disk = input.short(),
        _ => zip.end.directory_disk = input.short(),
    }
}
