//! What the app's developer wrote under `plugins.Airlock` in capacitor.config, and its defaults.

mod identity;

use std::time::Duration;

use airlock_foreign::capgo;
use airlock_protocol::keys::PublicKeys;
use airlock_protocol::{AppId, ChannelName, Code, Sha256Digest, Strictness};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use crate::machine::{Keep, OnNativeChange, Policy};
use crate::ports::Insecure;

pub use identity::IdentityFiles;

/// The configuration of one app. It is part of the native build and cannot be changed over the air.
#[derive(Clone, Debug)]
pub struct Config {
    /// The app that releases must be signed for.
    pub app_id: AppId,
    /// Where the repository lies; `None` means no remote update.
    pub update_url: Option<String>,
    /// Other places of the same repository, asked in this order when the one before fails. Default none, at most 8.
    pub mirrors: Vec<String>,
    /// The protocol of the server: `airlock`, or with `plugins.CapacitorUpdater` the peer's `capgo`. It also
    /// decides how `publicKey` is used. This version asks servers that speak `airlock`, and takes archives
    /// named by URL for both; another feed stops updating, never starting.
    pub update_protocol: String,
    /// The line of releases to follow. Default `stable`.
    pub channel: ChannelName,
    /// When updates are fetched and applied without the app asking. Default at background.
    pub auto_update: AutoUpdate,
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

/// The feed whose servers speak the peer's protocol, and whose archives are signed the peer's way.
pub(crate) const PEER: &str = "capgo";

/// Whom this app trusts. `updateProtocol` decides how a configured key is used; nothing received and nothing
/// about the key does (docs/adr/0012-peer-encryption.md).
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// Only what chains up to these keys through a repository's metadata.
    Keys(PublicKeys),
    /// With `updateProtocol: capgo`, only archives whose checksum and session key the holder of this key made.
    Peer(Box<capgo::PublicKey>),
    /// Hashes and HTTPS are all there is (`allowUnsigned: true`, and no key).
    Unsigned,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    app_id: Option<String>,
    update_url: Option<String>,
    mirrors: Option<Vec<String>>,
    update_protocol: Option<String>,
    channel: Option<String>,
    default_channel: Option<String>,
    public_key: Option<OneOrMany>,
    key_threshold: Option<u32>,
    allow_unsigned: Option<bool>,
    auto_update: Option<BoolOrWord>,
    app_ready_timeout: Option<u64>,
    response_timeout: Option<u64>,
    auto_delete_failed: Option<bool>,
    auto_delete_previous: Option<bool>,
    reset_when_update: Option<bool>,
    strict_verification: Option<bool>,
    verify_on_launch: Option<String>,
    version: Option<String>,
    allow_insecure_loopback: Option<bool>,
    client_identity: Option<identity::Raw>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum BoolOrWord {
    Bool(bool),
    Word(String),
}

impl Config {
    /// Reads the JSON under `plugins.Airlock` plus `appId`, or a whole capacitor.config.json
    /// (`plugins.CapacitorUpdater` is read when `plugins.Airlock` is absent). Keys that Airlock does
    /// not know are ignored, so that one file can serve several plugins. Errors: `config_invalid`.
    /// The public key is read when it is first needed, so that a broken one never keeps an app from
    /// starting.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value: Value = serde_json::from_slice(json)
            .map_err(|error| Error::config(format!("the configuration is not json: {error}")))?;
        let section = plugin_section(value)?;
        let raw: Raw = serde_json::from_value(section)
            .map_err(|error| Error::config(format!("the configuration has a wrong value: {error}")))?;
        Self::resolve(raw)
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

    fn resolve(raw: Raw) -> Result<Self, Error> {
        let app_id = raw
            .app_id
            .ok_or_else(|| Error::config("the configuration has no appId"))?;
        let channel = raw
            .channel
            .or(raw.default_channel)
            .unwrap_or_else(|| "stable".to_owned());
        Ok(Self {
            app_id: parse("appId", &app_id)?,
            update_url: raw.update_url.filter(|url| !url.is_empty()),
            mirrors: mirrors(raw.mirrors.unwrap_or_default())?,
            update_protocol: raw.update_protocol.unwrap_or_else(|| "airlock".to_owned()),
            channel: parse("channel", &channel)?,
            auto_update: auto_update(raw.auto_update)?,
            app_ready_timeout: Duration::from_millis(raw.app_ready_timeout.unwrap_or(10_000).max(1_000)),
            response_timeout: response_timeout(raw.response_timeout.unwrap_or(20)),
            verify_on_launch: verify_on_launch(raw.verify_on_launch.as_deref())?,
            version: raw.version,
            insecure: match raw.allow_insecure_loopback {
                Some(true) => Insecure::LoopbackOnly,
                _ => Insecure::Refused,
            },
            client_identity: identity::resolve(raw.client_identity)?,
            app: App::Known,
            public_key: raw.public_key.map(|key| match key {
                OneOrMany::One(pem) => vec![pem],
                OneOrMany::Many(pems) => pems,
            }),
            key_threshold: raw.key_threshold.unwrap_or(1),
            allow_unsigned: raw.allow_unsigned.unwrap_or(false),
            auto_delete_failed: raw.auto_delete_failed.unwrap_or(true),
            auto_delete_previous: raw.auto_delete_previous.unwrap_or(true),
            reset_when_update: raw.reset_when_update.unwrap_or(true),
            strict_verification: raw.strict_verification.unwrap_or(false),
        })
    }

