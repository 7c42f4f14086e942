//! Ways to ask "what should I run?". One file a feed; `updateProtocol` decides, nothing is sniffed
//! (docs/adr/0024-feeds.md).

mod airlock;
mod capgo;
mod capgo_channels;
mod checksum_json;
pub(crate) mod info;
mod named;
mod select;
mod vicius;

use crate::config::Config;
use crate::engine::Engine;
use crate::error::Error;
use crate::records::{Check, Sync};

pub(crate) use airlock::{Native, Repository, Snapshot};
pub(crate) use capgo_channels::PeersChannels;
pub(crate) use named::{Answer, Named, Offered, Run, Source};
pub(crate) use select::{Selection, select};
pub(crate) use vicius::Archived;

/// One way to ask. Both calls come under the sync lock; what may be installed is the configuration's to decide, and
/// never an answer's.
pub(crate) trait Feed {
    /// Whether there is something to run. Installs nothing.
    fn check(&self, engine: &Engine) -> Result<Check, Error>;

    /// Asks, fetches, verifies and makes it the next bundle. `version` becomes that of the release in hand, for whoever
    /// reports a failure.
    fn sync(&self, engine: &Engine, version: &mut String) -> Result<Sync, Error>;
}

/// The configured feed. Errors: `config_invalid` for one that there is not.
pub(crate) fn of(config: &Config) -> Result<Box<dyn Feed>, Error> {
    match config.update_protocol.as_str() {
        "airlock" => Ok(Box::new(Native)),
        "capgo" => Ok(Box::new(Named(capgo::Capgo))),
        "vicius" => Ok(Box::new(Named(vicius::Vicius))),
        "checksum-json" => Ok(Box::new(Named(checksum_json::WebRoot))),
        other => Err(Error::config(format!(
            "updateProtocol `{other}` is unknown; use airlock, capgo, vicius or checksum-json"
        ))),
    }
}

/// Where to ask. Errors: `config_invalid`.
fn update_url(config: &Config) -> Result<&str, Error> {
    let url = config.update_url.as_deref();
    url.ok_or_else(|| Error::config("no updateUrl is configured, so there is nothing to ask"))
}
