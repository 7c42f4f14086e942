//! A release as the metadata of its channel lists it: two targets, named by channel and sequence.

use std::collections::HashMap;

use airlock_protocol::{ChannelName, Error as ProtocolError, Sequence, Sha256Digest};
use serde_json::{Map, Value, json};
use tough::TargetName;
use tough::schema::{Target, Targets};
use unicode_normalization::UnicodeNormalization;

use super::sign;
use crate::error::{Error, Result};
use crate::pack::Bundle;

/// The base name of the archive target.
pub(super) const ARCHIVE_FILE: &str = "bundle.zip";

/// What is to be published.
#[derive(Debug)]
pub struct NewRelease<'b> {
    /// The bundle, signed with the release key.
    pub bundle: &'b Bundle<'b>,
    /// The share of devices that see it, in percent, 1 to 100; `None` means all.
    pub rollout: Option<u8>,
    /// Whether the app should insist on it.
    pub mandatory: bool,
    /// What is new, for people.
    pub notes: Option<String>,
}

impl NewRelease<'_> {
    /// The `custom` object of the checksum.json target: what a device needs to know before it downloads
    /// anything.
    ///
    /// Notes are brought to Unicode NFC, because `tough` signs strings in that form only.
    pub(super) fn custom(&self) -> HashMap<String, Value> {
        let checksum = self.bundle.checksum();
        let mut custom = HashMap::from([
            ("version".to_owned(), json!(checksum.version())),
            ("sequence".to_owned(), json!(checksum.sequence().get())),
            ("id".to_owned(), json!(checksum.id().to_string())),
        ]);
        if let Some(percent) = self.rollout {
            custom.insert("rollout".to_owned(), json!(percent));
        }
        if self.mandatory {
            custom.insert("mandatory".to_owned(), json!(true));
        }
        if let Some(notes) = &self.notes {
            custom.insert("notes".to_owned(), json!(notes.nfc().collect::<String>()));
        }
        if !checksum.platforms().is_empty() {
            custom.insert("platforms".to_owned(), json!(checksum.platforms()));
        }
        let native: Map<String, Value> = checksum
            .native()
            .iter()
            .map(|(platform, range)| (platform.to_string(), json!(range)))
            .collect();
        if !native.is_empty() {
            custom.insert("native".to_owned(), Value::Object(native));
        }
        custom
    }
}

/// `<channel>/<sequence>/<base>`, the name of a target in the metadata.
pub(super) fn target_name(channel: &ChannelName, sequence: Sequence, base: &str) -> Result<TargetName> {
    TargetName::new(format!("{channel}/{sequence}/{base}"))
        .map_err(|error| Error::Internal(format!("naming a target: {error}")))
}

/// A target of these bytes.
pub(super) fn target(digest: &Sha256Digest, length: u64, custom: HashMap<String, Value>) -> Target {
    Target {
        length,
        hashes: sign::hashes(digest),
        custom,
        _extra: HashMap::new(),
    }
}

/// The highest sequence among a channel's targets.
pub(super) fn last_sequence(channel: &Targets) -> Option<Sequence> {
    channel
        .targets
        .keys()
        .filter_map(|name| sequence_of(name.raw()).ok())
        .max()
}

fn sequence_of(target_name: &str) -> std::result::Result<Sequence, ProtocolError> {
    target_name.split('/').nth(1).unwrap_or_default().parse()
}
