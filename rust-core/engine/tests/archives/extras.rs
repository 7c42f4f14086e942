//! Extra fields: a second place for names, sizes and whole records.

use airlock_protocol::Code::ArchiveUnsafe;

use crate::support::{Entry, Zip, accept, crc32, extra_field, refuse};

const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;
const TIMESTAMP: u16 = 0x5455;
const UNKNOWN: u16 = 0x4c41;

fn script() -> Entry {
    Entry::stored("app.js", b"script")
}

fn with_extra(extra: Vec<u8>) -> [Zip; 2] {
    [
        Zip::with(script().locally(|header| header.extra = extra.clone())),
        Zip::with(script().centrally(|header| header.extra = extra)),
    ]
}

fn unicode_path(name: &str) -> Vec<u8> {
    let fixed = [&[1], crc32(b"app.js").to_le_bytes().as_slice()].concat();
    extra_field(UNICODE_PATH, &[&fixed, name.as_bytes()].concat())
}

#[test]
fn fields_that_say_nothing_about_the_file_are_accepted() {
    let timestamp = extra_field(TIMESTAMP, &[1, 0, 0, 0, 0]);
    let both = [
        timestamp,
        extra_field(UNKNOWN, b"anything"),
        extra_field(UNKNOWN, b""),
    ]
    .concat();
    for zip in with_extra(both) {
        assert_eq!(accept(&zip)["app.js"], b"script");
    }
}

#[test]
fn zip64_fields_are_refused_whole_short_or_empty() {
    for data in [&[0; 16][..], &[0; 8], &[0; 7], &[0xff; 28], &[]] {
        for zip in with_extra(extra_field(ZIP64, data)) {
            refuse(&zip, ArchiveUnsafe, "a second size");
        }
    }
}

#[test]
fn zip64_sentinels_without_a_field_are_refused() {
    let entry = script().everywhere(|header| (header.compressed, header.size) = (u32::MAX, u32::MAX));
    refuse(&Zip::with(entry), ArchiveUnsafe, "runs into the directory");
    let mut entry = script();
    entry.offset = Some(u32::MAX);
    refuse(&Zip::with(entry), ArchiveUnsafe, "a gap");
}

#[test]
fn a_unicode_path_that_names_another_file_is_refused() {
    for name in ["index.html", "../app.js", "app.jsx", "APP.JS", ""] {
        for zip in with_extra(unicode_path(name)) {
            refuse(&zip, ArchiveUnsafe, "a second name");
        }
    }
    for zip in with_extra(extra_field(UNICODE_PATH, &[1, 0])) {
        refuse(&zip, ArchiveUnsafe, "a second name");
    }
}

#[test]
fn a_unicode_path_that_repeats_the_name_is_accepted() {
    // JSZip writes it for every name that is not ascii.
    for zip in with_extra(unicode_path("app.js")) {
        assert_eq!(accept(&zip)["app.js"], b"script");
    }
}

#[test]
fn a_refused_field_behind_others_is_found() {
    let extra = [extra_field(UNKNOWN, b"first"), extra_field(ZIP64, &[0; 8])].concat();
    for zip in with_extra(extra) {
        refuse(&zip, ArchiveUnsafe, "a second size");
    }
}

#[test]
fn fields_that_overrun_or_leave_a_rest_are_refused() {
    let mut overrun = extra_field(UNKNOWN, b"data");
    overrun[2] = 5;
    for extra in [overrun, vec![0; 3], vec![0]] {
        for zip in with_extra(extra) {
            refuse(&zip, ArchiveUnsafe, "truncated");
        }
    }
}

#[test]
fn long_fields_are_refused() {
    let longest = extra_field(UNKNOWN, &[0; 4 * 1024 - 4]);
    for zip in with_extra(longest) {
        assert_eq!(accept(&zip)["app.js"], b"script");
    }
    for zip in with_extra(extra_field(UNKNOWN, &[0; 4 * 1024 - 3])) {
        refuse(&zip, ArchiveUnsafe, "long extra field");
    }
}

#[test]
fn a_zip64_locator_inside_an_extra_field_leads_nowhere() {
    // Readers that look for a locator in the 20 bytes before the end record find this one, and follow it
    // to a second directory inside the data of a file.
    let evil = Entry::stored("index.html", b"<script>evil()</script>");
    let mut inner = Vec::new();
    let start = (30 + "data.bin".len()) as u32;
    evil.write_local(&mut inner);
    let directory = start + inner.len() as u32;
    let before = inner.len();
    evil.write_central(&mut inner, start);
    let end64 = start + inner.len() as u32;
    let size = (inner.len() - before) as u64;
    inner.extend(b"PK\x06\x06");
    inner.extend(44_u64.to_le_bytes());
    inner.extend([45, 0, 45, 0]);
    inner.extend([0; 8]);
    inner.extend(
        [1_u64, 1, size, u64::from(directory)]
            .map(u64::to_le_bytes)
            .as_flattened(),
    );
    let locator = [
        b"PK\x06\x07".as_slice(),
        &[0; 4],
        &u64::from(end64).to_le_bytes(),
        &1_u32.to_le_bytes(),
    ]
    .concat();
    let carrier = Entry::stored("index.html", b"honest")
        .centrally(|header| header.extra = extra_field(UNKNOWN, &locator));
    let tree = accept(&Zip::of([Entry::stored("data.bin", &inner), carrier]));
    assert_eq!(tree["index.html"], b"honest");
    assert_eq!(tree["data.bin"], inner);
}
