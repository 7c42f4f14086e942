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

    /// Reads the field `key`, if it is there.
    pub(super) fn read(fields: &Fields<'_>, key: &str, plain: PlainHttp) -> Result<Option<DownloadUrl>> {
        let Some(text) = fields.text(key, limits::URL_BYTES)? else {
            return Ok(None);
        };
        let url = Url::parse(text).map_err(|_| fields.fault(key, "is not a URL"))?;
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        if has_credentials {
            return Err(fields.fault(key, "must not hold a user name or password"));
        }
        let allowed = match url.scheme() {
            "https" => true,
            "http" => plain == PlainHttp::LoopbackOnly && is_loopback(&url),
            _ => false,
        };
        match allowed {
            true => Ok(Some(DownloadUrl(url))),
            false => Err(fields.fault(key, "must be an https URL")),
        }
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
