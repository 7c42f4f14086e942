//! The client that is meant for a server: who it trusts, who we are to it, and how to get there.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Url;
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use url::Origin;

use super::address::is_loopback;
use super::pins::Pins;
use super::proxy::{Proxy, Whose};
use super::{ClientIdentity, ServerTrust, tls};
use crate::error::Error;

/// Each is built at the first request: a launch asks nobody and must not pay for loading certificates.
pub(super) struct Clients {
    others: OnceLock<Client>,
    /// For servers on this machine, which no proxy can reach for us.
    loopback: OnceLock<Client>,
    pub(super) response_timeout: Duration,
    pub(super) trust: Option<Arc<dyn ServerTrust>>,
    pub(super) pins: Option<Pins>,
    pub(super) proxy: Proxy,
    pub(super) identified: Option<Identified>,
}

/// Who we are to one server, and to no other: its connections are apart from all others, so that a redirect to somebody
/// else cannot take the certificate along.
pub(super) struct Identified {
    identity: Arc<dyn ClientIdentity>,
    origin: Origin,
    client: OnceLock<Client>,
}

impl Identified {
    pub(super) fn new(identity: Arc<dyn ClientIdentity>, origin: Origin) -> Self {
        Self {
            identity,
            origin,
            client: OnceLock::new(),
        }
    }
}

impl Clients {
    pub(super) fn new(response_timeout: Duration) -> Self {
        Self {
            others: OnceLock::new(),
            loopback: OnceLock::new(),
            response_timeout,
            trust: None,
            pins: None,
            proxy: Proxy::default(),
            identified: None,
        }
    }

    pub(super) fn meant_for(&self, url: &Url) -> Result<&Client, Error> {
        let identified = self
            .identified
            .as_ref()
            .filter(|identified| identified.origin == url.origin());
        let (whose, slot) = match identified {
            Some(identified) => (Whose::Identified, &identified.client),
            None if is_loopback(url) => (Whose::Loopback, &self.loopback),
            None => (Whose::Anybody, &self.others),
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let identity = identified.map(|identified| &identified.identity);
        let builder = Client::builder()
            .tls_backend_preconfigured(tls::config(self.trust.as_ref(), self.pins.as_ref(), identity)?)
            .redirect(Policy::none())
            .timeout(self.response_timeout)
            .connect_timeout(self.response_timeout)
            .user_agent(concat!("Airlock/", env!("CARGO_PKG_VERSION")));
        let client = self.proxy.apply(builder, whose)?.build();
        let client =
            client.map_err(|error| Error::Internal(format!("cannot build the http client: {error}")))?;
        Ok(slot.get_or_init(|| client))
    }
}
