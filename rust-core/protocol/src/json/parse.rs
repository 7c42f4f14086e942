//! From bytes to a JSON value, refusing everything that two readers might read differently.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::{Error, JsonFault, limits};

/// Reads one JSON document of at most `max_bytes` bytes.
///
/// # Errors
/// `metadata_invalid` for more bytes than that, for bytes that are not UTF-8 or begin with a byte-order
/// mark, for a key that occurs twice in one object at any depth, for numbers that are not integers
/// between -2^63 and 2^64 - 1, for nesting beyond [`limits::JSON_DEPTH`], and for anything after the
/// document but white space.
pub fn parse(bytes: &[u8], max_bytes: u64) -> Result<Value, Error> {
    StrictText::check(bytes, max_bytes)?
        .read()
        .map_err(|fault| refused(&fault))
}

/// The text of one JSON document that has a single meaning: holding it is the proof.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StrictText<'a>(&'a str);

impl<'a> StrictText<'a> {
    /// Walks through the document, building nothing: a launch reads checksum.json files of thousands of lines.
    ///
    /// # Errors
    /// As [`parse`].
    pub(crate) fn check(bytes: &'a [u8], max_bytes: u64) -> Result<StrictText<'a>, Error> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > max_bytes {
            return Err(JsonFault::TooLarge {
                bytes: length,
                max: max_bytes,
            }
            .into());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| JsonFault::NotUtf8)?;
        if text.starts_with('\u{feff}') {
            return Err(JsonFault::NotUtf8.into());
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let walk = Strict {
            depth_left: limits::JSON_DEPTH,
        };
        walk.deserialize(&mut deserializer)
            .and_then(|()| deserializer.end())
            .map_err(|fault| refused(&fault))?;
        Ok(StrictText(text))
    }

    /// The document as a `T`, whose fields know their own rules.
    pub(crate) fn read<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.0)
    }
}

fn refused(fault: &serde_json::Error) -> Error {
    JsonFault::Refused {
        detail: fault.to_string(),
    }
    .into()
}

/// Walks through a value while counting depth and watching for repeated keys and fractions.
#[derive(Clone, Copy)]
struct Strict {
    depth_left: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Strict, E> {
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Strict { depth_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Err(E::custom("a number is not an integer of 64 bits"))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut keys = BTreeSet::new();
        while let Some(Key(key)) = entries.next_key()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} occurs twice")));
            }
            keys.insert(key);
            entries.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// A key as it means, copied only where the text spells it with escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use serde_json::json;

    fn read(text: &str) -> Result<Value, Error> {
        parse(text.as_bytes(), 1 << 20)
    }

    #[test]
    fn plain_documents_are_read() {
        let text = r#" {"a":[1,-2,18446744073709551615,true,null,"\u00e9\ud83d\ude00"],"b":{"a":{}}} "#;
        assert_eq!(
            read(text).unwrap(),
            json!({"a":[1,-2,u64::MAX,true,null,"é😀"],"b":{"a":{}}})
        );
    }

    #[test]
    fn documents_with_two_meanings_are_refused() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"a":{"b":1,"b":2}}]}"#,
            "1.0",
            "[1e3]",
            "-0",
            "18446744073709551616",
            "-9223372036854775809",
            "NaN",
            "Infinity",
        ] {
            assert_eq!(read(text).unwrap_err().code(), Code::MetadataInvalid, "{text}");
        }
    }

    #[test]
    fn broken_documents_are_refused() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{} {}",
            "{}x",
            "'a'",
            "{a:1}",
            "\"\\ud800\"",
            "\"\u{1}\"",
            "01",
            "\u{feff}{}",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
        for bytes in [&b"\"\xff\""[..], b"\xff\xfe{\0}\0", b"{}\0"] {
            assert!(parse(bytes, 100).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn size_and_depth_are_capped() {
        assert!(parse(b"[1234]", 6).is_ok());
        assert_eq!(
            parse(b"[1234]", 5),
            Err(JsonFault::TooLarge { bytes: 6, max: 5 }.into())
        );
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nested(limits::JSON_DEPTH)).is_ok());
        assert!(read(&nested(limits::JSON_DEPTH + 1)).is_err());
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"{\"\":".repeat(100_000)).is_err());
    }
}
