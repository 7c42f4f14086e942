//! HTTP by reqwest, TLS by rustls with ring, trust by the host or the platform's verifier.

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT_ENCODING, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{StatusCode, Url};
use rustls::client::WantsClientCert;
use rustls::{ClientConfig, ConfigBuilder, WantsVerifier};
#[cfg(not(target_os = "android"))]
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::trust::HostVerifier;
use super::{Get, Got, ServerTrust, Transport};
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
        }
    }

    /// The same transport, asking the host instead of the platform's verifier. Android lets nobody else ask.
    pub fn trusting(self, trust: Arc<dyn ServerTrust>) -> Self {
        Self {
            trust: Some(trust),
            ..self
        }
    }

    fn client(&self, url: &Url) -> Result<&Client, Error> {
        let loopback = is_loopback(url);
        let slot = if loopback {
            &self.loopback_client
        } else {
            &self.client
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let insecure = self.insecure;
        let builder = Client::builder()
            .tls_backend_preconfigured(tls_config(self.trust.as_ref())?)
            .redirect(Policy::custom(move |attempt| follow(attempt, insecure)))
            .timeout(self.response_timeout)
            .connect_timeout(self.response_timeout)
            .user_agent(concat!("Airlock/", env!("CARGO_PKG_VERSION")));
        let builder = if loopback { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| {
            Error::Internal(format!("cannot build the http client: {}", root_cause(&error)))
        })?;
        Ok(slot.get_or_init(|| client))
    }

    fn send(&self, request: &Get<'_>) -> Result<Response, Error> {
        let url = parse_url(request.url)?;
        check_scheme(&url, self.insecure)?;
        self.client(&url)?
            .get(url)
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .send()
            .map_err(|error| not_received(request.url, &error))
    }
}

impl Transport for HttpTransport {
    fn get(&self, request: &Get<'_>, sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<Got, Error> {
        let mut response = self.send(request)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::GONE => return Ok(Got::Missing),
            status => return Err(unusable(request.url, format!("it answered {status}"))),
        }
        if response
            .content_length()
            .is_some_and(|length| length > request.max_bytes)
        {
            return Err(too_long(request));
        }
        let mut received = 0_u64;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = response
                .read(&mut buffer)
                .map_err(|error| interrupted(request.url, &error))?;
            let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
                return Ok(Got::Body);
            };
            received = received.saturating_add(count as u64);
            if received > request.max_bytes {
                return Err(too_long(request));
            }
            sink(piece)?;
        }
    }
}

/// ring as the only crypto; trust is the host's, or the platform's (system store, user CAs, MDM).
fn tls_config(trust: Option<&Arc<dyn ServerTrust>>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(tls_failed)?;
    let trusting = match trust {
        Some(trust) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(HostVerifier::new(Arc::clone(trust), provider))),
        None => platform_trust(builder)?,
    };
    Ok(trusting.with_no_client_auth())
}

#[cfg(not(target_os = "android"))]
fn platform_trust(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    builder.with_platform_verifier().map_err(tls_failed)
}

/// Android's trust can be asked through Java only, which is the host's.
#[cfg(target_os = "android")]
fn platform_trust(
    _: ConfigBuilder<ClientConfig, WantsVerifier>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    Err(Error::Internal(
        "the app gave no ServerTrust, and on Android nobody else can judge servers".to_owned(),
    ))
}

fn tls_failed(error: rustls::Error) -> Error {
    Error::Internal(format!("cannot set up tls: {error}"))
}

fn follow(attempt: Attempt<'_>, insecure: Insecure) -> reqwest::redirect::Action {
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("too many redirects");
    }
    match check_scheme(attempt.url(), insecure) {
        Ok(()) => attempt.follow(),
        Err(_) => attempt.error("a redirect away from https"),
    }
}

fn parse_url(url: &str) -> Result<Url, Error> {
    Url::parse(url).map_err(|error| Error::config(format!("the update url is not a url: {error}")))
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

fn too_long(request: &Get<'_>) -> Error {
    unusable(
        request.url,
        format!("it is longer than the {} bytes allowed", request.max_bytes),
    )
}

fn unusable(url: &str, reason: String) -> Error {
    Error::Response {
        url: without_query(url),
        reason,
    }
}

fn not_received(url: &str, error: &reqwest::Error) -> Error {
    let reason = root_cause(error);
    match error.is_redirect() {
        true => unusable(url, reason),
        false => Error::Download {
            url: without_query(url),
            reason,
        },
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

/// The innermost cause says most and repeats no URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    cause.to_string()
}

/// Queries may carry credentials.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
