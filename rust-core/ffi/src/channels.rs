//! The plugin's methods about channels (src-ts/channels.ts), and about who the device is to servers.

use airlock_engine::{Channel, Followed};

use crate::airlock::Airlock;
use crate::error::AirlockError;

/// The channel that the device follows.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FollowedChannel {
    /// Its name; empty where the peer's server chooses and was not asked.
    pub channel: String,
    /// `override` or `default`; after a choice `ok`.
    pub status: String,
    /// Whether the device may choose another one.
    pub allow_set: bool,
}

/// A channel to choose from.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ChannelInfo {
    /// The peer's number for it; in a repository its place, from 1.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether devices follow it without having chosen it.
    pub is_public: bool,
    /// Whether a device may choose it.
    pub allow_self_set: bool,
}

#[uniffi::export]
impl Airlock {
    /// `setChannel()`: follows another channel from now on, through restarts; what waits is dropped. Uses the network: on a
    /// worker. Call [`Airlock::auto_update`] next where the page wants `triggerAutoUpdate`. Errors: `channel_unknown`,
    /// `channel_refused`, `usage`, and as for [`Airlock::check`].
    pub fn set_channel(&self, channel: String) -> Result<FollowedChannel, AirlockError> {
        self.fetch(|engine| {
            Ok(FollowedChannel {
                status: "ok".to_owned(),
                ..engine.set_channel(&channel)?.into()
            })
        })
    }

    /// `unsetChannel()`: follows the configured channel again. Waits for a sync that runs: on a worker. Errors:
    /// `config_invalid`, and as for [`Airlock::ready`].
    pub fn unset_channel(&self) -> Result<(), AirlockError> {
        self.fetch(|engine| Ok(engine.unset_channel().map(drop)?))
    }

    /// `getChannel()`. With `updateProtocol: capgo` and a `channelUrl` it uses the network: on a worker. Errors: as for
    /// [`Airlock::set_channel`].
    pub fn channel(&self) -> Result<FollowedChannel, AirlockError> {
        self.fetch(|engine| Ok(engine.channel()?.into()))
    }

    /// `listChannels()`. Uses the network: on a worker. Errors: as for [`Airlock::check`].
    pub fn channels(&self) -> Result<Vec<ChannelInfo>, AirlockError> {
        self.fetch(|engine| Ok(engine.channels()?.into_iter().map(ChannelInfo::from).collect()))
    }

    /// `getDeviceId()`: a UUID in lower case. Asks the secure store where there is one. Errors: as for [`Airlock::ready`].
    pub fn device_id(&self) -> Result<String, AirlockError> {
        self.call(|engine| Ok(engine.device_id()?))
    }

    /// `setCustomId()`: what the peer's servers and the one at `statsUrl` are told as `custom_id`; an empty text ends that. Errors:
    /// `usage`; with `persistCustomId` as for [`Airlock::ready`].
    pub fn set_custom_id(&self, custom_id: String) -> Result<(), AirlockError> {
        self.call(|engine| Ok(engine.set_custom_id(&custom_id)?))
    }
}

impl From<Followed> for FollowedChannel {
    fn from(followed: Followed) -> Self {
        Self {
            channel: followed.channel,
            status: followed.status.as_str().to_owned(),
            allow_set: followed.allow_set,
        }
    }
}

impl From<Channel> for ChannelInfo {
    fn from(channel: Channel) -> Self {
        Self {
            id: channel.id,
            name: channel.name,
            is_public: channel.is_public,
            allow_self_set: channel.allow_self_set,
        }
    }
}
