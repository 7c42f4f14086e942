//! The number by which machines order releases.

use std::{fmt, str::FromStr};

use crate::{Error, ValueFault};

/// The number of a release on its channel: 1 to 2^53 - 1, so that JavaScript can hold it exactly.
///
/// Higher is newer. The device never goes below the highest one it has confirmed (the floor).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Sequence(u64);

impl Sequence {
    /// The highest sequence there is.
    pub const MAX: u64 = (1 << 53) - 1;

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Sequence {
    type Error = Error;

    /// # Errors
    /// `config_invalid` for 0 and for anything above [`Sequence::MAX`].
    fn try_from(number: u64) -> Result<Sequence, Error> {
        if (1..=Sequence::MAX).contains(&number) {
            return Ok(Sequence(number));
        }
        Err(ValueFault::new("sequence", &number.to_string(), "expected 1 to 2^53 - 1").into())
    }
}

impl From<Sequence> for u64 {
    fn from(sequence: Sequence) -> u64 {
        sequence.0
    }
}

impl FromStr for Sequence {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is a sequence in plain decimal digits.
    fn from_str(text: &str) -> Result<Sequence, Error> {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text
            .parse::<u64>()
            .ok()
            .filter(|_| plain && !text.starts_with('0'));
        let fault = || ValueFault::new("sequence", text, "expected plain decimal digits");
        Sequence::try_from(number.ok_or_else(fault)?)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_javascript_can_hold() {
        assert_eq!("1".parse::<Sequence>().unwrap().get(), 1);
        assert_eq!(
            Sequence::try_from(Sequence::MAX).unwrap().to_string(),
            "9007199254740991"
        );
        assert_eq!(serde_json::from_str::<Sequence>("1042").unwrap().get(), 1042);
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["0", "9007199254740992", "-1", "+1", "01", "1.0", "", " 1", "1e3"] {
            assert!(text.parse::<Sequence>().is_err(), "{text:?}");
        }
        assert!(serde_json::from_str::<Sequence>("0").is_err());
        assert!(serde_json::from_str::<Sequence>("\"1\"").is_err());
    }
}
