//! What the app's developer wrote under `plugins.Airlock` in capacitor.config, and its defaults.

mod feeds;
mod fields;
mod identity;
mod network;
mod peer;
mod signature;
#[cfg(test)]
mod tests;
mod trust;

use std::time::Duration;

use airlock_protocol::{AppId, ChannelName, Strictness};
use serde_json::Value;

use crate::error::Error;
use crate::machine::{Keep, OnNativeChange, Policy};
use crate::ports::Insecure;

use fields::{Fields, wrong};

pub use identity::IdentityFiles;
pub(crate) use trust::Trust;

/// The configuration of one app. It is part of the native build and cannot be changed over the air.
#[derive(Clone, Debug)]
pub struct Config {
    /// The app that releases must be signed for.
    pub app_id: AppId,
    /// Where the repository lies; `None` means no remote update.
    pub update_url: Option<String>,
    /// Other places of the same repository, asked in this order when the one before fails. Default none, at most 8.
    pub mirrors: Vec<String>,
    /// The protocol of the server: `airlock`, `capgo` (the default with `plugins.CapacitorUpdater`), `vicius` or
    /// `checksum-json`. It also decides how `publicKey` is used. Another word stops updating, never starting.
    pub update_protocol: String,
    /// The line of releases to follow. Default `stable`.
    pub channel: ChannelName,
    /// When updates are fetched and applied without the app asking. Default at background.
    pub auto_update: AutoUpdate,
    /// How long after a check the next one is due while the app is in front. Default `None`: only at launch and each time it
    /// comes to the front. At least 600 s.
    pub period_check_delay: Option<Duration>,
    /// Foreground time a new bundle has to call `notifyAppReady`. Default 10,000 ms, at least 1,000.
    pub app_ready_timeout: Duration,
    /// Longest wait for an answer, and longest pause within one. Default 20 s.
    pub response_timeout: Duration,
    /// How much of a bundle is checked when it is launched. Default full.
    pub verify_on_launch: VerifyOnLaunch,
    /// Version name of the embedded bundle, where it has no checksum.json that says it.
    pub version: Option<String>,
    /// Whether plain http to this machine is allowed, for development. Default no.
    pub insecure: Insecure,
    /// Files of a client certificate, for desktop hosts and servers that demand one. Default none.
    pub client_identity: Option<IdentityFiles>,
    network: network::Network,
    peer: peer::Peer,
    named_channel: Option<String>,
    app: App,
    public_key: Option<Vec<String>>,
    key_threshold: u32,
    allow_unsigned: bool,
    auto_delete_failed: bool,
    auto_delete_previous: bool,
    reset_when_update: bool,
    strict_verification: bool,
}

/// Whether the configuration knows its app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum App {
    Known,
    Unknown,
}

/// When updates are fetched and applied without the app asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoUpdate {
    /// Never: the app calls `sync()` itself (`false`, `"off"`).
    Off,
    /// Fetched at launch and foreground, applied in the background (`true`, `"atBackground"`).
    AtBackground,
    /// Fetched and applied at once (`"always"`, `"onLaunch"`, `"atInstall"`).
    AtOnce,
    /// Fetched and kept; the app decides when to apply (`"onlyDownload"`).
    OnlyDownload,
}

/// How much of a bundle is checked when it is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyOnLaunch {
    /// Every byte of every file against checksum.json.
    Full,
    /// Names and sizes against checksum.json. A bundle is still checked in full before its first
    /// launch and before a fall-back to it.
    Quick,
}

