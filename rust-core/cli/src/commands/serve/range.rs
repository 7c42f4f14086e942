//! Byte ranges (RFC 9110 section 14).

/// What a `Range` field asks of a file of a certain length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Everything: no range, several ranges, another unit or a field that makes no sense, all of which a
    /// server may answer with the whole.
    Whole,
    /// The bytes from `first` to `last`, both included.
    Part { first: u64, last: u64 },
    /// A range beyond the end.
    Nothing,
}

/// Reads a `Range` field.
pub(super) fn parse(field: &str, length: u64) -> Asked {
    match field
        .trim()
        .strip_prefix("bytes=")
        .and_then(|spec| spec.split_once('-'))
    {
        Some(("", last)) => suffix(last, length),
        Some((first, last)) => from_to(first, last, length),
        None => Asked::Whole,
    }
}

/// `-500`: the last 500 bytes.
fn suffix(count: &str, length: u64) -> Asked {
    match number(count) {
        None => Asked::Whole,
        Some(0) => Asked::Nothing,
        Some(_) if length == 0 => Asked::Nothing,
        Some(count) => Asked::Part {
            first: length.saturating_sub(count),
            last: length - 1,
        },
    }
}

/// `500-999` or `500-`.
fn from_to(first: &str, last: &str, length: u64) -> Asked {
    let last = if last.is_empty() {
        Some(u64::MAX)
    } else {
        number(last)
    };
    match (number(first), last) {
        (Some(first), Some(last)) if first > last => Asked::Whole,
        (Some(first), Some(_)) if first >= length => Asked::Nothing,
        (Some(first), Some(last)) => Asked::Part {
            first,
            last: last.min(length - 1),
        },
        _ => Asked::Whole,
    }
}

fn number(digits: &str) -> Option<u64> {
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_ranges_are_honoured() {
        for (field, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=0-9", 0, 9),
            ("bytes=4-", 4, 9),
            ("bytes=4-6", 4, 6),
            ("bytes=4-600", 4, 9),
            ("bytes=-3", 7, 9),
            ("bytes=-300", 0, 9),
        ] {
            assert_eq!(parse(field, 10), Asked::Part { first, last }, "{field}");
        }
    }

    #[test]
    fn what_lies_beyond_the_end_is_nothing() {
        for (field, length) in [
            ("bytes=10-", 10),
            ("bytes=10-20", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-1", 0),
        ] {
            assert_eq!(parse(field, length), Asked::Nothing, "{field}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_the_whole() {
        for field in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-2",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=+1-2",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(parse(field, 10), Asked::Whole, "{field}");
        }
    }
}
