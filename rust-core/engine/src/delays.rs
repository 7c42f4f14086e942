//! Delay conditions as the app writes them, and the calls that set and read them.

use std::str::FromStr;

use airlock_protocol::Code;
use serde::{Deserialize, Deserializer, Serialize};

use crate::engine::Engine;
use crate::error::Error;
use crate::machine::{Delay, Event};
use crate::session::Session;

/// One delay condition, in the words of the peer's `setMultiDelay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayCondition {
    /// `background`, `kill`, `date` or `nativeVersion`.
    pub kind: String,
    /// Milliseconds for `background` (default 0), RFC 3339 for `date`, a version for
    /// `nativeVersion`; nothing for `kill`.
    #[serde(
        default,
        deserialize_with = "text_or_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub value: Option<String>,
}

impl Engine {
    /// From now on a bundle that waits is applied by itself (cold start, background, as soon as it is
    /// staged) only when each of these conditions has been met once. They replace the ones before;
    /// an empty list lets go. `set` and `reload` are the app's own decision and wait for none.
    /// Errors: `usage` for a condition that makes no sense, and then none is set; and as for
    /// [`Engine::ready`].
    pub fn delay_until(&self, conditions: &[DelayCondition]) -> Result<(), Error> {
        let delays = conditions.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        Session::open(self)?.apply(Event::DelayUntil(delays))
    }

    /// The conditions that are not met yet. Reads without a lock. Errors: `storage_failure`.
    pub fn delay_conditions(&self) -> Result<Vec<DelayCondition>, Error> {
        Ok(self.peek()?.delays.iter().map(written).collect())
    }
}

fn parse(condition: &DelayCondition) -> Result<Delay, Error> {
    let value = condition.value.as_deref().map(str::trim).unwrap_or_default();
    match condition.kind.as_str() {
        "background" if value.is_empty() => Ok(Delay::Background(0)),
        "background" => {
            parsed(value, "background", "milliseconds, such as \"300000\"").map(Delay::Background)
        }
        "kill" => Ok(Delay::Kill),
        "date" => parsed(value, "date", "a date, such as \"2030-01-31T00:00:00Z\"").map(Delay::Date),
        "nativeVersion" => {
            parsed(value, "nativeVersion", "a version, such as \"2.1.0\"").map(Delay::NativeVersion)
        }
        other => Err(usage(format!(
            "delay condition `{other}` is unknown; use background, kill, date or nativeVersion"
        ))),
    }
}

fn parsed<T: FromStr>(value: &str, kind: &str, expected: &str) -> Result<T, Error> {
    value.parse().map_err(|_| {
        usage(format!(
            "delay condition {kind}: `{value}` cannot be used; write {expected}"
        ))
    })
}

fn usage(text: String) -> Error {
    Error::Usage {
        code: Code::Usage,
        text,
    }
}

fn written(delay: &Delay) -> DelayCondition {
    let (kind, value) = match delay {
        Delay::Background(ms) => ("background", Some(ms.to_string())),
        Delay::Kill => ("kill", None),
        Delay::Date(at) => ("date", Some(at.to_rfc3339())),
        Delay::NativeVersion(least) => ("nativeVersion", Some(least.to_string())),
    };
    DelayCondition {
        kind: kind.to_owned(),
        value,
    }
}

/// The peer's value is a text; apps that pass the milliseconds as a number mean the same.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
    }
    let written = Option::<Written>::deserialize(deserializer)?;
    Ok(written.map(|written| match written {
        Written::Text(text) => text,
        Written::Number(number) => number.to_string(),
    }))
}
