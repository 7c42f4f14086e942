//! Asking for bytes: what a transport is asked, and what it says before the bytes come.

use std::fmt;

use super::{Post, Reply};
use crate::error::Error;

/// Longest ETag kept, in bytes: it is sent back with each attempt. Servers use 16 to 64.
const ETAG_BYTES: usize = 256;

/// A request for the bytes at a URL.
#[derive(Clone, Debug)]
pub struct Get<'a> {
    /// The whole URL; already checked to be HTTPS or allowed loopback.
    pub url: &'a str,
    /// A body of more bytes than this is refused, those before a resumed part counted (endless data, TUF 1.0
    /// section 1.5.2).
    pub max_bytes: u64,
    /// Only the rest of something that has begun to arrive; a transport that knows no ranges may send all of it.
    pub resume: Option<Resume>,
}

/// The rest of a file (RFC 9110 section 14): what was received must still be what the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Bytes that are here.
    pub from: u64,
    /// Bytes of the whole file.
    pub total: u64,
    /// What the file was called when it began to arrive; goes along as `If-Range`.
    pub etag: StrongEtag,
}

/// A strong ETag, quotes included. A weak one says that two files mean the same, and not that their bytes are the
/// same, so it never joins two parts (RFC 9110 section 13.1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrongEtag(String);

/// What is known of an answer before its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Where in the file the body begins: 0, or what [`Resume::from`] asked for.
    pub offset: u64,
    /// Bytes of the whole file, where the server says so.
    pub total: Option<u64>,
    /// What the server calls these bytes.
    pub etag: Option<StrongEtag>,
    /// What the server says the body is.
    pub media: Media,
}

/// What a server says a body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Media {
    /// A web page (`text/html`).
    Page,
    /// Anything else, or nothing said.
    #[default]
    Other,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got {
    /// The body was handed to the sink, whole.
    Body,
    /// The server says that there is no such thing (404, 403, 410).
    Missing,
    /// The rest was asked for and something else was answered: another part, another file, or a refusal (416).
    /// Nothing was handed to the sink; ask for all of it.
    NotThisRange,
}

/// Takes what comes. A closure over pieces is one.
pub trait Sink {
    /// Called once, before the first piece. An error ends the request and is returned as it is.
    fn begin(&mut self, _head: &Head) -> Result<(), Error> {
        Ok(())
    }

    /// The next bytes. An error ends the request and is returned as it is.
    fn piece(&mut self, bytes: &[u8]) -> Result<(), Error>;
}

impl<F: FnMut(&[u8]) -> Result<(), Error>> Sink for F {
    fn piece(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self(bytes)
    }
}

/// Fetches bytes. Blocking; called off the main thread.
pub trait Transport: Send + Sync {
    /// Hands the head and the body to `sink`. One attempt: waiting and trying again is the engine's. Errors:
    /// `download_failed`, `response_unusable`.
    fn get(&self, request: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error>;

    /// A sync, check or download begins: what may be done once a run may be done again.
    fn run_begins(&self) {}

    /// How many requests may be under way at once, each on a thread of its own. With 1 (the default) all are made on the
    /// calling thread, in order.
    fn parallel(&self) -> usize {
        1
    }

    /// Sends a small body and returns the answer, whatever its status. One attempt, no redirects. A transport of plain
    /// files need not know how; only `updateProtocol: capgo` asks this way. Errors: `download_failed`,
    /// `response_unusable`.
    fn post(&self, request: &Post<'_>) -> Result<Reply, Error> {
        Err(Error::Response {
            url: request
                .url
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .to_owned(),
            reason: "this host's transport only fetches files".to_owned(),
        })
    }
}

impl<'a> Get<'a> {
    /// All of it.
    pub fn whole(url: &'a str, max_bytes: u64) -> Self {
        Self {
            url,
            max_bytes,
            resume: None,
        }
    }
}

impl StrongEtag {
    /// Nothing for a weak one (`W/"…"`), and for what is no ETag (RFC 9110 section 8.8.3) or is longer than 256 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let opaque = text.strip_prefix('"')?.strip_suffix('"')?;
        let plain = opaque.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x7e));
        (plain && text.len() <= ETAG_BYTES).then(|| Self(text.to_owned()))
    }

    /// The text, quotes included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StrongEtag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_strong_etag_is_one() {
        for good in [r#""a""#, r#""""#, r#""a-1/b+gzip""#] {
            assert_eq!(StrongEtag::parse(good).unwrap().as_str(), good);
        }
        let long = format!("\"{}\"", "x".repeat(ETAG_BYTES - 1));
        let bad = [
            r#"W/"a""#,
            "a",
            "\"",
            r#""a"#,
            r#""a"b""#,
            "\"a\r\"",
            "\"\u{e9}\"",
            "\"a b\"",
            &long,
        ];
        for bad in bad {
            assert_eq!(StrongEtag::parse(bad), None, "{bad}");
        }
        assert!(
            StrongEtag::parse(&long[1..]).is_none()
                && StrongEtag::parse(&format!("\"{}\"", "x".repeat(254))).is_some()
        );
    }
}