impl Config {
    /// Reads the JSON under `plugins.Airlock` plus `appId`, or a whole capacitor.config.json
    /// (`plugins.CapacitorUpdater` is read when `plugins.Airlock` is absent). Keys that Airlock does
    /// not know are ignored, so that one file can serve several plugins. Errors: `config_invalid`.
    /// The public key is read when it is first needed, so that a broken one never keeps an app from
    /// starting.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let not_json =
            |error: &dyn std::fmt::Display| Error::config(format!("the configuration is not json: {error}"));
        let text = std::str::from_utf8(json).map_err(|error| not_json(&error))?;
        let value: Value = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        let section = plugin_section(value)?;
        Self::read(Fields::of(&section)?)
    }

    /// The configuration of an app whose own one cannot be read: it runs what is on the device and
    /// fetches nothing.
    pub fn offline() -> Result<Self, Error> {
        let config = Self::parse(br#"{"appId":"unknown.app"}"#)?;
        Ok(Self {
            app: App::Unknown,
            ..config
        })
    }

    /// The repository's servers in the order in which they are asked.
    pub(crate) fn bases(&self) -> Vec<String> {
        let urls = self.update_url.iter().chain(&self.mirrors);
        urls.map(|url| url.trim_end_matches('/').to_owned()).collect()
    }

    /// The app that a store must belong to.
    pub(crate) fn owner(&self) -> Option<&AppId> {
        (self.app == App::Known).then_some(&self.app_id)
    }

    /// The same configuration, asking another repository (`--url`), and that alone.
    pub fn with_update_url(mut self, url: String) -> Self {
        self.update_url = Some(url);
        self.mirrors.clear();
        self
    }

    /// The same configuration with `strictVerification` on (`--strict-verification`).
    pub fn with_strict_verification(mut self) -> Self {
        self.strict_verification = true;
        self
    }

    fn read(fields: Fields<'_>) -> Result<Self, Error> {
        let flag = |key: &str, default: bool| fields.flag(key).map(|flag| flag.unwrap_or(default));
        let app_id = fields
            .text("appId")?
            .ok_or_else(|| Error::config("the configuration has no appId"))?;
        let named_channel = fields.text("channel")?;
        let named_channel =
            named_channel.map_or_else(|| fields.text("defaultChannel"), |name| Ok(Some(name)))?;
        let protocol = fields.text("updateProtocol")?;
        let ready_ms = fields.number("appReadyTimeout")?.unwrap_or(10_000).max(1_000);
        Ok(Self {
            app_id: parse("appId", &app_id)?,
            update_url: fields.text("updateUrl")?.filter(|url| !url.is_empty()),
            mirrors: mirrors(fields.texts("mirrors")?.unwrap_or_default())?,
            update_protocol: protocol.unwrap_or_else(|| "airlock".to_owned()),
            channel: parse("channel", named_channel.as_deref().unwrap_or("stable"))?,
            auto_update: auto_update(fields)?,
            period_check_delay: fields.number("periodCheckDelay")?.and_then(period),
            app_ready_timeout: Duration::from_millis(ready_ms),
            response_timeout: response_timeout(fields.number("responseTimeout")?.unwrap_or(20)),
            verify_on_launch: verify_on_launch(fields.text("verifyOnLaunch")?.as_deref())?,
            version: fields.text("version")?,
            insecure: match flag("allowInsecureLoopback", false)? {
                true => Insecure::LoopbackOnly,
                false => Insecure::Refused,
            },
            client_identity: identity::read(fields.object("clientIdentity", "clientIdentity.")?)?,
            network: network::Network::read(fields)?,
            peer: peer::Peer::read(fields)?,
            app: App::Known,
            named_channel,
            public_key: public_key(fields)?,
            key_threshold: key_threshold(fields)?,
            allow_unsigned: flag("allowUnsigned", false)?,
            auto_delete_failed: flag("autoDeleteFailed", true)?,
            auto_delete_previous: flag("autoDeletePrevious", true)?,
            reset_when_update: flag("resetWhenUpdate", true)?,
            strict_verification: flag("strictVerification", false)?,
        })
    }

    /// What a developer should know about this configuration and may not want in production.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.public_key.is_none() && self.allow_unsigned {
            warnings.push(
                "allowUnsigned is on and no publicKey is set: whoever controls the server controls the app",
            );
        }
        warnings.extend(self.network.warning());
        warnings
    }

    /// What a checksum must be worth.
    pub(crate) fn strictness(&self) -> Strictness {
        match self.strict_verification {
            true => Strictness::Strict,
            false => Strictness::Lenient,
        }
    }

    pub(crate) fn policy(&self) -> Policy {
        let keep = |delete| if delete { Keep::Delete } else { Keep::Keep };
        Policy {
            app_ready_timeout_ms: u64::try_from(self.app_ready_timeout.as_millis()).unwrap_or(u64::MAX),
            previous: keep(self.auto_delete_previous),
            failed: keep(self.auto_delete_failed),
            on_native_change: match self.reset_when_update {
                true => OnNativeChange::Reset,
                false => OnNativeChange::DropOutdated,
            },
        }
    }
}

