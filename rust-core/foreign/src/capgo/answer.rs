//! What the peer's server says to an update check.
//!
//! Nothing in it is signed. What it names is fetched under the rules of the configuration, so the worst that a wrong
//! answer does is a refused download or none at all.

use airlock_protocol::json;
use serde_json::{Map, Value};

/// Largest answer read, in bytes. A real app of 3,253 files was seen to get 1.4 MB, nearly all of it a list of files.
pub const ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// Longest text taken over, in bytes: an address with its signature. Session key (369) and checksum (512) are shorter.
const TEXT_BYTES: usize = 8 * 1024;

/// Longest version name, in bytes; it becomes the version in checksum.json.
const VERSION_BYTES: usize = 128;

/// An answer whose every rule holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Run this.
    Update(Update),
    /// Run what the binary brought.
    Builtin,
    /// Nothing to fetch.
    Nothing(Nothing),
}

/// A bundle on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its name: equal to what runs or not, without an order.
    pub version: String,
    /// Where its archive lies.
    pub url: String,
    /// A hash, or with a key the signed one; empty if the server has none.
    pub checksum: String,
    /// Of an encrypted archive; empty if the server has none.
    pub session_key: String,
    /// What the publisher says about it.
    pub comment: Option<String>,
}

/// Why there is nothing to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nothing {
    /// What it means for the device.
    pub kind: Kind,
    /// The server's word, for example `no_new_version_available`; empty if it has none.
    pub word: String,
    /// For people; empty if the server has none.
    pub message: String,
    /// The bundle that is kept from this device, where the server names it.
    pub version: Option<String>,
}

/// What an answer without a bundle means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What runs is the newest.
    UpToDate,
    /// There is something newer, and this device is not to run it.
    Blocked,
    /// The server could not say.
    Failed,
}

/// Why an answer cannot be used: a sentence that goes behind "the server's answer".
pub type Fault = String;

impl Answer {
    /// Reads an answer of at most [`ANSWER_BYTES`]. Unknown fields are ignored; `error` or `kind` decides before
    /// anything else, as for the peer. Null is absent.
    ///
    /// # Errors
    /// A sentence, for what is not one strict JSON object, for a known field of a wrong type or beyond its cap, and
    /// for a bundle without version or address.
    pub fn parse(bytes: &[u8]) -> Result<Answer, Fault> {
        let value = json::parse(bytes, ANSWER_BYTES).map_err(|error| format!("it is not json: {error}"))?;
        let Value::Object(fields) = value else {
            return Err("it is not a json object".to_owned());
        };
        let word = text(&fields, "error", TEXT_BYTES)?;
        let kind = text(&fields, "kind", TEXT_BYTES)?;
        let message = text(&fields, "message", TEXT_BYTES)?.unwrap_or_default();
        let version = text(&fields, "version", VERSION_BYTES)?.filter(|version| !version.is_empty());
        let url = text(&fields, "url", TEXT_BYTES)?.filter(|url| !url.is_empty());
        if word.is_some() || kind.is_some() {
            let word = word.unwrap_or_default();
            return Ok(Answer::Nothing(Nothing {
                kind: Kind::of(kind.as_deref(), &word),
                word,
                message,
                version,
            }));
        }
        match (version, url) {
            (Some(version), _) if version == "builtin" => Ok(Answer::Builtin),
            (Some(version), Some(url)) => {
                if version.chars().any(char::is_control) {
                    return Err("its `version` must be one line".to_owned());
                }
                Ok(Answer::Update(Update {
                    version,
                    url,
                    checksum: text(&fields, "checksum", TEXT_BYTES)?.unwrap_or_default(),
                    session_key: text(&fields, "session_key", TEXT_BYTES)?.unwrap_or_default(),
                    comment: text(&fields, "comment", TEXT_BYTES)?,
                }))
            }
            // What the peer's oldest servers say: a sentence and nothing to fetch.
            (version, None) if !message.is_empty() => Ok(Answer::Nothing(Nothing {
                kind: Kind::UpToDate,
                word: String::new(),
                message,
                version,
            })),
            (Some(_), None) => Err("it has a `version` and no `url`".to_owned()),
            (None, _) => Err("it has neither a `version` nor an `error`".to_owned()),
        }
    }
}

impl Kind {
    /// The peer takes an answer without `kind` for a failure; servers older than `kind` mean two words well.
    fn of(kind: Option<&str>, word: &str) -> Kind {
        match (kind, word) {
            (Some("up_to_date"), _) | (None, "no_new_version_available" | "already_on_builtin") => {
                Kind::UpToDate
            }
            (Some("blocked"), _) => Kind::Blocked,
            _ => Kind::Failed,
        }
    }
}

/// Seconds from now, or the time in Unix milliseconds, that the body of a 429 names where its head names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Seconds from now.
    Seconds(u64),
    /// Unix milliseconds.
    Until(u64),
}

