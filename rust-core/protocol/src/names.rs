//! Names that appear in signed documents, in URLs and in file names, and so must be harmless in all three.

use std::{fmt, str::FromStr};

use crate::{Error, ValueFault, limits, text::serde_as_text};

/// The id of an app as the stores know it, for example `com.example.app`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(String);

impl AppId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppId {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is 1 to 128 of `A-Z a-z 0-9 . _ -`, without an empty part between dots.
    fn from_str(text: &str) -> Result<AppId, Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if text.len() <= limits::TEXT_BYTES
            && text.bytes().all(allowed)
            && text.split('.').all(|part| !part.is_empty())
        {
            return Ok(AppId(text.to_owned()));
        }
        Err(ValueFault::new(
            "app id",
            text,
            "expected letters, digits, `_`, `-` and single dots",
        )
        .into())
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(AppId);

/// The name of a channel, for example `stable`. Also the name of its delegated role and its folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(String);

/// Roles of TUF itself. A channel of this name would shadow one of them.
const RESERVED: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];

impl ChannelName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChannelName {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is 1 to 64 of `a-z 0-9 _ -`, begins with a letter or digit, and is not
    /// the name of a TUF top-level role. Upper case is refused: two channels must not share a folder.
    fn from_str(text: &str) -> Result<ChannelName, Error> {
        let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let shaped = text.len() <= 64
            && text.bytes().next().is_some_and(alphanumeric)
            && text
                .bytes()
                .all(|byte| alphanumeric(byte) || b"_-".contains(&byte));
        if shaped && !RESERVED.contains(&text) {
            return Ok(ChannelName(text.to_owned()));
        }
        let rule = "expected lower-case letters, digits, `_`, `-`, and no name of a TUF role";
        Err(ValueFault::new("channel name", text, rule).into())
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(ChannelName);

/// The system an app runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// `android`
    Android,
    /// `ios`
    Ios,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Platform; 2] = [Platform::Android, Platform::Ios];

    /// The name Capacitor gives the platform.
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::Android => "android",
            Platform::Ios => "ios",
        }
    }
}

impl FromStr for Platform {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is `android` or `ios`.
    fn from_str(text: &str) -> Result<Platform, Error> {
        Platform::ALL
            .into_iter()
            .find(|platform| platform.as_str() == text)
            .ok_or_else(|| ValueFault::new("platform", text, "expected android or ios").into())
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

serde_as_text!(Platform);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_accepted() {
        for text in ["com.example.app", "dev.airlock.example", "io.my-app.v2", "App_1"] {
            assert_eq!(text.parse::<AppId>().unwrap().as_str(), text);
        }
        for text in ["stable", "beta-2", "pr_17", "0"] {
            assert_eq!(text.parse::<ChannelName>().unwrap().as_str(), text);
        }
        assert_eq!("ios".parse::<Platform>().unwrap(), Platform::Ios);
    }

    #[test]
    fn names_that_mean_something_to_a_path_or_url_are_refused() {
        for text in [
            "",
            "..",
            "a..b",
            ".a",
            "a/b",
            "a b",
            "a\0",
            "é",
            "a%2f",
            &"a".repeat(129),
        ] {
            assert!(text.parse::<AppId>().is_err(), "{text:?}");
        }
        for text in [
            "",
            "..",
            "Stable",
            "a/b",
            "-a",
            "root",
            "targets",
            "a.b",
            &"a".repeat(65),
        ] {
            assert!(text.parse::<ChannelName>().is_err(), "{text:?}");
        }
        for text in ["Android", "web", ""] {
            assert!(text.parse::<Platform>().is_err(), "{text:?}");
        }
    }
}