/// Finds the plugin's section in a whole capacitor.config.json, or takes the value as the section.
fn plugin_section(mut value: Value) -> Result<Value, Error> {
    let app_id = value.get("appId").cloned();
    let Some(plugins) = value.get_mut("plugins").map(Value::take) else {
        return Ok(value);
    };
    let section = ["Airlock", "CapacitorUpdater"]
        .into_iter()
        .find_map(|name| plugins.get(name).cloned());
    let mut section = section.ok_or_else(|| Error::config("the configuration has no plugins.Airlock"))?;
    if let Some(fields) = section.as_object_mut() {
        if let Some(app_id) = app_id {
            fields.entry("appId").or_insert(app_id);
        }
        if plugins.get("Airlock").is_none() {
            fields.entry("updateProtocol").or_insert_with(|| "capgo".into());
        }
    }
    Ok(section)
}

fn parse<T: std::str::FromStr<Err = airlock_protocol::Error>>(key: &str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|error| Error::config(format!("the configuration's {key}: {error}")))
}

/// Shortest `periodCheckDelay`, in seconds, as the peer has it: a thousand devices are then fewer than two requests a second.
const PERIOD_MIN_S: u64 = 600;

/// Most mirrors: each one that is dead costs a device its wait for an answer.
const MIRRORS_MAX: usize = 8;

fn mirrors(urls: Vec<String>) -> Result<Vec<String>, Error> {
    match urls.len() > MIRRORS_MAX || urls.iter().any(String::is_empty) {
        true => Err(Error::config(format!(
            "mirrors must be at most {MIRRORS_MAX} addresses, none of them empty"
        ))),
        false => Ok(urls),
    }
}

fn public_key(fields: Fields<'_>) -> Result<Option<Vec<String>>, Error> {
    let expected = "a text or a list of texts";
    match fields.value("publicKey") {
        Some(Value::String(pem)) => Ok(Some(vec![pem.clone()])),
        _ => fields
            .texts("publicKey")
            .map_err(|_| wrong("publicKey", expected)),
    }
}

fn key_threshold(fields: Fields<'_>) -> Result<u32, Error> {
    let threshold = fields.number("keyThreshold")?.unwrap_or(1);
    u32::try_from(threshold).map_err(|_| wrong("keyThreshold", "no more than there are keys"))
}

fn period(seconds: u64) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds.max(PERIOD_MIN_S)))
}

fn auto_update(fields: Fields<'_>) -> Result<AutoUpdate, Error> {
    let word = match fields.value("autoUpdate") {
        None | Some(Value::Bool(true)) => return Ok(AutoUpdate::AtBackground),
        Some(Value::Bool(false)) => return Ok(AutoUpdate::Off),
        Some(other) => other
            .as_str()
            .ok_or_else(|| wrong("autoUpdate", "true, false or a word"))?,
    };
    match word {
        "off" => Ok(AutoUpdate::Off),
        "atBackground" => Ok(AutoUpdate::AtBackground),
        "always" | "onLaunch" | "atInstall" => Ok(AutoUpdate::AtOnce),
        "onlyDownload" => Ok(AutoUpdate::OnlyDownload),
        _ => Err(Error::config(format!(
            "autoUpdate `{word}` is unknown; use true, false, off, atBackground, atInstall, onLaunch, always or onlyDownload"
        ))),
    }
}

/// Values below 1000 are seconds (the peer's unit), from 1000 up milliseconds.
fn response_timeout(value: u64) -> Duration {
    match value {
        0..1_000 => Duration::from_secs(value.max(1)),
        _ => Duration::from_millis(value),
    }
}

fn verify_on_launch(word: Option<&str>) -> Result<VerifyOnLaunch, Error> {
    match word {
        None | Some("full") => Ok(VerifyOnLaunch::Full),
        Some("quick") => Ok(VerifyOnLaunch::Quick),
        Some(other) => Err(Error::config(format!(
            "verifyOnLaunch `{other}` is unknown; use full or quick"
        ))),
    }
}
