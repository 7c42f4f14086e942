//! What a device says of itself to the peer's servers (docs/feeds.md, "capgo").

use std::time::Duration;

use airlock_foreign::capgo::Pause;
use airlock_protocol::UnixMillis;
use serde_json::{Value, json};

use super::Run;
use crate::engine::Engine;
use crate::error::RetryAfter;
use crate::machine::State;

/// The version of the peer whose protocol this is: servers choose the form of checksums and of channels by it.
const SPOKEN_VERSION: &str = "8.51.14";

/// The peer's object. What this engine is not told of the device is said to be unknown, in the peer's own words for it.
/// `running` is the version of the bundle that runs.
pub(crate) fn of_device(engine: &Engine, state: &State, running: &str) -> Value {
    let config = &engine.config;
    let native = engine.native_version(state);
    let native = native.map_or_else(|| "0.0.0".to_owned(), |version| version.to_string());
    let mut body = json!({
        "platform": engine.host.platform.to_string(),
        "device_id": as_uuid(&state.device_id),
        "app_id": config.app_id.to_string(),
        "custom_id": engine.custom_id(state),
        "version_build": config.version.clone().unwrap_or(native),
        "version_code": "",
        "version_os": "",
        "version_name": running,
        "plugin_version": SPOKEN_VERSION,
        "is_emulator": false,
        "is_prod": true,
        "install_source": "",
        "defaultChannel": named_channel(engine, state),
    });
    if let (Some(id), Some(fields)) = (config.peer_key_id(), body.as_object_mut()) {
        fields.insert("key_id".to_owned(), Value::String(id));
    }
    body
}

impl Run<'_> {
    /// What is said in this run.
    pub(super) fn info(&self) -> Value {
        of_device(self.engine, &self.state, &self.running.version)
    }
}

/// The channel that the device names; empty leaves the choice to the server.
pub(crate) fn named_channel(engine: &Engine, state: &State) -> String {
    let chosen = state.chosen_channel.as_ref().map(ToString::to_string);
    let configured = || engine.config.named_channel().unwrap_or_default().to_owned();
    chosen.unwrap_or_else(configured)
}

/// `CapacitorUpdater/<plugin_version> (<app_id>) <platform>/<os>`.
pub(crate) fn user_agent(engine: &Engine) -> String {
    let (app, platform) = (&engine.config.app_id, engine.host.platform);
    format!("CapacitorUpdater/{SPOKEN_VERSION} ({app}) {platform}/unknown")
}

/// The wait that the body of a 429 names.
pub(crate) fn pause(body: &[u8]) -> Option<RetryAfter> {
    Some(match Pause::read(body)? {
        Pause::Seconds(seconds) => RetryAfter::In(Duration::from_secs(seconds)),
        Pause::Until(millis) => RetryAfter::At(UnixMillis::new(millis)),
    })
}

/// 32 hexadecimal digits with the hyphens that the peer's servers insist on.
pub(crate) fn as_uuid(id: &str) -> String {
    let mut uuid = String::with_capacity(36);
    for (place, letter) in id.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(letter);
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_id_is_written_as_the_peer_writes_it() {
        assert_eq!(
            as_uuid("0123456789abcdef0123456789abcdef"),
            "01234567-89ab-cdef-0123-456789abcdef"
        );
    }
}
