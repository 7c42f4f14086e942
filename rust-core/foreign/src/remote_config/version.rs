//! Versions as Vicius reads and orders them.

use std::cmp::Ordering;
use std::fmt;

/// A version of a release or of an installed product: semantic, or with four numbers.
///
/// Whatever is written is accepted; what cannot be read counts as 0.0.0 ([`Version::is_readable`]). Ordered by the
/// precedence of Semantic Versioning 2.0 section 11, then by the number after `+`, where none, or none that is a
/// number, is 0. So 2.0.0.1, read as 2.0.0+1, is newer than 2.0.0, and 2.0.0.0 equals it.
#[derive(Debug, Clone)]
pub struct Version {
    text: String,
    /// 0.0.0 if it cannot be read.
    semantic: semver::Version,
    readable: bool,
}

impl Version {
    /// Reads a version: white space around it and one `v` before it do not count; `a.b.c.d` is `a.b.c+d`; a dot
    /// comes between letters and the digits after them (`rc1` is `rc.1`); zeros before a number go.
    pub fn read(text: &str) -> Version {
        let trimmed = text.trim();
        let plain = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let normal = without_leading_zeros(&with_dotted_numbers(&with_revision(plain)));
        let semantic = semver::Version::parse(&normal);
        Version {
            text: trimmed.to_owned(),
            readable: semantic.is_ok(),
            semantic: semantic.unwrap_or(semver::Version::new(0, 0, 0)),
        }
    }

    /// Whether it was understood. If not, it counts as 0.0.0.
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    fn revision(&self) -> u64 {
        self.semantic.build.parse().unwrap_or(0)
    }
}

/// More than two dots: the fourth number becomes build metadata, wherever four numbers stand in a row.
fn with_revision(text: &str) -> String {
    if text.matches('.').count() <= 2 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some((four, tail)) = four_numbers(rest) {
            let (three, fourth) = four.rsplit_once('.').unwrap_or((four, ""));
            out.push_str(three);
            out.push('+');
            out.push_str(fourth);
            rest = tail;
        } else {
            out.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// Splits `1.2.3.4…` after the fourth number; each may be empty, as in the original.
fn four_numbers(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    for number in 0..4 {
        if number > 0 {
            rest = rest.strip_prefix('.')?;
        }
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    }
    text.split_at_checked(text.len() - rest.len())
}

fn with_dotted_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut after_letter = false;
    for letter in text.chars() {
        if after_letter && letter.is_ascii_digit() {
            out.push('.');
        }
        out.push(letter);
        after_letter = letter.is_ascii_alphabetic() || letter == '_';
    }
    out
}

/// Drops zeros at the start of each number that begins a word; a number of zeros only keeps one.
fn without_leading_zeros(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut letters = text.chars().peekable();
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    while let Some(letter) = letters.next() {
        let starts_word = !before.is_some_and(in_word);
        let more_digits = letters.peek().is_some_and(char::is_ascii_digit);
        if letter == '0' && starts_word && more_digits {
            continue;
        }
        out.push(letter);
        before = Some(letter);
    }
    out
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        self.semantic
            .cmp_precedence(&other.semantic)
            .then_with(|| self.revision().cmp(&other.revision()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        let version = Version::read(text);
        match version.is_readable() {
            true => version.semantic.to_string(),
            false => "unreadable".to_owned(),
        }
    }

    #[test]
    fn what_is_written_becomes_a_semantic_version() {
        for (text, expected) in [
            ("1.2.3", "1.2.3"),
            (" \t1.2.3\n", "1.2.3"),
            ("v1.2.3", "1.2.3"),
            (" v1.2.3 ", "1.2.3"),
            ("1.2.3.4", "1.2.3+4"),
            ("v1.2.3.4", "1.2.3+4"),
            ("1.2.3.0", "1.2.3+0"),
            ("1.2.3.4.5", "1.2.3+4.5"),
            ("1.0.0-rc1", "1.0.0-rc.1"),
            ("1.0.0-rc.1", "1.0.0-rc.1"),
            ("1.0.0-beta-2", "1.0.0-beta-2"),
            ("1.0.0-alpha_1", "unreadable"),
            ("2024.08.28", "2024.8.28"),
            ("2024.08.28.007", "2024.8.28+7"),
            ("1.0.0-rc01", "1.0.0-rc.1"),
            ("00.000.0", "0.0.0"),
            ("1.2.3.4-rc1", "1.2.3+4-rc.1"),
            ("1.0.0-1a2", "1.0.0-1a.2"),
            ("1.0.0+build7", "1.0.0+build.7"),
            ("10.0.100", "10.0.100"),
        ] {
            assert_eq!(normal(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_counts_as_zero() {
        let zero = Version::read("0.0.0");
        for text in [
            "",
            " ",
            "v",
            "vv1.2.3",
            "V1.2.3",
            "1",
            "1.2",
            "1.2.",
            "banana",
            "1.2.3-",
            "1.2.3+",
            "1.2.3.",
            "-1.2.3",
            "1,2,3",
            "١.٢.٣",
            "18446744073709551616.0.0",
            "1.2.3 4",
            "é",
        ] {
            let version = Version::read(text);
            assert!(!version.is_readable(), "{text:?} is {}", normal(text));
            assert_eq!(version, zero, "{text:?}");
            assert!(version < Version::read("0.0.1"));
        }
        assert!(zero.is_readable());
    }

    #[test]
    fn the_order_is_that_of_precedence_then_of_the_fourth_number() {
        // Semantic Versioning 2.0 section 11.4.4 among them.
        let ascending = [
            "0.9.9",
            "1.0.0-alpha",
            "1.0.0-alpha1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta2",
            "1.0.0-beta11",
            "1.0.0-rc1",
            "1.0.0",
            "1.0.0.1",
            "1.0.0.2",
            "1.0.0.10",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "2.0.0",
            "2.0.0.5",
            "2024.8.28",
        ];
        for (index, low) in ascending.iter().enumerate() {
            for high in &ascending[index + 1..] {
                assert!(Version::read(low) < Version::read(high), "{low} < {high}");
                assert!(Version::read(high) > Version::read(low), "{high} > {low}");
            }
        }
    }

    #[test]
    fn different_texts_are_equal_where_their_meaning_is() {
        for (one, two) in [
            ("2.0.0", "2.0.0.0"),
            ("2.0.0", "v2.0.0"),
            ("2.0.0", "2.0.0+abc"),
            ("2.0.0.7", "2.0.0+7"),
            ("2.0.0.7", "2.0.0.007"),
            ("1.0.0-rc1", "1.0.0-rc.01"),
            ("2.0.0+5.1", "2.0.0"),
            ("2.0.0.18446744073709551616", "2.0.0"),
        ] {
            assert_eq!(Version::read(one), Version::read(two), "{one} {two}");
        }
    }
}
