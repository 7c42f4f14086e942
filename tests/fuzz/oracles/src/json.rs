//! Strict JSON: what is accepted has one meaning, and what is refused deserves it.

use airlock_protocol::{json, limits};
use serde_json::Value;

use crate::Verdict;

const MAX_BYTES: u64 = 64 * 1024;

pub(crate) fn strict_json(data: &[u8]) -> Verdict {
    let plain = serde_json::from_slice::<Value>(data);
    let strict = json::parse(data, MAX_BYTES);
    match &strict {
        Ok(value) => {
            assert_eq!(
                plain.as_ref().ok(),
                Some(value),
                "serde_json reads another document"
            );
            assert_eq!(
                members(value),
                colons(data),
                "a key occurs twice and was swallowed"
            );
            assert!(depth(value) <= limits::JSON_DEPTH && !has_fraction(value));
            canonical_form_is_stable(value);
        }
        Err(_) => {
            let deserved = match &plain {
                Ok(value) => {
                    members(value) != colons(data)
                        || depth(value) > limits::JSON_DEPTH
                        || has_fraction(value)
                        || data.len() as u64 > MAX_BYTES
                }
                Err(_) => true,
            };
            assert!(deserved, "a document with one meaning was refused: {strict:?}");
        }
    }
    Verdict::of(&strict)
}

/// Canonical JSON leaves control characters as they are, so it is JSON itself only without them.
fn canonical_form_is_stable(value: &Value) {
    let canonical = json::canonical(value);
    if canonical.iter().all(|byte| *byte >= 0x20) {
        let again: Value = serde_json::from_slice(&canonical).unwrap();
        assert_eq!(&again, value);
        assert_eq!(json::canonical(&again), canonical);
    }
}

/// Keys in all objects together.
fn members(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(members).sum(),
        Value::Object(entries) => entries.len() + entries.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

/// Colons outside of strings: one for each key that was written, repeated or not.
fn colons(text: &[u8]) -> usize {
    let (mut count, mut inside, mut escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b':' if !inside => count += 1,
            _ => {}
        }
    }
    count
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(entries) => entries.values().any(has_fraction),
        Value::Number(number) => number.is_f64(),
        _ => false,
    }
}
