//! `manifestVersion`: the downgrade counter. What Vicius lets pass (no counter any more, a store that cannot be
//! read) is refused here.

use airlock_protocol::json;
use serde_json::{Value, json};

use super::limits;
use crate::error::{RemoteConfigFault, Result};

/// The highest `manifestVersion` that was ever accepted, as it is stored: `{"manifestVersion":7}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    seen: Option<u64>,
}

impl Counter {
    /// Before any configuration was accepted, or none had a number.
    pub const NEVER: Counter = Counter { seen: None };

    /// Reads a stored record.
    ///
    /// # Errors
    /// A sentence for anything but a record that [`Counter::to_record`] wrote: what cannot be read must never
    /// pass for "nothing seen yet".
    pub fn from_record(bytes: &[u8]) -> Result<Counter, &'static str> {
        let value =
            json::parse(bytes, limits::COUNTER_BYTES).map_err(|_| "it is not the record of a counter")?;
        let object = value.as_object().filter(|object| object.len() == 1);
        let seen = object.and_then(|object| object.get("manifestVersion"));
        match seen.and_then(Value::as_u64) {
            Some(seen) => Ok(Counter { seen: Some(seen) }),
            None => Err("it is not the record of a counter"),
        }
    }

    /// What to store; nothing while no number was seen.
    pub fn to_record(self) -> Option<Vec<u8>> {
        let record = json!({ "manifestVersion": self.seen? });
        Some(format!("{record}\n").into_bytes())
    }

    /// The counter after a configuration with this `manifestVersion`. To be stored before anything of the
    /// configuration is acted on.
    ///
    /// # Errors
    /// `downgrade_refused` for a lower number, and for none after one was seen.
    pub fn advance(self, offered: Option<u64>) -> Result<Counter> {
        match (self.seen, offered) {
            (Some(seen), Some(offered)) if offered < seen => {
                Err(RemoteConfigFault::Downgrade { seen, offered }.into())
            }
            (Some(seen), None) => Err(RemoteConfigFault::CounterGone { seen }.into()),
            (_, offered) => Ok(Counter { seen: offered }),
        }
    }
}

#[cfg(test)]
mod tests {
    use airlock_protocol::Code;

    use super::*;

    #[test]
    fn it_goes_up_stays_and_never_goes_down_or_away() {
        let seven = Counter { seen: Some(7) };
        assert_eq!(Counter::NEVER.advance(None), Ok(Counter::NEVER));
        assert_eq!(Counter::NEVER.advance(Some(0)), Ok(Counter { seen: Some(0) }));
        assert_eq!(Counter::NEVER.advance(Some(7)), Ok(seven));
        assert_eq!(seven.advance(Some(7)), Ok(seven));
        assert_eq!(
            seven.advance(Some(u64::MAX)),
            Ok(Counter { seen: Some(u64::MAX) })
        );
        for offered in [Some(6), Some(0), None] {
            let refused = seven.advance(offered).unwrap_err();
            assert_eq!(refused.code(), Code::DowngradeRefused, "{offered:?}");
        }
        // Zero was seen too: "no number" is no longer an answer.
        assert!(Counter { seen: Some(0) }.advance(None).is_err());
    }

    #[test]
    fn a_record_is_read_back_and_nothing_else_passes_for_one() {
        assert_eq!(Counter::NEVER.to_record(), None);
        for seen in [0, 7, u64::MAX] {
            let counter = Counter { seen: Some(seen) };
            assert_eq!(Counter::from_record(&counter.to_record().unwrap()), Ok(counter));
        }
        for text in [
            "",
            "\0\0\0\0",
            "7",
            "{}",
            "null",
            r#"{"manifestVersion":null}"#,
            r#"{"manifestVersion":-1}"#,
            r#"{"manifestVersion":"7"}"#,
            r#"{"manifestVersion":7.0}"#,
            r#"{"manifestVersion":7,"manifestVersion":1}"#,
            r#"{"manifestVersion":7,"releases":[]}"#,
            r#"{"manifestVersion":7"#,
        ] {
            assert!(Counter::from_record(text.as_bytes()).is_err(), "{text}");
        }
    }
}
