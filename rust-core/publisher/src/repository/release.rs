//! A release as the metadata of its channel lists it: two targets, named by channel and sequence.

use std::collections::{BTreeSet, HashMap};

use airlock_protocol::{CHECKSUM_FILE, ChannelName, Error as ProtocolError, Sequence, Sha256Digest};
use serde_json::{Map, Value, json};
use tough::TargetName;
use tough::schema::{Target, Targets};
use unicode_normalization::UnicodeNormalization;

use super::{SingleFiles, sign};
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
    pub(super) fn custom(&self, files: SingleFiles) -> HashMap<String, Value> {
        let checksum = self.bundle.checksum();
        let mut custom = HashMap::from([
            ("version".to_owned(), json!(checksum.version())),
            ("sequence".to_owned(), json!(checksum.sequence().get())),
            ("id".to_owned(), json!(checksum.id().to_string())),
        ]);
        if files == SingleFiles::Written {
            custom.insert("files".to_owned(), json!(true));
        }
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

/// A release as its channel lists it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) sequence: Sequence,
    pub(super) version: String,
    pub(super) id: String,
    pub(super) mandatory: bool,
    pub(super) notes: Option<String>,
    pub(super) rollout: u64,
    /// Platforms and native versions, as written; absent means all.
    pub(super) platforms: Option<BTreeSet<String>>,
    pub(super) native: Map<String, Value>,
}

/// Every release of a channel, by ascending sequence.
pub(super) fn list(channel: &Targets) -> Vec<Listed> {
    let suffix = format!("/{CHECKSUM_FILE}");
    let descriptions = channel
        .targets
        .iter()
        .filter(|(name, _)| name.raw().ends_with(&suffix));
    let mut releases: Vec<Listed> = descriptions
        .filter_map(|(name, target)| Some(Listed::read(sequence_of(name.raw()).ok()?, &target.custom)))
        .collect();
    releases.sort_by_key(|release| release.sequence);
    releases
}

impl Listed {
    fn read(sequence: Sequence, custom: &HashMap<String, Value>) -> Listed {
        let text = |key: &str| custom.get(key).and_then(Value::as_str).map(str::to_owned);
        let platforms = custom.get("platforms").and_then(Value::as_array);
        Listed {
            sequence,
            version: text("version").unwrap_or_default(),
            id: text("id").unwrap_or_default(),
            mandatory: custom.get("mandatory").and_then(Value::as_bool).unwrap_or(false),
            notes: text("notes"),
            rollout: custom.get("rollout").and_then(Value::as_u64).unwrap_or(100),
            platforms: platforms
                .map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            native: custom
                .get("native")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// Whether every device that could be offered `other` can be offered this one.
    pub(super) fn is_for_all_of(&self, other: &Listed) -> bool {
        let platforms = match (&self.platforms, &other.platforms) {
            (None, _) => true,
            (Some(own), Some(others)) => own.is_superset(others),
            (Some(_), None) => false,
        };
        let same_range = |(platform, range): (&String, &Value)| other.native.get(platform) == Some(range);
        platforms && self.rollout == 100 && self.native.iter().all(same_range)
    }
}

/// Whether a target belongs to the release with this sequence.
pub(super) fn belongs_to(target: &TargetName, sequence: Sequence) -> bool {
    sequence_of(target.raw()).is_ok_and(|found| found == sequence)
}
