//! Versions of the native app, and the ranges of them a bundle can run on.

use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{Error, ValueFault, limits, text::serde_as_text};

/// The version of the installed app binary, for example `1.4` or `1.4.0.5`.
///
/// Compared number by number, missing ones counting as 0, so `1.4` equals `1.4.0`. A suffix after `-` or
/// `+` (`1.4.0-debug`) is shown but not compared: a debug build of 1.4.0 runs what 1.4.0 runs.
#[derive(Debug, Clone)]
pub struct NativeVersion {
    text: String,
    /// Without trailing zeros, so that equal versions have equal numbers.
    numbers: Vec<u64>,
}

const VERSION_RULE: &str =
    "expected numbers between dots, such as 1.4.0, and perhaps a suffix after `-` or `+`";

impl FromStr for NativeVersion {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is 1 to 8 decimal numbers between dots, with an optional suffix.
    fn from_str(text: &str) -> Result<NativeVersion, Error> {
        let fault = || ValueFault::new("native version", text, VERSION_RULE);
        let (dotted, suffix) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
        let graphic = suffix.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() > limits::TEXT_BYTES || suffix.len() == 1 || !graphic {
            return Err(fault().into());
        }
        let numbers: Option<Vec<u64>> = dotted.split('.').map(parse_number).collect();
        let mut numbers = numbers.filter(|numbers| numbers.len() <= 8).ok_or_else(fault)?;
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Ok(NativeVersion {
            text: text.to_owned(),
            numbers,
        })
    }
}

fn parse_number(digits: &str) -> Option<u64> {
    // `u64::from_str` alone would accept a leading plus sign.
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

impl fmt::Display for NativeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for NativeVersion {
    fn eq(&self, other: &NativeVersion) -> bool {
        self.numbers == other.numbers
    }
}

impl Eq for NativeVersion {}

impl PartialOrd for NativeVersion {
    fn partial_cmp(&self, other: &NativeVersion) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NativeVersion {
    fn cmp(&self, other: &NativeVersion) -> Ordering {
        self.numbers.cmp(&other.numbers)
    }
}

serde_as_text!(NativeVersion);

/// Which native versions a bundle can run on: comparisons that must all hold, such as `>=1.4.0 <2.0.0`.
///
/// Operators are `>=`, `>`, `<=`, `<` and `=`; a version without one means `=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeRange {
    bounds: Vec<Bound>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    operator: &'static str,
    version: NativeVersion,
}

/// Longest first, so that `>=` is not read as `>`.
const OPERATORS: [&str; 5] = [">=", "<=", ">", "<", "="];

impl NativeRange {
    /// Whether `version` is within every bound.
    pub fn contains(&self, version: &NativeVersion) -> bool {
        self.bounds.iter().all(|bound| bound.admits(version))
    }
}

impl Bound {
    fn admits(&self, version: &NativeVersion) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            ">=" => order.is_ge(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            "<" => order.is_lt(),
            _ => order.is_eq(),
        }
    }
}

impl FromStr for NativeRange {
    type Err = Error;

    /// # Errors
    /// `config_invalid` unless `text` is 1 to 8 comparisons between single or more spaces.
    fn from_str(text: &str) -> Result<NativeRange, Error> {
        let rule = "expected comparisons such as `>=1.4.0 <2.0.0`";
        let fault = || ValueFault::new("native version range", text, rule);
        if text.len() > limits::TEXT_BYTES {
            return Err(fault().into());
        }
        let bounds: Option<Vec<Bound>> = text
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(bound)
            .collect();
        let bounds = bounds
            .filter(|bounds| (1..=8).contains(&bounds.len()))
            .ok_or_else(fault)?;
        Ok(NativeRange { bounds })
    }
}

fn bound(word: &str) -> Option<Bound> {
    let found = OPERATORS
        .iter()
        .find_map(|operator| Some((*operator, word.strip_prefix(operator)?)));
    let (operator, version) = found.unwrap_or(("=", word));
    Some(Bound {
        operator,
        version: version.parse().ok()?,
    })
}

impl fmt::Display for NativeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, bound) in self.bounds.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}{}", bound.operator, bound.version)?;
        }
        Ok(())
    }
}

serde_as_text!(NativeRange);

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> NativeVersion {
        text.parse().unwrap()
    }

    #[test]
    fn versions_compare_number_by_number() {
        assert!(version("1.4") < version("1.10"));
        assert!(version("1.4.0.5") > version("1.4"));
        assert_eq!(version("1.4"), version("1.4.0.0"));
        assert_eq!(version("1.4.0-debug"), version("1.4.0+7"));
        assert_eq!(version("0"), version("0.0"));
        assert_eq!(version("1.4.0-rc.1").to_string(), "1.4.0-rc.1");
    }

    #[test]
    fn what_is_not_a_version_is_refused() {
        for text in [
            "",
            "v1",
            "1.",
            ".1",
            "1..2",
            "+1",
            "1.a",
            "1 .2",
            "1-",
            "1.2.3.4.5.6.7.8.9",
            "99999999999999999999",
        ] {
            assert!(text.parse::<NativeVersion>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_range_holds_what_every_bound_admits() {
        let range: NativeRange = ">=1.4.0  <2.0.0".parse().unwrap();
        assert_eq!(range.to_string(), ">=1.4.0 <2.0.0");
        for (text, inside) in [("1.4", true), ("1.9.9", true), ("2.0", false), ("1.3.9", false)] {
            assert_eq!(range.contains(&version(text)), inside, "{text}");
        }
        let exact: NativeRange = "1.4".parse().unwrap();
        assert!(exact.contains(&version("1.4.0")) && !exact.contains(&version("1.4.1")));
        let open: NativeRange = ">1 <=2".parse().unwrap();
        assert!(open.contains(&version("2")) && !open.contains(&version("1.0")));
    }

    #[test]
    fn what_is_not_a_range_is_refused() {
        for text in ["", " ", "*", "^1.2", ">= 1.0", ">1,<2", "=>1", "1 || 2"] {
            assert!(text.parse::<NativeRange>().is_err(), "{text:?}");
        }
    }
}
