//! A repository as it is on the disk, for looking at: nothing is verified, so expired or damaged ones show
//! too.

use std::fs;
use std::path::Path;

use airlock_protocol::Code;
use serde::Serialize;
use serde_json::Value;

use crate::exit::Failure;
use crate::output::bytes;

/// The newest metadata, and the releases that it lists.
#[derive(Debug, Serialize)]
pub(crate) struct RepositoryView {
    kind: &'static str,
    roles: Vec<RoleView>,
    pub(crate) channels: Vec<ChannelView>,
}

#[derive(Debug, Serialize)]
struct RoleView {
    role: String,
    version: u64,
    expires: String,
}

/// One channel and its releases, by ascending sequence.
#[derive(Debug, Serialize)]
pub(crate) struct ChannelView {
    pub(crate) name: String,
    releases: Vec<ReleaseView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReleaseView {
    sequence: u64,
    version: String,
    id: String,
    rollout: u64,
    mandatory: bool,
    notes: Option<String>,
    archive_bytes: Option<u64>,
}

impl RepositoryView {
    /// Follows timestamp, snapshot and targets by version only.
    ///
    /// # Errors
    /// `metadata_invalid` when a file is missing or not JSON of the expected shape.
    pub(crate) fn read(folder: &Path) -> Result<RepositoryView, Failure> {
        let metadata = folder.join("metadata");
        let timestamp = read_json(&metadata.join("timestamp.json"))?;
        let snapshot = read_listed(&metadata, &timestamp, "snapshot")?;
        let targets = read_listed(&metadata, &snapshot, "targets")?;
        let mut view = RepositoryView {
            kind: "repository",
            roles: Vec::new(),
            channels: Vec::new(),
        };
        view.roles.push(RoleView::of("root", &newest_root(&metadata)?));
        view.roles.push(RoleView::of("timestamp", &timestamp));
        view.roles.push(RoleView::of("snapshot", &snapshot));
        view.roles.push(RoleView::of("targets", &targets));
        let roles = targets
            .pointer("/signed/delegations/roles")
            .and_then(Value::as_array);
        for name in roles
            .into_iter()
            .flatten()
            .filter_map(|role| role.get("name")?.as_str())
        {
            let channel = read_listed(&metadata, &snapshot, name)?;
            view.roles.push(RoleView::of(name, &channel));
            view.channels.push(ChannelView::of(name, &channel));
        }
        Ok(view)
    }

    /// Cells for a table of the roles.
    pub(crate) fn role_rows(&self) -> Vec<Vec<String>> {
        self.roles
            .iter()
            .map(|role| vec![role.role.clone(), role.version.to_string(), role.expires.clone()])
            .collect()
    }
}

impl RoleView {
    fn of(role: &str, metadata: &Value) -> RoleView {
        let text = |pointer| {
            metadata
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or("?")
                .to_owned()
        };
        let version = metadata
            .pointer("/signed/version")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        RoleView {
            role: role.to_owned(),
            version,
            expires: text("/signed/expires"),
        }
    }
}

impl ChannelView {
    fn of(name: &str, metadata: &Value) -> ChannelView {
        let targets = metadata.pointer("/signed/targets").and_then(Value::as_object);
        let mut releases: Vec<ReleaseView> = targets
            .into_iter()
            .flatten()
            .filter(|(target, _)| target.ends_with("/checksum.json"))
            .map(|(target, entry)| {
                let archive = target.replace("/checksum.json", "/bundle.zip");
                let archive = targets.and_then(|targets| targets.get(&archive)?.get("length")?.as_u64());
                ReleaseView::of(entry.get("custom").unwrap_or(&Value::Null), archive)
            })
            .collect();
        releases.sort_by_key(|release| release.sequence);
        ChannelView {
            name: name.to_owned(),
            releases,
        }
    }

    /// Cells for a table of the releases.
    pub(crate) fn release_rows(&self) -> Vec<Vec<String>> {
        let first_line = |notes: &String| notes.lines().next().unwrap_or_default().to_owned();
        let row = |release: &ReleaseView| {
            vec![
                release.sequence.to_string(),
                release.version.clone(),
                format!("{} %", release.rollout),
                release.archive_bytes.map_or_else(|| "none".to_owned(), bytes),
                release.notes.as_ref().map(first_line).unwrap_or_default(),
            ]
        };
        self.releases.iter().map(row).collect()
    }
}

impl ReleaseView {
    fn of(custom: &Value, archive_bytes: Option<u64>) -> ReleaseView {
        let text = |name| custom.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name| custom.get(name).and_then(Value::as_u64);
        ReleaseView {
            sequence: number("sequence").unwrap_or(0),
            version: text("version").unwrap_or_default(),
            id: text("id").unwrap_or_default(),
            rollout: number("rollout").unwrap_or(100),
            mandatory: custom.get("mandatory").and_then(Value::as_bool).unwrap_or(false),
            notes: text("notes"),
            archive_bytes,
        }
    }
}

fn read_listed(metadata: &Path, above: &Value, role: &str) -> Result<Value, Failure> {
    let version = above
        .pointer(&format!("/signed/meta/{role}.json/version"))
        .and_then(Value::as_u64)
        .ok_or_else(|| {
            Failure::new(
                Code::MetadataInvalid,
                format!("the metadata does not list {role}.json"),
            )
        })?;
    read_json(&metadata.join(format!("{version}.{role}.json")))
}

fn newest_root(metadata: &Path) -> Result<Value, Failure> {
    let first = metadata.join("1.root.json");
    let next = |path: &Path, version: u64| {
        Some(path.with_file_name(format!("{version}.root.json"))).filter(|path| path.is_file())
    };
    let newest = (2..).map_while(|version| next(&first, version)).last();
    read_json(&newest.unwrap_or(first))
}

fn read_json(path: &Path) -> Result<Value, Failure> {
    let invalid = |reason: String| {
        Failure::new(
            Code::MetadataInvalid,
            format!("reading {}: {reason}", path.display()),
        )
    };
    let text = fs::read(path).map_err(|error| invalid(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| invalid(error.to_string()))
}
