//! Points in time, as TUF and checksum.json write them (RFC 3339).

use std::{fmt, str::FromStr};

use crate::{Error, ValueFault, text::serde_as_text};

/// Milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
///
/// This crate has no clock: whoever calls it reads the clock once and passes the same value throughout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(u64);

const MILLIS_PER_DAY: u64 = 24 * 60 * 60 * 1000;
/// 9999-12-31T23:59:59.999Z, the last moment RFC 3339 can write.
const LAST: u64 = 253_402_300_799_999;

impl UnixMillis {
    /// The moment `millis` milliseconds after 1970; what RFC 3339 cannot write becomes the last it can.
    pub fn new(millis: u64) -> UnixMillis {
        UnixMillis(millis.min(LAST))
    }

    /// Reads an RFC 3339 date and time with `Z` or an offset. Digits below a millisecond are dropped.
    ///
    /// # Errors
    /// `config_invalid` for any other text, for dates that do not exist, for leap seconds and before 1970.
    pub fn from_rfc3339(text: &str) -> Result<UnixMillis, Error> {
        let rule = "expected RFC 3339 such as 2030-01-31T23:59:59Z, 1970 or later";
        parse(text).ok_or_else(|| ValueFault::new("date and time", text, rule).into())
    }

    /// The time in RFC 3339 with `Z`; milliseconds only where there are any.
    pub fn to_rfc3339(self) -> String {
        let (year, month, day) = civil_from_days(self.0 / MILLIS_PER_DAY);
        let in_day = self.0 % MILLIS_PER_DAY;
        let (seconds, millis) = (in_day / 1000, in_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let fraction = if millis == 0 {
            String::new()
        } else {
            format!(".{millis:03}")
        };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
    }

    /// The number of milliseconds.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for UnixMillis {
    type Err = Error;

    /// # Errors
    /// As [`UnixMillis::from_rfc3339`].
    fn from_str(text: &str) -> Result<UnixMillis, Error> {
        UnixMillis::from_rfc3339(text)
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

serde_as_text!(UnixMillis);

fn parse(text: &str) -> Option<UnixMillis> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    let month = after(&mut rest, "-", 2)?;
    let day = after(&mut rest, "-", 2)?;
    rest = rest.strip_prefix(['T', 't'])?;
    let hour = number(&mut rest, 2)?;
    let minute = after(&mut rest, ":", 2)?;
    let second = after(&mut rest, ":", 2)?;
    let exists = year >= 1970
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !exists {
        return None;
    }
    let millis = fraction(&mut rest)?;
    let in_day = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
    let local = days_from_civil(year, month, day) * MILLIS_PER_DAY + in_day;
    let utc = local.checked_add_signed(-offset_millis(rest)?)?;
    (utc <= LAST).then_some(UnixMillis(utc))
}

/// Takes exactly `digits` decimal digits off the front of `rest`.
fn number(rest: &mut &str, digits: usize) -> Option<u64> {
    let (head, tail) = rest.split_at_checked(digits)?;
    *rest = tail;
    head.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| head.parse().ok())
        .flatten()
}

fn after(rest: &mut &str, separator: &str, digits: usize) -> Option<u64> {
    *rest = rest.strip_prefix(separator)?;
    number(rest, digits)
}

/// The milliseconds of an optional `.123456` of any length.
fn fraction(rest: &mut &str) -> Option<u64> {
    let Some(tail) = rest.strip_prefix('.') else {
        return Some(0);
    };
    let end = tail.find(|letter: char| !letter.is_ascii_digit())?;
    let (digits, tail) = tail.split_at_checked(end)?;
    *rest = tail;
    if digits.is_empty() {
        return None;
    }
    let millis: String = digits.chars().chain("000".chars()).take(3).collect();
    millis.parse().ok()
}

fn offset_millis(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let (sign, mut rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let hours = number(&mut rest, 2).filter(|hours| *hours < 24)?;
    let minutes = after(&mut rest, ":", 2).filter(|minutes| *minutes < 60)?;
    let millis = i64::try_from((hours * 60 + minutes) * 60_000).ok()?;
    rest.is_empty().then_some(sign * millis)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Counts years from March, so that the leap day is the last of its year.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_BEFORE_1970
}

/// From 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_BEFORE_1970;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_read_and_write() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2026-11-22T08:35:00Z", 1_795_336_500_000),
            ("2038-01-19T03:14:08Z", 2_147_483_648_000),
            ("9999-12-31T23:59:59.999Z", LAST),
        ] {
            let read = UnixMillis::from_rfc3339(text).unwrap();
            assert_eq!(read.get(), millis, "{text}");
            assert_eq!(read.to_rfc3339(), text);
        }
    }

    #[test]
    fn every_day_of_eight_centuries_round_trips() {
        for day in 0..292_194 {
            let (year, month, date) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, date), day);
            assert!((1..=days_in_month(year, month)).contains(&date));
        }
    }

    #[test]
    fn offsets_and_fractions_are_understood() {
        let millis = |text: &str| UnixMillis::from_rfc3339(text).unwrap().get();
        let noon = millis("2026-01-01T12:00:00Z");
        assert_eq!(millis("2026-01-01T13:30:00+01:30"), noon);
        assert_eq!(millis("2026-01-01t07:00:00-05:00"), noon);
        assert_eq!(millis("2026-01-01T12:00:00.5z"), noon + 500);
        assert_eq!(millis("2026-01-01T12:00:00.123456789Z"), noon + 123);
    }

    #[test]
    fn what_is_not_a_moment_is_refused() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T12:00:00",
            "2026-01-01 12:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-06-30T23:59:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:00Zx",
            "2026-01-00T00:00:00Z",
            "+026-01-01T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "2026-01-01T00:00:00.5",
            "２026-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert!(UnixMillis::from_rfc3339(text).is_err(), "{text:?}");
        }
    }
}