    /// Whom to trust. No key means no remote update, unless `allowUnsigned` is written down; a key
    /// that cannot be read is never taken for "no key". Errors: `config_invalid`,
    /// `public_key_invalid`.
    pub(crate) fn trust(&self) -> Result<Trust, Error> {
        if let Some(pems) = &self.public_key {
            return match self.update_protocol == PEER {
                true => self.peer_key(pems).map(|key| Trust::Peer(Box::new(key))),
                false => PublicKeys::from_pems(pems, self.key_threshold)
                    .map(Trust::Keys)
                    .map_err(unusable_key),
            };
        }
        match self.allow_unsigned {
            true => Ok(Trust::Unsigned),
            false => Err(Error::config(
                "no publicKey is configured, so remote updates are off; run `airlock init` and paste the key",
            )),
        }
    }

    /// The peer knows one key; a threshold above it or a second key would promise what nobody checks.
    fn peer_key(&self, pems: &[String]) -> Result<capgo::PublicKey, Error> {
        match pems {
            [pem] if self.key_threshold == 1 => capgo::PublicKey::from_pem(pem).map_err(unusable_key),
            _ => Err(unusable_key(
                "with updateProtocol `capgo` there is one key and no keyThreshold",
            )),
        }
    }

    /// Tells configurations apart by whom they trust; `None` when that cannot be read.
    pub(crate) fn trust_fingerprint(&self) -> Option<String> {
        match self.trust().ok()? {
            Trust::Unsigned => Some("unsigned".to_owned()),
            Trust::Peer(key) => Some(format!("{PEER} {}", key.fingerprint())),
            Trust::Keys(keys) => {
                let mut ids: Vec<String> = keys.iter().map(|key| key.key_id()).collect();
                ids.sort_unstable();
                let text = format!("{} of {}", keys.threshold(), ids.join(" "));
                Some(Sha256Digest::of(text.as_bytes()).to_string())
            }
        }
    }

