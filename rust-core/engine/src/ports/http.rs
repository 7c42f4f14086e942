//! HTTP by reqwest.

mod post;

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT_ENCODING, HeaderValue, IF_RANGE, LOCATION, RANGE};
use reqwest::redirect::Policy;
use url::Origin;

use super::answer::{self, Answer, PORTAL};
use super::pace::Pace;
use super::{ClientIdentity, Get, Got, Post, Reply, ServerTrust, Sink, Transport, tls};
use crate::error::Error;

/// Redirects followed. Object stores behind a CDN need one or two; a loop must end.
const MAX_REDIRECTS: usize = 5;
const BUFFER_BYTES: usize = 64 * 1024;

/// Which URLs may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insecure {
    /// HTTPS only.
    Refused,
    /// Plain http too, to loopback addresses only (`allowInsecureLoopback`).
    LoopbackOnly,
}

/// The transport of phones and desktops. The client is built at the first request: a launch asks
/// nobody and must not pay for loading certificates.
pub struct HttpTransport {
    client: OnceLock<Client>,
    /// For servers on this machine, which no proxy can reach for us.
    loopback_client: OnceLock<Client>,
    response_timeout: Duration,
    insecure: Insecure,
    trust: Option<Arc<dyn ServerTrust>>,
    identified: Option<Identified>,
}

/// Who we are to one server, and to no other: its connections are apart from all others, so that a redirect to somebody
/// else cannot take the certificate along.
struct Identified {
    identity: Arc<dyn ClientIdentity>,
    origin: Origin,
    client: OnceLock<Client>,
}

impl HttpTransport {
    /// Does no I/O. `response_timeout` bounds the connection, the wait for an answer and every pause
    /// within a body, not the whole download.
    pub fn new(response_timeout: Duration, insecure: Insecure) -> Self {
        Self {
            client: OnceLock::new(),
            loopback_client: OnceLock::new(),
            response_timeout,
            insecure,
            trust: None,
            identified: None,
        }
    }

    /// The same transport, asking the host instead of the platform's verifier. Android lets nobody else ask.
    pub fn trusting(self, trust: Arc<dyn ServerTrust>) -> Self {
        Self {
            trust: Some(trust),
            ..self
        }
    }

    /// The same transport with a client certificate for the server of `update_url` (scheme, host and port) alone. It is
    /// asked directly: a proxy would be shown the certificate as well if it demanded one.
    pub fn identified(self, identity: Arc<dyn ClientIdentity>, update_url: &str) -> Self {
        // A URL that is none fails at the first request, and says so.
        let identified = Url::parse(update_url).ok().map(|url| Identified {
            identity,
            origin: url.origin(),
            client: OnceLock::new(),
        });
        Self { identified, ..self }
    }

    fn client(&self, url: &Url) -> Result<&Client, Error> {
        let identified = self
            .identified
            .as_ref()
            .filter(|identified| identified.origin == url.origin());
        let loopback = is_loopback(url);
        let slot = match identified {
            Some(identified) => &identified.client,
            None if loopback => &self.loopback_client,
            None => &self.client,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let identity = identified.map(|identified| &identified.identity);
        let builder = Client::builder()
            .tls_backend_preconfigured(tls::config(self.trust.as_ref(), identity)?)
            .redirect(Policy::none())
            .timeout(self.response_timeout)
            .connect_timeout(self.response_timeout)
            .user_agent(concat!("Airlock/", env!("CARGO_PKG_VERSION")));
        let builder = match loopback || identity.is_some() {
            true => builder.no_proxy(),
            false => builder,
        };
        let client = builder.build().map_err(|error| {
            Error::Internal(format!("cannot build the http client: {}", root_cause(&error)))
        })?;
        Ok(slot.get_or_init(|| client))
    }

    /// Redirects are followed here and not by the client, so that every hop is checked and gets the client that is
    /// meant for its server.
    fn send(&self, request: &Get<'_>) -> Result<Response, Error> {
        let mut url = parse_url(request.url)?;
        check_scheme(&url, self.insecure)?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_to(url, request)?;
            let Some(next) = onward(&response) else {
                return Ok(response);
            };
            check_scheme(&next, self.insecure)
                .map_err(|_| unusable(request.url, format!("a redirect away from https; {PORTAL}")))?;
            url = next;
        }
        Err(unusable(request.url, "too many redirects".to_owned()))
    }

