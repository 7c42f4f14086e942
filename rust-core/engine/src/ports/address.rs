//! Which addresses may be asked. Pure.

use reqwest::Url;

use crate::error::Error;

/// Which URLs may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insecure {
    /// HTTPS only.
    Refused,
    /// Plain http too, to loopback addresses only (`allowInsecureLoopback`).
    LoopbackOnly,
}

/// An address as it may be shown: queries may carry credentials.
pub(crate) fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Errors: `config_invalid`.
pub(super) fn parse(url: &str) -> Result<Url, Error> {
    let url = Url::parse(url).map_err(|error| {
        let advice = match error {
            url::ParseError::IdnaError => {
                "; write a host name with other letters than a to z in its `xn--` form"
            }
            _ => "",
        };
        Error::config(format!("the update url is not a url: {error}{advice}"))
    })?;
    // It would stand in error messages and in every log.
    match names_somebody(&url) {
        true => Err(Error::config(
            "an update url must not hold a user name or a password; use requestHeaders or a request token",
        )),
        false => Ok(url),
    }
}

pub(super) fn names_somebody(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// HTTPS only; plain http to loopback when the configuration says so.
pub(super) fn check_scheme(url: &Url, insecure: Insecure) -> Result<(), Error> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if insecure == Insecure::LoopbackOnly && is_loopback(url) => Ok(()),
        "http" if is_loopback(url) => Err(Error::config(
            "plain http is refused; for a server on this machine set allowInsecureLoopback: true",
        )),
        other => Err(Error::config(format!(
            "only https is allowed for updates, not {other}"
        ))),
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use airlock_protocol::Code;

    use super::*;

    #[test]
    fn a_host_name_with_other_letters_is_refused_with_advice_and_taken_in_its_ascii_form() {
        let error = parse("https://b\u{fc}cher.example/app/").unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains("`xn--` form"), "{error}");
        assert!(!parse("nothing").unwrap_err().to_string().contains("xn--"));
        let url = parse("https://xn--bcher-kva.example/app/").unwrap();
        assert_eq!(url.host_str(), Some("xn--bcher-kva.example"));
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        for bad in ["https://me:secret@a.example/", "https://secret@a.example/"] {
            let error = parse(bad).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(parse("https://a.example/me:secret@b").is_ok());
    }
}
