//! The plugin's section, read key by key: absent and null are the same, and a wrong type names its key. Written by hand,
//! because serde's reader of as many keys is three times as long in the library.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::Error;

/// An object of the configuration.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// What stands before a key in a message: nothing, or `clientIdentity.`.
    place: &'a str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Errors: `config_invalid` for what is no object.
    pub(super) fn of(value: &'a Value) -> Result<Self, Error> {
        match value.as_object() {
            Some(object) => Ok(Self { place: "", object }),
            None => Err(Error::config("the configuration is not an object")),
        }
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Error> {
        self.read(key, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, Error> {
        self.read(key, "true or false", Value::as_bool)
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, Error> {
        self.read(key, "a whole number that is not negative", Value::as_u64)
    }

    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, Error> {
        self.read(key, "a list of texts", |value| {
            value.as_array()?.iter().map(owned).collect()
        })
    }

    /// Texts by name.
    pub(super) fn named_texts(&self, key: &str) -> Result<BTreeMap<String, String>, Error> {
        let named = self.read(key, "an object of texts", |value| {
            let mut named = BTreeMap::new();
            for (name, value) in value.as_object()? {
                named.insert(name.clone(), owned(value)?);
            }
            Some(named)
        });
        named.map(Option::unwrap_or_default)
    }

    /// The object at `key`, whose own keys are named `place` and the key in messages.
    pub(super) fn object(&self, key: &str, place: &'a str) -> Result<Option<Fields<'a>>, Error> {
        self.read(key, "an object", |value| {
            value.as_object().map(|object| Self { place, object })
        })
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let read = read(value).ok_or_else(|| wrong(&format!("{}{key}", self.place), expected));
        read.map(Some)
    }
}

/// The refusal of a key that is of another type.
pub(super) fn wrong(key: &str, expected: &str) -> Error {
    Error::config(format!("the configuration's {key} must be {expected}"))
}

fn owned(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use crate::Config;

    #[test]
    fn a_wrong_type_is_named_and_null_is_nothing() {
        let read =
            |field: &str| Config::parse(format!(r#"{{"appId":"com.example.app",{field}}}"#).as_bytes());
        for (good, bad, named) in [
            (
                r#""updateUrl":"https://a.example""#,
                r#""updateUrl":1"#,
                "updateUrl must be a text",
            ),
            (
                r#""allowUnsigned":true"#,
                r#""allowUnsigned":"yes""#,
                "allowUnsigned must be true or false",
            ),
            (
                r#""keyThreshold":2"#,
                r#""keyThreshold":-1"#,
                "keyThreshold must be a whole number",
            ),
            (
                r#""keyThreshold":null"#,
                r#""keyThreshold":4294967296"#,
                "keyThreshold must be",
            ),
            (
                r#""mirrors":["https://a.example"]"#,
                r#""mirrors":[1]"#,
                "mirrors must be a list of texts",
            ),
            (
                r#""requestHeaders":{"a":"b"}"#,
                r#""requestHeaders":{"a":1}"#,
                "requestHeaders must be an object",
            ),
            (
                r#""clientIdentity":{}"#,
                r#""clientIdentity":"a.pem""#,
                "clientIdentity must be an object",
            ),
            (
                r#""clientIdentity":{"certificate":"a","key":"b"}"#,
                r#""clientIdentity":{"certificate":"a","key":1}"#,
                "clientIdentity.key must be a text",
            ),
            (
                r#""publicKey":["a","b"]"#,
                r#""publicKey":{}"#,
                "publicKey must be a text or a list of texts",
            ),
            (
                r#""autoUpdate":"off""#,
                r#""autoUpdate":1"#,
                "autoUpdate must be true, false or a word",
            ),
        ] {
            assert!(read(good).is_ok(), "{good}");
            let error = read(bad).unwrap_err();
            assert_eq!(error.code().as_str(), "config_invalid", "{bad}");
            assert!(error.to_string().contains(named), "{error}");
        }
        assert!(Config::parse(b"[]").is_err());
    }
}
