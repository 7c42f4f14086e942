//! Types that are written as text: one way to read and write them in JSON, through their own parser.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// Implements `Serialize` through `Display` and `Deserialize` through `FromStr`, so that no value of the
/// type can be made in JSON that its parser would refuse.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::text::Parsed(std::marker::PhantomData))
            }
        }
    };
}

pub(crate) use serde_as_text;

/// Takes the text where it stands, without a copy.
pub(crate) struct Parsed<T>(pub(crate) PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> serde::de::Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// Whether `text` is fit to be shown on one line: not empty, at most `max` bytes, no control characters.
pub(crate) fn is_one_line(text: &str, max: usize) -> bool {
    !text.is_empty() && text.len() <= max && !text.chars().any(char::is_control)
}