impl Pause {
    /// Reads the body of a 429: `moreInfo.retryAfterSeconds`, else `retryAfterSeconds`, else `rateLimitResetAt`.
    /// What cannot be read says nothing.
    pub fn read(bytes: &[u8]) -> Option<Pause> {
        let value = json::parse(bytes, ANSWER_BYTES).ok()?;
        let seconds = |value: Option<&Value>| value.and_then(Value::as_u64).map(Pause::Seconds);
        let inner = value
            .get("moreInfo")
            .and_then(|more| more.get("retryAfterSeconds"));
        seconds(inner)
            .or_else(|| seconds(value.get("retryAfterSeconds")))
            .or_else(|| {
                value
                    .get("rateLimitResetAt")
                    .and_then(Value::as_u64)
                    .map(Pause::Until)
            })
    }
}

pub(super) fn text(fields: &Map<String, Value>, key: &str, max: usize) -> Result<Option<String>, Fault> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= max => Ok(Some(text.clone())),
        Some(Value::String(_)) => Err(format!("its `{key}` is longer than {max} bytes")),
        Some(_) => Err(format!("its `{key}` is not a text")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Result<Answer, Fault> {
        Answer::parse(value.to_string().as_bytes())
    }

    fn nothing(value: &Value) -> Kind {
        match parse(value) {
            Ok(Answer::Nothing(nothing)) => nothing.kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bundle_is_read_and_what_is_absent_is_empty() {
        let answer = json!({"version": "1.2.3", "url": "https://a.example/b.zip"});
        let Ok(Answer::Update(update)) = parse(&answer) else {
            panic!()
        };
        assert_eq!(
            (update.version.as_str(), update.url.as_str()),
            ("1.2.3", "https://a.example/b.zip")
        );
        assert_eq!((update.checksum.as_str(), update.session_key.as_str()), ("", ""));
        let full = json!({"version": "1.2.3", "url": "u", "checksum": "c", "session_key": "s", "comment": null,
            "manifest": [], "breaking": true});
        let Ok(Answer::Update(update)) = parse(&full) else {
            panic!()
        };
        assert_eq!(
            (update.checksum.as_str(), update.session_key.as_str()),
            ("c", "s")
        );
    }

    #[test]
    fn error_and_kind_decide_first() {
        let with = |more: Value| {
            let mut answer = json!({"version": "2", "url": "u"});
            answer
                .as_object_mut()
                .unwrap()
                .append(&mut more.as_object().unwrap().clone());
            answer
        };
        for (more, kind) in [
            (json!({"error": "no_new_version_available"}), Kind::UpToDate),
            (json!({"error": "no_channel"}), Kind::Failed),
            (json!({"error": "no_channel", "kind": "unknown"}), Kind::Failed),
            (
                json!({"error": "no_new_version_available", "kind": "failed"}),
                Kind::Failed,
            ),
            (json!({"kind": "up_to_date"}), Kind::UpToDate),
            (
                json!({"error": "disable_auto_update_to_major", "kind": "blocked"}),
                Kind::Blocked,
            ),
        ] {
            assert_eq!(nothing(&with(more.clone())), kind, "{more}");
        }
        assert!(matches!(
            parse(&with(json!({"error": null}))),
            Ok(Answer::Update(_))
        ));
        assert_eq!(parse(&json!({"version": "builtin"})), Ok(Answer::Builtin));
        assert_eq!(
            nothing(&json!({"message": "version not found", "version": "", "url": ""})),
            Kind::UpToDate
        );
    }

    #[test]
    fn what_is_no_answer_says_why() {
        for (value, why) in [
            (json!([]), "object"),
            (json!({}), "neither"),
            (json!({"version": "1"}), "no `url`"),
            (json!({"version": 1, "url": "u"}), "`version` is not a text"),
            (json!({"version": "1", "url": {}}), "`url` is not a text"),
            (
                json!({"version": "1", "url": "u", "checksum": 7}),
                "`checksum` is not a text",
            ),
            (
                json!({"version": "1", "url": "u", "session_key": false}),
                "`session_key` is not a text",
            ),
            (json!({"version": "1\n2", "url": "u"}), "one line"),
            (json!({"version": "x".repeat(129), "url": "u"}), "longer than 128"),
            (json!({"error": true}), "`error` is not a text"),
        ] {
            let fault = parse(&value).unwrap_err();
            assert!(fault.contains(why), "{value}: {fault}");
        }
        assert!(Answer::parse(b"<html>").unwrap_err().contains("not json"));
        assert!(Answer::parse(br#"{"version":"1","version":"2","url":"u"}"#).is_err());
    }

    #[test]
    fn a_pause_is_found_in_its_three_places_in_order() {
        let read = |value: Value| Pause::read(value.to_string().as_bytes());
        let all =
            json!({"moreInfo": {"retryAfterSeconds": 7}, "retryAfterSeconds": 8, "rateLimitResetAt": 9});
        assert_eq!(read(all), Some(Pause::Seconds(7)));
        assert_eq!(
            read(json!({"retryAfterSeconds": 8, "rateLimitResetAt": 9})),
            Some(Pause::Seconds(8))
        );
        assert_eq!(read(json!({"rateLimitResetAt": 9})), Some(Pause::Until(9)));
        assert_eq!(read(json!({"retryAfterSeconds": "8"})), None);
        assert_eq!(Pause::read(b"<html>"), None);
    }
}
