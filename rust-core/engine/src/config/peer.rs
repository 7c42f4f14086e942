//! What the configuration says of the things that a feed's server can do besides offering bundles.

use serde::Deserialize;
use serde_json::Value;

use super::Config;
use crate::error::Error;

/// Keys that the peer has too.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    channel_url: Option<String>,
    allow_set_default_channel: bool,
    persist_custom_id: bool,
    stats_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    channel_url: Option<String>,
    allow_set_default_channel: Option<bool>,
    persist_custom_id: Option<bool>,
    stats_url: Option<String>,
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            channel_url: None,
            allow_set_default_channel: true,
            persist_custom_id: false,
            stats_url: None,
        }
    }
}

impl Peer {
    /// Reads its keys of the plugin's section. Errors: `config_invalid`.
    pub(super) fn read(section: &Value) -> Result<Self, Error> {
        let raw = Raw::deserialize(section)
            .map_err(|error| Error::config(format!("the configuration has a wrong value: {error}")))?;
        Ok(Self {
            channel_url: raw.channel_url.filter(|url| !url.is_empty()),
            allow_set_default_channel: raw.allow_set_default_channel.unwrap_or(true),
            persist_custom_id: raw.persist_custom_id.unwrap_or(false),
            stats_url: raw.stats_url.filter(|url| !url.is_empty()),
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
