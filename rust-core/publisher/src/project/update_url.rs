//! Where devices find the repository.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use crate::error::Error;

/// The address of a repository: HTTPS, or plain HTTP to this very machine for trying things out (design
/// section 10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateUrl(Url);

impl UpdateUrl {
    /// Whether it is plain HTTP, which an app accepts only with `allowInsecureLoopback`.
    pub fn is_insecure_loopback(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for UpdateUrl {
    type Err = Error;

    /// # Errors
    /// `config_invalid` for anything but `https://…` or `http://` to a loopback host, and for a query, a
    /// fragment or a password in it.
    fn from_str(text: &str) -> Result<UpdateUrl, Error> {
        let refuse = |reason: &str| Err(Error::Project(format!("{text} is not an update URL: {reason}")));
        let Ok(url) = Url::parse(text) else {
            return refuse("expected https://host/path/");
        };
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return refuse("plain HTTP is for this machine only, use https://"),
            _ => return refuse("expected https://host/path/"),
        }
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return refuse("it must not have a user, a query or a fragment");
        }
        Ok(UpdateUrl(url))
    }
}

impl fmt::Display for UpdateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for UpdateUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for UpdateUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UpdateUrl, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_are_accepted() {
        for (text, insecure) in [
            ("https://updates.example.com/my-app/", false),
            ("http://127.0.0.1:8080/", true),
            ("http://localhost:8080/r/", true),
            ("http://[::1]/", true),
        ] {
            assert_eq!(
                text.parse::<UpdateUrl>().unwrap().is_insecure_loopback(),
                insecure,
                "{text}"
            );
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "updates.example.com",
            "http://updates.example.com/",
            "http://127.0.0.1.example.com/",
            "ftp://127.0.0.1/",
            "file:///srv/repository",
            "https://me:secret@example.com/",
            "https://example.com/?app=1",
            "https://example.com/#top",
        ] {
            assert!(text.parse::<UpdateUrl>().is_err(), "{text}");
        }
    }
}
