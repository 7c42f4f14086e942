//! What the peer's server says about channels (`channel_self`). Nothing in it is signed.

use airlock_protocol::json;
use serde_json::{Map, Value};

use super::answer::{ANSWER_BYTES, Fault, text};

/// Longest name and word taken over, in bytes.
const WORD_BYTES: usize = 256;

/// Longest sentence taken over, in bytes.
const MESSAGE_BYTES: usize = 8 * 1024;

/// Most channels in a list.
const CHANNELS_MAX: usize = 1_000;

/// An answer to `POST` or `PUT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelAnswer {
    /// It says something.
    Told(Told),
    /// It says no.
    Refused(Refused),
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `ok` to a choice; `override` or `default` to a question.
    pub status: Option<String>,
    /// The channel that the server gives the device.
    pub channel: Option<String>,
    /// Whether the device may choose.
    pub allow_set: Option<bool>,
    /// Whether the device is to forget its choice.
    pub unset: bool,
}

/// Why it says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The server's word, for example `channel_not_found`.
    pub word: String,
    /// For people; empty if the server has none.
    pub message: String,
}

/// A channel in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The server's number for it.
    pub id: u64,
    /// Its name, one line.
    pub name: String,
    /// Whether devices follow it without having chosen it.
    pub is_public: bool,
    /// Whether a device may choose it.
    pub allow_self_set: bool,
}

impl ChannelAnswer {
    /// Reads an answer of at most [`ANSWER_BYTES`]; `error` decides before anything else. Unknown fields are ignored, null is
    /// absent.
    ///
    /// # Errors
    /// A sentence, for what is not one strict JSON object, and for a known field of a wrong type or beyond its cap.
    pub fn parse(bytes: &[u8]) -> Result<ChannelAnswer, Fault> {
        let Value::Object(fields) = read(bytes)? else {
            return Err("it is not a json object".to_owned());
        };
        if let Some(word) = text(&fields, "error", WORD_BYTES)? {
            let message = text(&fields, "message", MESSAGE_BYTES)?.unwrap_or_default();
            return Ok(ChannelAnswer::Refused(Refused { word, message }));
        }
        Ok(ChannelAnswer::Told(Told {
            status: text(&fields, "status", WORD_BYTES)?,
            channel: text(&fields, "channel", WORD_BYTES)?.map(line).transpose()?,
            allow_set: flag(&fields, "allowSet")?,
            unset: flag(&fields, "unset")?.unwrap_or(false),
        }))
    }
}

impl Listed {
    /// Reads a list of at most [`ANSWER_BYTES`] and 1,000 channels.
    ///
    /// # Errors
    /// A sentence, for what is not a strict JSON list of objects with a numeric `id` and a `name`.
    pub fn parse(bytes: &[u8]) -> Result<Vec<Listed>, Fault> {
        let Value::Array(entries) = read(bytes)? else {
            return Err("it is not a json list".to_owned());
        };
        if entries.len() > CHANNELS_MAX {
            return Err(format!("it lists more than {CHANNELS_MAX} channels"));
        }
        entries.iter().map(Listed::read).collect()
    }

    fn read(entry: &Value) -> Result<Listed, Fault> {
        let fields = entry.as_object().ok_or("a channel in its list is no object")?;
        let id = fields.get("id").and_then(Value::as_u64);
        let name = text(fields, "name", WORD_BYTES)?.filter(|name| !name.is_empty());
        Ok(Listed {
            id: id.ok_or("a channel in its list has no numeric `id`")?,
            name: line(name.ok_or("a channel in its list has no `name`")?)?,
            is_public: flag(fields, "public")?.unwrap_or(false),
            allow_self_set: flag(fields, "allow_self_set")?.unwrap_or(false),
        })
    }
}

fn read(bytes: &[u8]) -> Result<Value, Fault> {
    json::parse(bytes, ANSWER_BYTES).map_err(|error| format!("it is not json: {error}"))
}

fn line(name: String) -> Result<String, Fault> {
    match name.chars().any(char::is_control) {
        true => Err("the name of a channel must be one line".to_owned()),
        false => Ok(name),
    }
}

fn flag(fields: &Map<String, Value>, key: &str) -> Result<Option<bool>, Fault> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(format!("its `{key}` is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(value: &Value) -> Result<ChannelAnswer, Fault> {
        ChannelAnswer::parse(value.to_string().as_bytes())
    }

    fn list(value: &Value) -> Result<Vec<Listed>, Fault> {
        Listed::parse(value.to_string().as_bytes())
    }

    #[test]
    fn what_is_told_is_read_and_an_error_decides_first() {
        let told = |status: &str, channel: Option<&str>, allow_set, unset| {
            Ok(ChannelAnswer::Told(Told {
                status: Some(status.to_owned()),
                channel: channel.map(str::to_owned),
                allow_set,
                unset,
            }))
        };
        assert_eq!(
            answer(&json!({"status": "ok", "allowSet": true, "more": 1})),
            told("ok", None, Some(true), false)
        );
        assert_eq!(
            answer(&json!({"status": "ok", "unset": true})),
            told("ok", None, None, true)
        );
        assert_eq!(
            answer(&json!({"status": "override", "channel": "beta", "unset": null})),
            told("override", Some("beta"), None, false)
        );
        let refused = Refused {
            word: "channel_not_found".to_owned(),
            message: "no".to_owned(),
        };
        assert_eq!(
            answer(&json!({"status": "ok", "error": "channel_not_found", "message": "no"})),
            Ok(ChannelAnswer::Refused(refused))
        );
    }

    #[test]
    fn what_is_no_answer_says_why() {
        for (value, why) in [
            (json!([]), "object"),
            (json!({"status": 1}), "`status`"),
            (json!({"unset": "yes"}), "`unset`"),
            (json!({"allowSet": 1}), "`allowSet`"),
            (json!({"channel": "a\nb"}), "one line"),
            (json!({"channel": "x".repeat(257)}), "longer than 256"),
            (json!({"error": true}), "`error`"),
        ] {
            let fault = answer(&value).unwrap_err();
            assert!(fault.contains(why), "{value}: {fault}");
        }
        assert!(ChannelAnswer::parse(b"<html>").unwrap_err().contains("not json"));
    }

    #[test]
    fn a_list_is_read_whole_or_not_at_all() {
        let good = json!({"id": 7, "name": "beta", "public": true, "allow_self_set": true});
        let read = list(&json!([good, {"id": 8, "name": "dev"}])).unwrap();
        let names: Vec<_> = read
            .iter()
            .map(|listed| (listed.id, listed.name.as_str()))
            .collect();
        assert_eq!(names, [(7, "beta"), (8, "dev")]);
        assert!(read[0].is_public && read[0].allow_self_set && !read[1].is_public && !read[1].allow_self_set);
        assert_eq!(list(&json!([])), Ok(Vec::new()));
        for (bad, why) in [
            (json!({}), "list"),
            (json!([1]), "no object"),
            (json!([good, {"id": "7", "name": "beta"}]), "numeric"),
            (json!([{"id": -1, "name": "beta"}]), "numeric"),
            (json!([{"id": 7}]), "no `name`"),
            (json!([{"id": 7, "name": ""}]), "no `name`"),
            (json!([{"id": 7, "name": "a\tb"}]), "one line"),
            (json!([{"id": 7, "name": "a", "public": 1}]), "`public`"),
            (json!(vec![good.clone(); 1_001]), "more than"),
        ] {
            let fault = list(&bad).unwrap_err();
            assert!(fault.contains(why), "{fault}");
        }
    }
}
