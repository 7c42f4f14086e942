//! `proxy`: by whom requests are passed on.

use reqwest::Url;
use reqwest::blocking::ClientBuilder;

use super::address::names_somebody;
use crate::error::Error;

/// By whom requests are passed on. HTTPS goes through a tunnel (`CONNECT`, RFC 9110 section 9.3.6), so that a proxy sees host
/// names and sizes and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// By the one that the process's environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), where it does.
    #[default]
    System,
    /// By nobody, whatever the environment says.
    Nobody,
    /// By this one.
    At(Url),
}

impl Proxy {
    /// `none`, or `http://host:port`. Errors: `config_invalid`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text == "none" {
            return Ok(Self::Nobody);
        }
        let rule = "proxy must be `http://host:port`, or `none` to ignore the system's";
        let url = Url::parse(text).map_err(|error| Error::config(format!("{rule} ({error})")))?;
        let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        if names_somebody(&url) {
            // It would be in every copy of the app.
            return Err(Error::config(format!("{rule}, without a user name or password")));
        }
        match url.scheme() == "http" && url.host().is_some() && !has_more {
            true => Ok(Self::At(url)),
            false => Err(Error::config(rule)),
        }
    }

    /// The environment's proxy may itself be spoken to in TLS, and would be shown the client certificate if it demanded
    /// one; a configured one is not.
    pub(super) fn apply(&self, builder: ClientBuilder, whose: Whose) -> Result<ClientBuilder, Error> {
        match (self, whose) {
            (_, Whose::Loopback) | (Self::Nobody, _) | (Self::System, Whose::Identified) => {
                Ok(builder.no_proxy())
            }
            (Self::System, Whose::Anybody) => Ok(builder),
            (Self::At(url), _) => {
                let proxy = reqwest::Proxy::all(url.clone());
                let proxy = proxy.map_err(|error| Error::config(format!("proxy cannot be used: {error}")))?;
                Ok(builder.proxy(proxy))
            }
        }
    }
}

/// Whom a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A server on this machine, which no proxy can reach for us.
    Loopback,
    /// The server that gets the client certificate.
    Identified,
    /// Any other.
    Anybody,
}

#[cfg(test)]
mod tests {
    use airlock_protocol::Code;

    use super::*;

    #[test]
    fn a_proxy_is_an_address_and_nothing_else() {
        assert_eq!(Proxy::parse("none").unwrap(), Proxy::Nobody);
        for good in [
            "http://proxy.example:3128",
            "http://10.0.0.1:8080/",
            "http://[::1]:1",
        ] {
            assert!(matches!(Proxy::parse(good), Ok(Proxy::At(_))), "{good}");
        }
        for bad in [
            "",
            "proxy.example:3128",
            "https://proxy.example",
            "socks5://proxy.example",
            "http://proxy.example/path",
            "http://proxy.example/?a",
            "http://user:secret@proxy.example:3128",
        ] {
            let error = Proxy::parse(bad).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid, "{bad}");
            assert!(error.to_string().contains("http://host:port"), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