    /// What a developer should know about this configuration and may not want in production.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.public_key.is_none() && self.allow_unsigned {
            warnings.push(
                "allowUnsigned is on and no publicKey is set: whoever controls the server controls the app",
            );
        }
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

fn unusable_key(why: impl std::fmt::Display) -> Error {
    Error::Config {
        code: Code::PublicKeyInvalid,
        text: format!("the configured publicKey cannot be used: {why}"),
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

fn auto_update(raw: Option<BoolOrWord>) -> Result<AutoUpdate, Error> {
    match raw {
        None | Some(BoolOrWord::Bool(true)) => Ok(AutoUpdate::AtBackground),
        Some(BoolOrWord::Bool(false)) => Ok(AutoUpdate::Off),
        Some(BoolOrWord::Word(word)) => match word.as_str() {
            "off" => Ok(AutoUpdate::Off),
            "atBackground" => Ok(AutoUpdate::AtBackground),
            "always" | "onLaunch" | "atInstall" => Ok(AutoUpdate::AtOnce),
            "onlyDownload" => Ok(AutoUpdate::OnlyDownload),
            _ => Err(Error::config(format!(
                "autoUpdate `{word}` is unknown; use true, false, off, atBackground, atInstall, onLaunch, always or onlyDownload"
            ))),
        },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_documented_ones() {
        let config = Config::parse(br#"{"appId":"com.example.app"}"#).unwrap();
        assert_eq!(config.channel.to_string(), "stable");
        assert_eq!(config.auto_update, AutoUpdate::AtBackground);
        assert_eq!(config.app_ready_timeout, Duration::from_secs(10));
        assert_eq!(config.response_timeout, Duration::from_secs(20));
        assert_eq!(config.verify_on_launch, VerifyOnLaunch::Full);
        assert_eq!(config.insecure, Insecure::Refused);
    }

    #[test]
    fn a_whole_capacitor_config_is_read_and_airlock_wins_over_the_peer() {
        let json = br#"{"appId":"com.example.app","plugins":{"CapacitorUpdater":{"channel":"peer"},
            "Airlock":{"channel":"beta","responseTimeout":1500,"autoUpdate":"off"}}}"#;
        let config = Config::parse(json).unwrap();
        assert_eq!(config.channel.to_string(), "beta");
        assert_eq!(config.response_timeout, Duration::from_millis(1500));
        assert_eq!(config.auto_update, AutoUpdate::Off);
    }

    #[test]
    fn a_config_written_for_the_peer_speaks_the_peers_protocol() {
        let peer = Config::parse(br#"{"appId":"a.b","plugins":{"CapacitorUpdater":{}}}"#).unwrap();
        assert_eq!(peer.update_protocol, "capgo");
        let own =
            Config::parse(br#"{"appId":"a.b","plugins":{"Airlock":{},"CapacitorUpdater":{}}}"#).unwrap();
        assert_eq!(own.update_protocol, "airlock");
    }

    #[test]
    fn unsigned_updates_are_warned_of_and_signed_ones_are_not() {
        let unsigned = Config::parse(br#"{"appId":"a.b","allowUnsigned":true}"#).unwrap();
        assert!(
            unsigned
                .warnings()
                .iter()
                .any(|text| text.contains("allowUnsigned"))
        );
        assert!(
            Config::parse(br#"{"appId":"a.b"}"#)
                .unwrap()
                .warnings()
                .is_empty()
        );
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_name() {
        for (json, word) in [
            (&br#"{}"#[..], "appId"),
            (br#"{"appId":"a.b","autoUpdate":"sometimes"}"#, "sometimes"),
            (br#"{"appId":"a.b","verifyOnLaunch":"never"}"#, "never"),
            (br#"{"appId":"a.b","plugins":{}}"#, "plugins.Airlock"),
            (br#"nonsense"#, "json"),
        ] {
            let error = Config::parse(json).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid);
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn an_unreadable_key_is_never_no_key() {
        for key in [r#""""#, r#""   ""#, r#"["not a key"]"#, "[]"] {
            let json = format!(r#"{{"appId":"a.b","allowUnsigned":true,"publicKey":{key}}}"#);
            let error = Config::parse(json.as_bytes()).unwrap().trust().unwrap_err();
            assert_eq!(error.code(), Code::PublicKeyInvalid, "{key}");
        }
        let unsigned = Config::parse(br#"{"appId":"a.b","allowUnsigned":true}"#).unwrap();
        assert!(matches!(unsigned.trust(), Ok(Trust::Unsigned)));
        let silent = Config::parse(br#"{"appId":"a.b"}"#).unwrap();
        assert_eq!(silent.trust().unwrap_err().code(), Code::ConfigInvalid);
    }

    /// The public half of a key that was made for this test.
    const RSA: &str = "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEAwfMTR+BdWVqVSPFj0kSRSRljH69oI3+Xl+kT9FnBbOkTSyM88j3Y\n25TaYd04udaCNJNbACqnKt+nb0JhL6woI51QtUVrjigv22h11AB3s63k6ovfr0GT\nFVP1TYmheDWJr62qlHrwd7P0Eat1lCV3b5tO5/QYnh0/rI2YuLvV5mR33/9cJ4vk\njZRtJZCl0myQhhpZxYicqbAChDrLaTteTrxIQQbnyVsU/cpk5ILCnnLuwN9oAHLg\nFhsg0FgTxOfW66WpIxtg2L8gOK+wl1YENuaWg+7dVW2OxnNyZ+06MJgVF/q3aAdI\nToypjsRykx++wvpiYrcVvuvdnkO3CZ/8CQIDAQAB\n-----END RSA PUBLIC KEY-----\n";

    fn with_key(protocol: &str, more: &str) -> Config {
        let json = format!(r#"{{"appId":"a.b","updateProtocol":"{protocol}","publicKey":"{RSA}"{more}}}"#);
        Config::parse(json.replace('\n', "\\n").as_bytes()).unwrap()
    }

    #[test]
    fn the_protocol_alone_decides_how_a_key_is_used() {
        assert!(matches!(with_key("capgo", "").trust(), Ok(Trust::Peer(_))));
        for protocol in ["airlock", "vicius", "Capgo", ""] {
            assert!(
                matches!(with_key(protocol, "").trust(), Ok(Trust::Keys(_))),
                "{protocol}"
            );
        }
        let unsigned = with_key("capgo", r#","allowUnsigned":true"#);
        assert!(
            matches!(unsigned.trust(), Ok(Trust::Peer(_))),
            "a key is never left aside"
        );
        let (peer, own) = (with_key("capgo", ""), with_key("airlock", ""));
        assert_ne!(peer.trust_fingerprint(), own.trust_fingerprint());
    }

    #[test]
    fn the_peer_has_one_key() {
        let threshold = with_key("capgo", r#","keyThreshold":2"#).trust().unwrap_err();
        assert_eq!(threshold.code(), Code::PublicKeyInvalid);
        let two = format!(r#"{{"appId":"a.b","updateProtocol":"capgo","publicKey":["{RSA}","{RSA}"]}}"#);
        let two = Config::parse(two.replace('\n', "\\n").as_bytes()).unwrap();
        assert_eq!(two.trust().unwrap_err().code(), Code::PublicKeyInvalid);
    }
}
