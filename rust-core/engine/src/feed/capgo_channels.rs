//! The peer's `channel_self`: which channels its server has, and whether this device may follow one.

use airlock_foreign::capgo::{ANSWER_BYTES, ChannelAnswer, Listed, Refused, Told};
use airlock_protocol::{ChannelName, Code};
use serde_json::Value;
use url::Url;

use super::capgo::{quote, unusable};
use super::{Run, info};
use crate::channels::{Channel, ChannelStatus, Followed};
use crate::engine::Engine;
use crate::error::Error;
use crate::ports::{Post, Reply, Verb};

/// One conversation with the server at `channelUrl`.
pub(crate) struct PeersChannels<'e> {
    run: Run<'e>,
    url: &'e str,
}

impl<'e> PeersChannels<'e> {
    /// Nothing without a `channelUrl`. Errors: as for a check.
    pub(crate) fn open(engine: &'e Engine) -> Result<Option<Self>, Error> {
        let Some(url) = engine.config.channel_url() else {
            return Ok(None);
        };
        let run = Run::begin(engine)?;
        Ok(Some(Self { run, url }))
    }

    /// `POST`: may this device follow the channel? `None`: it is to follow the one it was built for. Errors:
    /// `channel_unknown`, `channel_refused`, and as for a check.
    pub(crate) fn choose(mut self, channel: &ChannelName) -> Result<Option<ChannelName>, Error> {
        let mut body = self.run.info();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("channel".to_owned(), Value::String(channel.to_string()));
        }
        let reply = self.say(Verb::Post, &body)?;
        let told = self.told(&reply)?;
        match (told.unset, told.status.as_deref()) {
            (true, _) => Ok(None),
            (false, Some("ok")) => Ok(Some(channel.clone())),
            (false, _) => Err(unusable(self.url, "it says neither yes nor no".to_owned())),
        }
    }

    /// `PUT`: which channel does the server give this device? The device follows its own choice all the same.
    pub(crate) fn followed(mut self, own: Followed) -> Result<Followed, Error> {
        let reply = self.say(Verb::Put, &self.run.info())?;
        let named = info::named_channel(self.run.engine, &self.run.state);
        // What the peer's server says of a device whose channel it does not keep.
        let is_unkept = reply.status == 400
            && String::from_utf8_lossy(&reply.body).contains("channel_not_found")
            && !named.is_empty();
        if is_unkept {
            return Ok(Followed {
                channel: named,
                status: ChannelStatus::Default,
                ..own
            });
        }
        let told = self.told(&reply)?;
        let channel = told.channel.filter(|channel| !channel.is_empty());
        let channel = channel.ok_or_else(|| unusable(self.url, "it names no `channel`".to_owned()))?;
        Ok(Followed {
            channel,
            status: match told.status.as_deref() {
                Some("override") => ChannelStatus::Override,
                _ => ChannelStatus::Default,
            },
            allow_set: own.allow_set && told.allow_set.unwrap_or(true),
        })
    }

    /// `GET`: what there is to choose from.
    pub(crate) fn listed(mut self) -> Result<Vec<Channel>, Error> {
        let mut url = Url::parse(self.url)
            .map_err(|error| Error::config(format!("channelUrl cannot be used: {error}")))?;
        for (name, value) in self.run.info().as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            url.query_pairs_mut().append_pair(name, &value);
        }
        let reply = self.say_to(url.as_str(), Verb::Get, b"")?;
        match Listed::parse(&reply.body) {
            Ok(listed) if reply.status == 200 => Ok(listed.into_iter().map(Channel::from).collect()),
            Err(fault) if reply.status == 200 && !is_object(&reply.body) => Err(unusable(self.url, fault)),
            _ => Err(match self.told(&reply) {
                Err(error) => error,
                Ok(_) => unusable(self.url, "it lists no channels".to_owned()),
            }),
        }
    }

    fn say(&mut self, verb: Verb, body: &Value) -> Result<Reply, Error> {
        self.say_to(self.url, verb, body.to_string().as_bytes())
    }

    fn say_to(&mut self, url: &str, verb: Verb, body: &[u8]) -> Result<Reply, Error> {
        let user_agent = info::user_agent(self.run.engine);
        let post = Post {
            verb,
            url,
            body,
            user_agent: &user_agent,
            max_bytes: ANSWER_BYTES,
        };
        self.run.transfer.post(&post, info::pause)
    }

    /// What it told, or why it refused. A refusal is one under any status; anything else must be a 200.
    fn told(&self, reply: &Reply) -> Result<Told, Error> {
        match (reply.status, ChannelAnswer::parse(&reply.body)) {
            (_, Ok(ChannelAnswer::Refused(refused))) => Err(self.refused(reply.status, &refused)),
            (200, Ok(ChannelAnswer::Told(told))) => Ok(told),
            (200, Err(fault)) => Err(unusable(self.url, fault)),
            (status, _) => Err(unusable(self.url, format!("it answered {status}"))),
        }
    }

    fn refused(&self, status: u16, refused: &Refused) -> Error {
        let said = quote(&refused.word, &refused.message);
        let usage = |code, text| Error::Usage { code, text };
        match refused.word.as_str() {
            "channel_not_found" => usage(
                Code::ChannelUnknown,
                format!("the server has no such channel{said}; listChannels() shows those it has"),
            ),
            "cannot_override"
            | "override_not_allowed"
            | "channel_self_set_not_allowed"
            | "public_channel_self_set_not_allowed" => usage(
                Code::ChannelRefused,
                format!("the server lets no device choose this channel{said}"),
            ),
            _ => unusable(self.url, format!("it answered {status}{said}")),
        }
    }
}

fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}
