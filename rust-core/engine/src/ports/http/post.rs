//! A request with a body. Redirects are not followed: what a device says of itself goes to the configured server alone.

use std::io::Read as _;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, USER_AGENT};

use super::{Asked, HttpTransport, address, answer, interrupted, not_received, unusable};
use crate::error::Error;
use crate::ports::{Post, Reply};

impl HttpTransport {
    pub(super) fn send_post(&self, request: &Post<'_>) -> Result<Reply, Error> {
        let url = address::parse(request.url)?;
        address::check_scheme(&url, self.insecure)?;
        let asked = Asked {
            method: "POST",
            body: request.body,
        };
        let response = self.introduced(&url, asked, |headers| {
            let client = self.clients.meant_for(&url)?;
            client
                .post(url.clone())
                .headers(headers)
                .header(ACCEPT, "application/json")
                .header(ACCEPT_ENCODING, "identity")
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .header(USER_AGENT, request.user_agent)
                .body(request.body.to_vec())
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
