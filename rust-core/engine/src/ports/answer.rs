//! What the head of an HTTP answer is worth, before a byte of its body counts. Pure.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, RETRY_AFTER,
};

use super::request::{Get, Head, Media, Resume, StrongEtag};
use crate::error::RetryAfter;

/// The verdict.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The body that comes is what the head says.
    Body(Head),
    /// There is no such thing.
    Missing,
    /// The rest was asked for, and this is not it.
    NotThisRange,
    /// Time may mend it.
    Busy(u16, Option<RetryAfter>),
    /// Nothing will, and why.
    Unusable(String),
}

/// Redirects are followed before.
pub(super) fn judge(request: &Get<'_>, status: StatusCode, headers: &HeaderMap) -> Answer {
    match (status.as_u16(), &request.resume) {
        (200, _) => whole(request, headers),
        (206, Some(resume)) => rest(resume, headers),
        (416, Some(_)) => Answer::NotThisRange,
        (404 | 403 | 410, _) => Answer::Missing,
        (401, _) => Answer::Unusable(format!("it answered {status}: {UNAUTHORIZED}")),
        (511, _) => Answer::Unusable(format!("it answered {status}: {PORTAL}")),
        (408 | 429 | 500 | 502 | 503 | 504, _) => Answer::Busy(status.as_u16(), retry_after(headers)),
        _ => Answer::Unusable(format!("it answered {status}")),
    }
}

/// What people read who have no token, or an old one.
const UNAUTHORIZED: &str = "it wants to know who asks (a request token, requestHeaders or requestSignature), or refuses what it \
                            was told";

/// What people read where somebody else answered.
pub(crate) const PORTAL: &str =
    "this is a web page and not our server (a network that wants a sign-in first, or a wrong updateUrl)";

fn whole(request: &Get<'_>, headers: &HeaderMap) -> Answer {
    if let Some(encoding) = foreign_encoding(headers) {
        return Answer::Unusable(format!(
            "it is compressed ({encoding}) and was asked for as it is"
        ));
    }
    let total = text(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if total.is_some_and(|total| total > request.max_bytes) {
        return Answer::Unusable(too_long(request.max_bytes));
    }
    let etag = text(headers, ETAG).and_then(StrongEtag::parse);
    let media = media(headers);
    Answer::Body(Head {
        offset: 0,
        total,
        etag,
        media,
    })
}

pub(super) fn too_long(max_bytes: u64) -> String {
    format!("it is longer than the {max_bytes} bytes allowed")
}

/// The rest must be exactly the one that was asked for, of the very file, in plain bytes.
fn rest(resume: &Resume, headers: &HeaderMap) -> Answer {
    let span = text(headers, CONTENT_RANGE).and_then(Span::parse);
    let wanted = Span {
        first: resume.from,
        last: resume.total.saturating_sub(1),
        total: resume.total,
    };
    let same_file = text(headers, ETAG).and_then(StrongEtag::parse).as_ref() == Some(&resume.etag);
    let left = resume.total.saturating_sub(resume.from);
    let length = text(headers, CONTENT_LENGTH).map(|length| length.parse() == Ok(left));
    let fits = span == Some(wanted) && same_file && length != Some(false);
    if !fits || foreign_encoding(headers).is_some() {
        return Answer::NotThisRange;
    }
    Answer::Body(Head {
        offset: resume.from,
        total: Some(resume.total),
        etag: Some(resume.etag.clone()),
        media: media(headers),
    })
}

/// `Content-Range: bytes <first>-<last>/<total>` (RFC 9110 section 14.4).
#[derive(Debug, PartialEq, Eq)]
struct Span {
    first: u64,
    last: u64,
    total: u64,
}

impl Span {
    fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        Some(Self {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            total: total.parse().ok()?,
        })
    }
}

/// An encoding other than none: offsets would count other bytes.
fn foreign_encoding(headers: &HeaderMap) -> Option<String> {
    let encodings = headers.get_all(CONTENT_ENCODING).iter();
    encodings
        .map(|value| value.to_str().unwrap_or("unreadable").trim().to_ascii_lowercase())
        .find(|encoding| !matches!(encoding.as_str(), "" | "identity"))
        .map(|encoding| encoding.chars().take(32).collect())
}

