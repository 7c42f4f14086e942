//! A request with a body. Redirects are not followed: what a device says of itself goes to the configured server alone.

use std::io::Read as _;

use reqwest::blocking::RequestBuilder;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, USER_AGENT};

use super::{Asked, HttpTransport, address, answer, interrupted, not_received, unusable};
use crate::error::Error;
use crate::ports::{Post, Reply, Verb};

impl HttpTransport {
    pub(super) fn send_post(&self, request: &Post<'_>) -> Result<Reply, Error> {
        let url = address::parse(request.url)?;
        address::check_scheme(&url, self.insecure)?;
        let asked = Asked {
            method: request.verb.as_str(),
            body: request.body,
        };
        let response = self.introduced(&url, asked, |headers| {
            let client = self.clients.meant_for(&url)?;
            let said = |asked: RequestBuilder| {
                asked
                    .header(CONTENT_TYPE, "application/json; charset=utf-8")
                    .body(request.body.to_vec())
            };
            let asked = match request.verb {
                Verb::Post => said(client.post(url.clone())),
                Verb::Put => said(client.put(url.clone())),
                Verb::Get => client.get(url.clone()),
            };
            asked
                .headers(headers)
                .header(ACCEPT, "application/json")
                .header(ACCEPT_ENCODING, "identity")
                .header(USER_AGENT, request.user_agent)
                .send()
                .map_err(|error| not_received(request.url, &error))
        })?;
        let status = response.status().as_u16();
        let retry_after = answer::retry_after(response.headers());
        let mut body = Vec::new();
        response
            .take(request.max_bytes.saturating_add(1))
            .read_to_end(&mut body)
            .map_err(|error| interrupted(request.url, &error))?;
        match body.len() as u64 > request.max_bytes {
            true => Err(unusable(request.url, answer::too_long(request.max_bytes))),
            false => Ok(Reply {
                status,
                retry_after,
                body,
            }),
        }
    }
}
