//! What the configuration says of the things that a feed's server can do besides offering bundles.

use super::Config;
use super::fields::Fields;
use crate::error::Error;

/// Keys that the peer has too.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    channel_url: Option<String>,
    allow_set_default_channel: bool,
    persist_custom_id: bool,
    stats_url: Option<String>,
}

impl Peer {
    /// Reads its keys of the plugin's section. Errors: `config_invalid`.
    pub(super) fn read(fields: Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            channel_url: fields.text("channelUrl")?.filter(|url| !url.is_empty()),
            allow_set_default_channel: fields.flag("allowSetDefaultChannel")?.unwrap_or(true),
            persist_custom_id: fields.flag("persistCustomId")?.unwrap_or(false),
            stats_url: fields.text("statsUrl")?.filter(|url| !url.is_empty()),
        })
    }
}

impl Config {
    /// Whether the app may choose its channel at run time (`allowSetDefaultChannel`). Default yes.
    pub(crate) fn allows_choice(&self) -> bool {
        self.peer.allow_set_default_channel
    }

    /// Whether what the app calls the device is kept (`persistCustomId`). Default no.
    pub(crate) fn keeps_custom_id(&self) -> bool {
        self.peer.persist_custom_id
    }

    /// Who is told what happens on the device (`statsUrl`); `None`, the default, tells nobody.
    pub(crate) fn stats_url(&self) -> Option<&str> {
        self.peer.stats_url.as_deref()
    }

    /// Where the peer's server is asked about channels; `None` asks nobody.
    pub(crate) fn channel_url(&self) -> Option<&str> {
        self.peer.channel_url.as_deref()
    }
}
