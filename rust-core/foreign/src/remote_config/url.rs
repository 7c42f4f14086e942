//! Addresses that a remote configuration may name.

use std::fmt;

use url::{Host, Url};

use super::fields::Fields;
use super::limits;
use crate::error::Result;

/// Whether plain http may be named, for tests on this very machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// HTTPS only.
    Refused,
    /// `localhost`, 127.0.0.0/8 and `::1` too.
    LoopbackOnly,
}

/// An address to download from: HTTPS, or loopback where [`PlainHttp`] allows it; without user name and password,
/// which would end up in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadUrl(Url);

impl DownloadUrl {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Reads an address.
    ///
    /// # Errors
    /// The rule that it breaks, to be put behind the name of the field.
    pub fn parse(text: &str, plain: PlainHttp) -> Result<DownloadUrl, &'static str> {
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or password");
        }
        let allowed = match url.scheme() {
            "https" => true,
            "http" => plain == PlainHttp::LoopbackOnly && is_loopback(&url),
            _ => false,
        };
        allowed.then_some(DownloadUrl(url)).ok_or("must be an https URL")
    }

    /// The address of the signature of what lies here: `.minisig` after the path; a query stays.
    pub fn signature(&self) -> DownloadUrl {
        let mut url = self.0.clone();
        url.set_path(&format!("{}.minisig", self.0.path()));
        DownloadUrl(url)
    }

    /// Reads the field `key`, if it is there.
    pub(super) fn read(fields: &Fields<'_>, key: &str, plain: PlainHttp) -> Result<Option<DownloadUrl>> {
        fields
            .text(key, limits::URL_BYTES)?
            .map(|text| DownloadUrl::parse(text, plain).map_err(|rule| fields.fault(key, rule)))
            .transpose()
    }
}

/// By the parsed host, never by the beginning of the text: `http://localhost.example.com` is not this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl fmt::Display for DownloadUrl {
    /// Without query and fragment, which may carry credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().split(['?', '#']).next().unwrap_or_default())
    }
}

/// A page to show to a person: HTTPS without credentials. Airlock never opens one by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(Url);

impl Link {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Nothing for anything but https: `javascript:` and `file:` are how a server would reach into an app.
    pub(super) fn parse(text: &str) -> Option<Link> {
        let url = Url::parse(text).ok()?;
        let plain = url.username().is_empty() && url.password().is_none();
        (url.scheme() == "https" && plain).then_some(Link(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_lies_beside_the_document() {
        for (document, signature) in [
            ("https://a.example/b.json", "https://a.example/b.json.minisig"),
            (
                "https://a.example/b.json?c=d/e#f",
                "https://a.example/b.json.minisig?c=d/e#f",
            ),
            ("https://a.example", "https://a.example/.minisig"),
        ] {
            let url = DownloadUrl::parse(document, PlainHttp::Refused).unwrap();
            assert_eq!(url.signature().as_str(), signature);
        }
    }
}
