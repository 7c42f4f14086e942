//! What the app calls a device.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest name, in bytes: an account's number or an address, and a state has room for it.
const BYTES: usize = 256;

/// A name that the app gives the device, for whoever reads the peer's server: 1 to 256 bytes without control characters. It
/// decides nothing here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomId(String);

impl CustomId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.is_empty() || text.len() > BYTES || text.chars().any(char::is_control) {
            true => Err("a custom id has 1 to 256 bytes and no control characters"),
            false => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for CustomId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CustomId> for String {
    fn from(id: CustomId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_one_line() {
        let longest = "x".repeat(BYTES);
        for good in ["7", "ann@example.com", "\u{fc}", &longest] {
            assert_eq!(good.parse::<CustomId>().unwrap().as_str(), good);
        }
        for bad in ["", "a\nb", "a\0", &format!("{longest}x")] {
            assert!(bad.parse::<CustomId>().is_err(), "{bad:?}");
            assert!(serde_json::from_value::<CustomId>(bad.into()).is_err());
        }
    }
}