    fn send_to(&self, url: Url, request: &Get<'_>) -> Result<Response, Error> {
        let mut asked = self
            .client(&url)?
            .get(url)
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(resume) = &request.resume {
            asked = asked
                .header(RANGE, format!("bytes={}-", resume.from))
                .header(IF_RANGE, resume.etag.as_str());
        }
        asked.send().map_err(|error| not_received(request.url, &error))
    }

    /// Hands the body on, as long as it moves and keeps to its size.
    fn pour(
        &self,
        response: &mut Response,
        request: &Get<'_>,
        offset: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let mut received = offset;
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut pace = Pace::new(self.response_timeout, Instant::now());
        loop {
            let count = response
                .read(&mut buffer)
                .map_err(|error| interrupted(request.url, &error))?;
            let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
                return Ok(());
            };
            received = received.saturating_add(count as u64);
            if received > request.max_bytes {
                return Err(unusable(request.url, answer::too_long(request.max_bytes)));
            }
            sink.piece(piece)?;
            if !pace.keeps_up(count as u64, Instant::now()) {
                return Err(Error::Download {
                    url: without_query(request.url),
                    reason: "the answer comes too slowly (less than 1 KiB a second)".to_owned(),
                });
            }
        }
    }
}

impl Transport for HttpTransport {
    /// Eight: enough to hide the time that each small file takes to answer, few enough for eight windows to fit in memory.
    fn parallel(&self) -> usize {
        8
    }

    fn post(&self, request: &Post<'_>) -> Result<Reply, Error> {
        self.send_post(request)
    }

    fn get(&self, request: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error> {
        let mut response = self.send(request)?;
        match answer::judge(request, response.status(), response.headers()) {
            Answer::Body(head) => {
                sink.begin(&head)?;
                self.pour(&mut response, request, head.offset, sink)?;
                Ok(Got::Body)
            }
            Answer::Missing => Ok(Got::Missing),
            Answer::NotThisRange => Ok(Got::NotThisRange),
            Answer::Busy(status, retry_after) => Err(Error::Busy {
                url: without_query(request.url),
                status,
                retry_after,
            }),
            Answer::Unusable(reason) => Err(unusable(request.url, reason)),
        }
    }
}

/// Where an answer sends us on to; `None` when it does not.
fn onward(response: &Response) -> Option<Url> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| redirects)?;
    response.url().join(location.to_str().ok()?).ok()
}

fn parse_url(url: &str) -> Result<Url, Error> {
    Url::parse(url).map_err(|error| {
        let advice = match error {
            url::ParseError::IdnaError => {
                "; write a host name with other letters than a to z in its `xn--` form"
            }
            _ => "",
        };
        Error::config(format!("the update url is not a url: {error}{advice}"))
    })
}

/// HTTPS only; plain http to loopback when the configuration says so.
fn check_scheme(url: &Url, insecure: Insecure) -> Result<(), Error> {
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

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn unusable(url: &str, reason: String) -> Error {
    Error::Response {
        url: without_query(url),
        reason,
    }
}

fn interrupted(url: &str, error: &std::io::Error) -> Error {
    let cause = error
        .get_ref()
        .and_then(|inner| inner.source())
        .map(ToString::to_string);
    let reason = cause.unwrap_or_else(|| error.to_string());
    Error::Download {
        url: without_query(url),
        reason: format!("the connection ended midway ({reason})"),
    }
}

/// What TLS found wrong, waiting does not mend.
fn not_received(url: &str, error: &reqwest::Error) -> Error {
    let url = without_query(url);
    match tls::explain(innermost(error)) {
        Some(reason) => Error::Handshake { url, reason },
        None => Error::Download {
            url,
            reason: root_cause(error),
        },
    }
}

fn innermost(error: &reqwest::Error) -> &(dyn std::error::Error + 'static) {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

/// The innermost cause says most and repeats no URL.
fn root_cause(error: &reqwest::Error) -> String {
    match error.is_timeout() {
        true => "no answer in time".to_owned(),
        false => innermost(error).to_string(),
    }
}

/// Queries may carry credentials.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use airlock_protocol::Code;

    use super::*;

    #[test]
    fn a_host_name_with_other_letters_is_refused_with_advice_and_taken_in_its_ascii_form() {
        let error = parse_url("https://b\u{fc}cher.example/app/").unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains("`xn--` form"), "{error}");
        assert!(!parse_url("nothing").unwrap_err().to_string().contains("xn--"));
        let url = parse_url("https://xn--bcher-kva.example/app/").unwrap();
        assert_eq!(url.host_str(), Some("xn--bcher-kva.example"));
    }
}
