//! OLPC canonical JSON, the form over which TUF signatures are made.

use serde_json::{Map, Value};

/// The canonical bytes of `value`: no white space, keys in order of their UTF-8 bytes, and in strings
/// nothing escaped but `"` and `\` (<http://wiki.laptop.org/go/Canonical_JSON>, as python-tuf writes it).
///
/// Sorts by itself, so it does not matter how the map type orders its keys. A fraction, which
/// [`super::parse`] never lets through, is written as `serde_json` writes it.
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_value(value, &mut bytes);
    bytes
}

fn write_value(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Null => to.extend_from_slice(b"null"),
        Value::Bool(true) => to.extend_from_slice(b"true"),
        Value::Bool(false) => to.extend_from_slice(b"false"),
        Value::Number(number) => to.extend_from_slice(number.to_string().as_bytes()),
        Value::String(text) => write_string(text, to),
        Value::Array(items) => write_array(items, to),
        Value::Object(entries) => write_object(entries, to),
    }
}

fn write_string(text: &str, to: &mut Vec<u8>) {
    to.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' || byte == b'\\' {
            to.push(b'\\');
        }
        to.push(byte);
    }
    to.push(b'"');
}

fn write_array(items: &[Value], to: &mut Vec<u8>) {
    to.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            to.push(b',');
        }
        write_value(item, to);
    }
    to.push(b']');
}

fn write_object(entries: &Map<String, Value>, to: &mut Vec<u8>) {
    let mut sorted: Vec<(&String, &Value)> = entries.iter().collect();
    sorted.sort_unstable_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));
    to.push(b'{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            to.push(b',');
        }
        write_string(key, to);
        to.push(b':');
        write_value(value, to);
    }
    to.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_white_space_is_gone() {
        let value = json!({"b": [1, -2, true, false, null], "a": {"z": "", "é": {}, "Z": []}});
        assert_eq!(
            String::from_utf8(canonical(&value)).unwrap(),
            r#"{"a":{"Z":[],"z":"","é":{}},"b":[1,-2,true,false,null]}"#
        );
    }

    #[test]
    fn only_quotes_and_backslashes_are_escaped() {
        let value = json!("a\"b\\c\nd\u{7f}/é😀\0");
        assert_eq!(canonical(&value), "\"a\\\"b\\\\c\nd\u{7f}/é😀\0\"".as_bytes());
    }

    #[test]
    fn keys_sort_by_code_point_not_by_utf16() {
        let value = json!({"\u{ffff}": 1, "\u{10000}": 2});
        assert_eq!(canonical(&value), "{\"\u{ffff}\":1,\"\u{10000}\":2}".as_bytes());
    }
}