fn media(headers: &HeaderMap) -> Media {
    let kind = text(headers, CONTENT_TYPE)
        .unwrap_or_default()
        .to_ascii_lowercase();
    match kind.starts_with("text/html") || kind.starts_with("application/xhtml") {
        true => Media::Page,
        false => Media::Other,
    }
}

/// Seconds, or a date (RFC 9110 section 10.2.3); anything else says nothing.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<RetryAfter> {
    let text = text(headers, RETRY_AFTER)?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(RetryAfter::In(Duration::from_secs(seconds)));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let millis = u64::try_from(since.as_millis()).ok()?;
    Some(RetryAfter::At(airlock_protocol::UnixMillis::new(millis)))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use airlock_protocol::UnixMillis;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn answer(resume: Option<Resume>, status: u16, lines: &[(&'static str, &str)]) -> Answer {
        let get = Get {
            resume,
            ..Get::whole("https://example.com/a", 100)
        };
        judge(&get, StatusCode::from_u16(status).unwrap(), &headers(lines))
    }

    fn from_40() -> Option<Resume> {
        let etag = StrongEtag::parse("\"a\"").unwrap();
        let (from, total) = (40, 100);
        Some(Resume { from, total, etag })
    }

    #[test]
    fn the_rest_is_taken_when_it_is_exactly_that() {
        let good = [
            ("etag", "\"a\""),
            ("content-range", "bytes 40-99/100"),
            ("content-length", "60"),
        ];
        assert!(matches!(answer(from_40(), 206, &good), Answer::Body(head) if head.offset == 40));
        for (place, value) in [
            (0, "\"b\""),
            (0, "W/\"a\""),
            (1, "bytes 39-99/100"),
            (1, "bytes 41-99/100"),
            (1, "bytes 40-98/100"),
            (1, "bytes 40-99/101"),
            (1, "bytes 40-99/*"),
            (1, "bytes 40-99"),
            (1, "items 40-99/100"),
            (1, "bytes 99-40/100"),
            (1, "bytes 40-99999999999999999999/100"),
            (2, "59"),
            (2, "61"),
        ] {
            let mut bad = good;
            bad[place].1 = value;
            assert_eq!(answer(from_40(), 206, &bad), Answer::NotThisRange, "{value}");
        }
        let compressed = [good[0], good[1], ("content-encoding", "gzip")];
        assert_eq!(answer(from_40(), 206, &compressed), Answer::NotThisRange);
        assert_eq!(
            answer(from_40(), 206, &good[1..]),
            Answer::NotThisRange,
            "no etag"
        );
        assert_eq!(
            answer(from_40(), 206, &good[..1]),
            Answer::NotThisRange,
            "no range"
        );
        assert_eq!(answer(from_40(), 416, &[]), Answer::NotThisRange);
        assert!(
            matches!(answer(None, 206, &good), Answer::Unusable(_)),
            "nobody asked for a part"
        );
        assert!(
            matches!(answer(from_40(), 200, &[("etag", "\"b\"")]), Answer::Body(head) if head.offset == 0)
        );
    }

    #[test]
    fn what_is_compressed_or_too_long_is_no_use() {
        for encoding in ["gzip", "br", "identity, gzip", "x"] {
            assert!(matches!(
                answer(None, 200, &[("content-encoding", encoding)]),
                Answer::Unusable(_)
            ));
        }
        assert!(matches!(
            answer(None, 200, &[("content-encoding", "identity")]),
            Answer::Body(_)
        ));
        assert!(matches!(
            answer(None, 200, &[("content-length", "100")]),
            Answer::Body(_)
        ));
        assert!(matches!(
            answer(None, 200, &[("content-length", "101")]),
            Answer::Unusable(_)
        ));
    }

    #[test]
    fn a_server_says_how_long_it_is_busy_in_two_ways() {
        let busy = |value: &str| match answer(None, 429, &[("retry-after", value)]) {
            Answer::Busy(429, retry_after) => retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(busy("120"), Some(RetryAfter::In(Duration::from_secs(120))));
        assert_eq!(
            busy("99999999999999999999"),
            Some(RetryAfter::In(Duration::from_secs(u64::MAX)))
        );
        let date = busy("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date, Some(RetryAfter::At(UnixMillis::new(784_111_777_000))));
        for nonsense in ["-5", "banana", "", "1.5", "Sun, 99 Nov 1994"] {
            assert_eq!(busy(nonsense), None, "{nonsense}");
        }
    }
}
