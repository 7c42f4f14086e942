//! `requestHeaders`: what an app's servers want to read in every request.

use std::collections::BTreeMap;
use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::Error;

/// Most headers: servers refuse heads of more than 8 KiB (nginx, Apache), and then nothing can be updated.
const HEADERS_MAX: usize = 16;
/// Longest value, in bytes, for the same reason.
const VALUE_BYTES: usize = 1024;

/// Headers whose meaning is the transport's: they frame a request, name its server, or decide which bytes come (RFC 9110
/// sections 7.2, 7.6.1, 12.5.3, 13.1, 14.2). `authorization` is that of the request token.
const RESERVED: [&str; 24] = [
    "accept-encoding",
    "airlock-signature",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Checked names and values. They may be secrets, so nothing shows the values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestHeaders(HeaderMap);

impl RequestHeaders {
    /// Errors: `config_invalid` for what is no header, or not the app's to set.
    pub fn parse(headers: &BTreeMap<String, String>) -> Result<Self, Error> {
        if headers.len() > HEADERS_MAX {
            return Err(Error::config(format!(
                "requestHeaders holds more than {HEADERS_MAX} headers"
            )));
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let (name, value) = parse(name, value)?;
            if map.insert(&name, value).is_some() {
                return Err(Error::config(format!("requestHeaders: {name} is there twice")));
            }
        }
        Ok(Self(map))
    }

    pub(super) fn map(&self) -> &HeaderMap {
        &self.0
    }
}

fn parse(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let shown: String = name.chars().take(64).collect();
    let refuse = |why: String| Error::config(format!("requestHeaders: `{shown}` {why}"));
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| refuse("is no name of a header; use letters, digits and `-`".to_owned()))?;
    if RESERVED.contains(&name.as_str()) {
        let advice = match name.as_str() {
            "authorization" => "is that of the request token; hand one over instead, or use another name",
            _ => "is set by Airlock itself; use another name",
        };
        return Err(refuse(advice.to_owned()));
    }
    let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && value.trim() == value;
    let value = HeaderValue::from_str(value)
        .ok()
        .filter(|value| plain && (1..=VALUE_BYTES).contains(&value.len()));
    let mut value = value.ok_or_else(|| {
        refuse(format!(
            "must have a value of 1 to {VALUE_BYTES} visible ascii letters"
        ))
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

impl fmt::Debug for RequestHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use airlock_protocol::Code;

    use super::*;

    fn read(headers: &[(&str, &str)]) -> Result<RequestHeaders, Error> {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        RequestHeaders::parse(&headers.collect())
    }

    #[test]
    fn what_servers_ask_for_is_taken_and_its_values_are_not_shown() {
        let headers = read(&[("X-Api-Key", "s3cret"), ("x-app", "a b")]).unwrap();
        assert_eq!(headers.map()["x-api-key"], "s3cret");
        let shown = format!("{headers:?}");
        assert!(
            shown.contains("x-api-key") && !shown.contains("s3cret"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_airlocks_or_no_header_is_refused_by_name() {
        let long = "x".repeat(VALUE_BYTES + 1);
        for (name, value) in [
            ("Host", "a"),
            ("RANGE", "bytes=0-"),
            ("Authorization", "Bearer s3cret"),
            ("x y", "a"),
            ("", "a"),
            ("x-a", ""),
            ("x-a", " s3cret"),
            ("x-a", "s3cret\r\nx-b: c"),
            ("x-a", "s3cr\u{e9}t"),
            ("x-a", &long),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid, "{name}");
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
            assert!(!error.to_string().contains("s3cr"), "{error}");
        }
        assert!(read(&[("x-a", &long[1..])]).is_ok());
    }

    #[test]
    fn a_name_is_there_once_and_there_are_not_too_many() {
        assert!(read(&[("X-A", "1"), ("x-a", "2")]).is_err());
        let names: Vec<_> = (0..=HEADERS_MAX).map(|number| format!("x-{number}")).collect();
        let all: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
        assert!(read(&all).is_err());
        assert!(read(&all[1..]).is_ok());
    }
}
