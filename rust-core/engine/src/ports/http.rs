//! HTTP by reqwest.

mod post;

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::blocking::Response;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_RANGE, LOCATION, RANGE};
use reqwest::{StatusCode, Url};

use super::address::{self, Insecure, without_query};
use super::answer::{self, Answer, PORTAL};
use super::clients::{Clients, Identified};
use super::credentials::Asked;
use super::pace::Pace;
use super::{
    ClientIdentity, Credentials, Get, Got, Pins, Post, Proxy, Reply, ServerTrust, Sink, Transport, tls,
};
use crate::error::Error;

/// Redirects followed. Object stores behind a CDN need one or two; a loop must end.
const MAX_REDIRECTS: usize = 5;
const BUFFER_BYTES: usize = 64 * 1024;

/// The transport of phones and desktops.
pub struct HttpTransport {
    clients: Clients,
    insecure: Insecure,
    credentials: Option<Arc<Credentials>>,
}

impl HttpTransport {
    /// Does no I/O. `response_timeout` bounds the connection, the wait for an answer and every pause
    /// within a body, not the whole download.
    pub fn new(response_timeout: Duration, insecure: Insecure) -> Self {
        Self {
            clients: Clients::new(response_timeout),
            insecure,
            credentials: None,
        }
    }

    /// The same transport, asking the host instead of the platform's verifier. Android lets nobody else ask.
    pub fn trusting(mut self, trust: Arc<dyn ServerTrust>) -> Self {
        self.clients.trust = Some(trust);
        self
    }

    /// The same transport, talking over TLS only to servers that have one of the pins besides.
    pub fn pinned(mut self, pins: Pins) -> Self {
        self.clients.pins = Some(pins);
        self
    }

    /// The same transport, by way of a proxy. Servers on this machine are always asked directly.
    pub fn by_way_of(mut self, proxy: Proxy) -> Self {
        self.clients.proxy = proxy;
        self
    }

    /// The same transport with a client certificate for the server of `update_url` (scheme, host and port) alone. No proxy
    /// but a configured one comes between: it would be shown the certificate as well if it demanded one.
    pub fn identified(mut self, identity: Arc<dyn ClientIdentity>, update_url: &str) -> Self {
        // A URL that is none fails at the first request, and says so.
        self.clients.identified = Url::parse(update_url)
            .ok()
            .map(|url| Identified::new(identity, url.origin()));
        self
    }

    /// The same transport, saying who we are to the servers that the credentials are for.
    pub fn with_credentials(mut self, credentials: Arc<Credentials>) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Redirects are followed here and not by the client, so that every hop is checked and gets the client that is
    /// meant for its server.
    fn send(&self, request: &Get<'_>) -> Result<Response, Error> {
        let mut url = address::parse(request.url)?;
        address::check_scheme(&url, self.insecure)?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_to(url, request)?;
            let Some(next) = onward(&response) else {
                return Ok(response);
            };
            address::check_scheme(&next, self.insecure)
                .map_err(|_| unusable(request.url, format!("a redirect away from https; {PORTAL}")))?;
            url = next;
        }
        Err(unusable(request.url, "too many redirects".to_owned()))
    }

    fn send_to(&self, url: Url, request: &Get<'_>) -> Result<Response, Error> {
        let asked = Asked {
            method: "GET",
            body: b"",
        };
        self.introduced(&url, asked, |headers| self.ask(url.clone(), request, headers))
    }

    /// Each hop says who we are to its own server alone, and once more with a new token to one that refuses the old.
    fn introduced(
        &self,
        url: &Url,
        asked: Asked<'_>,
        ask: impl Fn(HeaderMap) -> Result<Response, Error>,
    ) -> Result<Response, Error> {
        let own = self.credentials.as_ref().filter(|own| own.belong_to(url));
        let Some(own) = own else {
            return ask(HeaderMap::new());
        };
        let token = own.token();
        let answer = ask(own.headers(asked, url, token.as_deref())?)?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        match own.renew(token.as_deref()) {
            Some(fresh) => ask(own.headers(asked, url, Some(&fresh))?),
            None => Ok(answer),
        }
    }

    fn ask(&self, url: Url, request: &Get<'_>, headers: HeaderMap) -> Result<Response, Error> {
        let mut asked = self
            .clients
            .meant_for(&url)?
            .get(url)
            .headers(headers)
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
        let mut pace = Pace::new(self.clients.response_timeout, Instant::now());
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
    fn run_begins(&self) {
        if let Some(credentials) = &self.credentials {
            credentials.run_begins();
        }
    }

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
    let mut next = response.url().join(location.to_str().ok()?).ok()?;
    // A server may not choose whom we say that we are.
    let _ = (next.set_username(""), next.set_password(None));
    Some(next)
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
