//! One object of the document, read field by field: absent and null are the same, a wrong type is a refusal that
//! names its place.

use serde_json::{Map, Value};

use crate::error::{Error, RemoteConfigFault, Result};

/// An object and where it stands, for example `releases[2]`.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    place: String,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The whole document.
    pub(super) fn root(value: &'a Value) -> Result<Fields<'a>> {
        let object = value
            .as_object()
            .ok_or_else(|| RemoteConfigFault::unusable("it is not a JSON object"))?;
        Ok(Fields {
            place: String::new(),
            object,
        })
    }

    /// The refusal of the field `key`.
    pub(super) fn fault(&self, key: &str, rule: impl std::fmt::Display) -> Error {
        RemoteConfigFault::unusable(format_args!("{} {rule}", self.place_of(key))).into()
    }

    /// The value of a field that is there and not null.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// A text of at most `max` bytes.
    pub(super) fn text(&self, key: &str, max: usize) -> Result<Option<&'a str>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let text = value.as_str().ok_or_else(|| self.fault(key, "must be a text"))?;
        if text.len() > max {
            return Err(self.fault(key, format_args!("is longer than {max} bytes")));
        }
        Ok(Some(text))
    }

    /// A text of at most `max` bytes without control characters, fit to be shown on one line.
    pub(super) fn line(&self, key: &str, max: usize) -> Result<Option<&'a str>> {
        let text = self.text(key, max)?;
        match text {
            Some(text) if text.chars().any(char::is_control) => {
                Err(self.fault(key, "holds control characters"))
            }
            other => Ok(other),
        }
    }

    /// True or false.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>> {
        self.value(key)
            .map(|value| {
                value
                    .as_bool()
                    .ok_or_else(|| self.fault(key, "must be true or false"))
            })
            .transpose()
    }

    /// An integer from 0 to 2^64 - 1.
    pub(super) fn number(&self, key: &str) -> Result<Option<u64>> {
        self.value(key)
            .map(|value| {
                value
                    .as_u64()
                    .ok_or_else(|| self.fault(key, "must be an integer that is not negative"))
            })
            .transpose()
    }

    /// An object inside this one.
    pub(super) fn object(&self, key: &str) -> Result<Option<Fields<'a>>> {
        self.value(key)
            .map(|value| Fields::inside(self.place_of(key), value))
            .transpose()
    }

    /// A list of at most `max` objects.
    pub(super) fn objects(&self, key: &str, max: usize) -> Result<Vec<Fields<'a>>> {
        let Some(value) = self.value(key) else {
            return Ok(Vec::new());
        };
        let items = value
            .as_array()
            .ok_or_else(|| self.fault(key, "must be a list"))?;
        if items.len() > max {
            return Err(self.fault(
                key,
                format_args!("has {} entries, {max} are the most", items.len()),
            ));
        }
        let place = self.place_of(key);
        items
            .iter()
            .enumerate()
            .map(|(index, item)| Fields::inside(format!("{place}[{index}]"), item))
            .collect()
    }

    fn inside(place: String, value: &'a Value) -> Result<Fields<'a>> {
        match value.as_object() {
            Some(object) => Ok(Fields { place, object }),
            None => Err(RemoteConfigFault::unusable(format_args!("{place} must be an object")).into()),
        }
    }

    fn place_of(&self, key: &str) -> String {
        match self.place.is_empty() {
            true => key.to_owned(),
            false => format!("{}.{key}", self.place),
        }
    }
}
