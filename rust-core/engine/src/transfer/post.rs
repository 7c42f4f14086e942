//! Asking a server that wants to be told something first.

use super::{Absence, Leg, Place, Transfer, Wanted, quiet};
use crate::error::{Error, RetryAfter};
use crate::ports::{PORTAL, Post, Reply};
use crate::transfer::without_query;

impl Transfer<'_> {
    /// The answer with status 2xx or 4xx, once one comes: retries, silence after 429 and cancelling are as for files.
    /// `pause` looks for the wait that the body of a 429 names. Errors: `download_failed`, `response_unusable`.
    pub(crate) fn post(
        &mut self,
        post: &Post<'_>,
        pause: fn(&[u8]) -> Option<RetryAfter>,
    ) -> Result<Reply, Error> {
        let wanted = Wanted {
            place: Place::Url(post.url),
            max_bytes: post.max_bytes,
            absence: Absence::Fails,
        };
        let reply = self.persist(wanted, &mut |transfer, _| {
            transfer.say(post, pause).map(Leg::Done)
        })?;
        reply.ok_or_else(|| self.missing(wanted.place))
    }

    /// The same in one attempt, for what can wait until the next run.
    pub(crate) fn post_once(
        &mut self,
        post: &Post<'_>,
        pause: fn(&[u8]) -> Option<RetryAfter>,
    ) -> Result<Reply, Error> {
        match self.say(post, pause) {
            Err(Error::Busy {
                status: 429,
                retry_after,
                ..
            }) => Err(quiet::begin(self.engine, retry_after)),
            other => other,
        }
    }

    fn say(&mut self, post: &Post<'_>, pause: fn(&[u8]) -> Option<RetryAfter>) -> Result<Reply, Error> {
        let (url, reply) = (post.url, self.engine.host.transport.post(post)?);
        self.received = self.received.saturating_add(reply.body.len() as u64);
        match reply.status {
            408 | 429 | 500 | 502..=504 => Err(Error::Busy {
                url: without_query(url),
                status: reply.status,
                retry_after: reply.retry_after.or_else(|| pause(&reply.body)),
            }),
            _ if reply.body.trim_ascii_start().starts_with(b"<") => Err(unusable(url, PORTAL.to_owned())),
            200..=299 | 400..=499 => Ok(reply),
            300..=399 => {
                let status = reply.status;
                let reason = format!("it answered {status}; configure the address that it redirects to");
                Err(unusable(url, reason))
            }
            status => Err(unusable(url, format!("it answered {status}"))),
        }
    }
}

fn unusable(url: &str, reason: String) -> Error {
    Error::Response {
        url: without_query(url),
        reason,
    }
}
