//! Which line of releases the device follows, chosen while the app runs.

use std::str::FromStr as _;

use airlock_foreign::capgo::Listed;
use airlock_protocol::{ChannelName, Code};
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::feed::{PeersChannels, Repository, info};
use crate::machine::{Event, State};
use crate::session::Session;

/// The channel that a device follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Followed {
    /// Its name; empty where the peer's server chooses and was not asked.
    pub channel: String,
    /// Who decided.
    pub status: ChannelStatus,
    /// Whether the device may choose another one.
    pub allow_set: bool,
}

/// Who decided which channel it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelStatus {
    /// The app, at run time, or the peer's server for this device.
    Override,
    /// The configuration.
    Default,
}

impl ChannelStatus {
    /// The word of the JavaScript API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Default => "default",
        }
    }
}

/// A channel to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// The peer's number for it; in a repository its place, from 1.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether devices follow it without having chosen it. In a repository all of them are open.
    #[serde(rename = "public")]
    pub is_public: bool,
    /// Whether a device may choose it.
    pub allow_self_set: bool,
}

/// Who has channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeper {
    /// The signed metadata.
    Repository,
    /// The peer's server.
    Peer,
}

impl Engine {
    /// Follows another channel from now on, through restarts, until [`Engine::unset_channel`]. What waits as next came from the
    /// channel that is left and is dropped; what runs stays. In a repository the channel must be in the signed metadata; the
    /// peer's server is asked. After any error all is as before. Errors: `channel_unknown`, `channel_refused`, `usage` for
    /// what is no name, `config_invalid` where there are no channels, and as for [`Engine::check`].
    pub fn set_channel(&self, name: &str) -> Result<Followed, Error> {
        let keeper = self.channel_keeper()?;
        if !self.config.allows_choice() {
            let text = "allowSetDefaultChannel is false, so the channel is the configured one; change the configuration";
            return Err(usage(Code::ChannelRefused, text));
        }
        let name = ChannelName::from_str(name).map_err(|error| usage(Code::Usage, error.to_string()))?;
        let _sync = self.sync_lock()?;
        let chosen = match keeper {
            Keeper::Repository => Some(self.channel_of_repository(name)?),
            Keeper::Peer => {
                let peer = PeersChannels::open(self)?.ok_or_else(nobody_to_ask)?;
                peer.choose(&name)?
            }
        };
        self.follow(chosen)
    }

    /// Follows the configured channel again. Asks nobody, but waits for no other process that is syncing. Errors: `locked`,
    /// `config_invalid` where there are no channels, and as for [`Engine::ready`].
    pub fn unset_channel(&self) -> Result<Followed, Error> {
        self.channel_keeper()?;
        // A sync that runs would make next what the channel that is left has offered.
        let _sync = self.sync_lock()?;
        self.follow(None)
    }

    /// The channel that the device follows. Asks nobody but the peer's server, where `channelUrl` names one; what that says is
    /// told and not kept. Errors: `config_invalid` where there are no channels, `storage_failure`; with a server as for
    /// [`Engine::set_channel`].
    pub fn channel(&self) -> Result<Followed, Error> {
        let keeper = self.channel_keeper()?;
        let own = self.followed(&self.peek()?, keeper);
        if keeper == Keeper::Repository || self.config.channel_url().is_none() {
            return Ok(own);
        }
        let _sync = self.sync_lock()?;
        PeersChannels::open(self)?.map_or(Ok(own.clone()), |peer| peer.followed(own))
    }

    /// What there is to choose from: the channels in the signed metadata, or those that the peer's server shows this device.
    /// Errors: `config_invalid` where there are no channels, and as for [`Engine::check`].
    pub fn channels(&self) -> Result<Vec<Channel>, Error> {
        let keeper = self.channel_keeper()?;
        let _sync = self.sync_lock()?;
        if keeper == Keeper::Peer {
            let peer = PeersChannels::open(self)?.ok_or_else(nobody_to_ask)?;
            return peer.listed();
        }
        let names = Repository::open(self)?.channels()?;
        let numbered = (1..).zip(names);
        Ok(numbered
            .map(|(id, name)| Channel {
                id,
                name: name.to_string(),
                is_public: true,
                allow_self_set: self.config.allows_choice(),
            })
            .collect())
    }

    /// The channel whose releases count.
    pub(crate) fn followed_channel(&self, state: &State) -> ChannelName {
        let chosen = state.chosen_channel.clone();
        chosen.unwrap_or_else(|| self.config.channel.clone())
    }

    fn channel_of_repository(&self, name: ChannelName) -> Result<ChannelName, Error> {
        let names = Repository::open(self)?.channels()?;
        if names.contains(&name) {
            return Ok(name);
        }
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let text = format!(
            "the repository has no channel `{name}`; choose one of: {}",
            names.join(", ")
        );
        Err(usage(Code::ChannelUnknown, text))
    }

    fn follow(&self, chosen: Option<ChannelName>) -> Result<Followed, Error> {
        let mut session = Session::open(self)?;
        session.apply(Event::ChannelChosen(chosen, self.config.channel.clone()))?;
        Ok(self.followed(session.state(), self.channel_keeper()?))
    }

    fn followed(&self, state: &State, keeper: Keeper) -> Followed {
        Followed {
            channel: match keeper {
                Keeper::Repository => self.followed_channel(state).to_string(),
                Keeper::Peer => info::named_channel(self, state),
            },
            status: match state.chosen_channel {
                Some(_) => ChannelStatus::Override,
                None => ChannelStatus::Default,
            },
            allow_set: self.config.allows_choice(),
        }
    }

    fn channel_keeper(&self) -> Result<Keeper, Error> {
        match self.config.update_protocol.as_str() {
            "airlock" => Ok(Keeper::Repository),
            "capgo" => Ok(Keeper::Peer),
            other => Err(Error::config(format!(
                "updateProtocol `{other}` has no channels; use `airlock` or `capgo`"
            ))),
        }
    }
}

impl From<Listed> for Channel {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id,
            name: listed.name,
            is_public: listed.is_public,
            allow_self_set: listed.allow_self_set,
        }
    }
}

fn usage(code: Code, text: impl Into<String>) -> Error {
    let text = text.into();
    Error::Usage { code, text }
}

fn nobody_to_ask() -> Error {
    Error::config("no channelUrl is configured, so there is nobody to ask about channels")
}
