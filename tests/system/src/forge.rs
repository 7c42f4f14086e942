//! Signs hostile releases with the project's real keys: what a compromised builder could publish.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use airlock_archives::Description;
use airlock_protocol::{Sha256Digest, json};
use airlock_publisher::key::PrivateKey;
use airlock_publisher::{Error, read_private_key};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A file of a hand-made archive.
pub type Entry<'a> = (&'a str, &'a [u8]);

/// Changes the newest metadata of a repository and signs it again.
pub struct Forge {
    repository: PathBuf,
    key: PrivateKey,
}

impl Forge {
    /// With the release key of a project made with `--no-passphrase`.
    pub fn new(project: &Path) -> Self {
        let no_passphrase = || -> Result<_, Error> { panic!("the key of a test world has no passphrase") };
        let key =
            read_private_key(&project.join("keys/release.pem"), no_passphrase).expect("the key is readable");
        Self {
            repository: project.join("repository"),
            key,
        }
    }

    /// Replaces the content of a target, with its length and hash, keeping what is said about it.
    pub fn replace_target(&self, name: &str, bytes: &[u8]) {
        let digest = Sha256Digest::of(bytes).to_string();
        let (folder, base) = name.rsplit_once('/').expect("a target lies in a folder");
        let folder = self.repository.join("targets").join(folder);
        fs::write(folder.join(format!("{digest}.{base}")), bytes).unwrap();
        self.edit_channel(|targets| {
            targets[name]["length"] = json!(bytes.len());
            targets[name]["hashes"] = json!({"sha256": digest});
        });
    }

    /// Publishes this description and this archive as the content of release 3, whatever they are.
    pub fn replace_release(&self, description: &Description, archive: &[u8]) {
        let folder = self.repository.join("targets/stable/3");
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        let targets = [
            ("checksum.json", description.bytes.as_slice()),
            ("bundle.zip", archive),
        ];
        let digests = targets.map(|(base, bytes)| {
            let digest = Sha256Digest::of(bytes).to_string();
            fs::write(folder.join(format!("{digest}.{base}")), bytes).unwrap();
            digest
        });
        self.edit_channel(|signed| {
            for ((base, bytes), digest) in targets.iter().zip(digests) {
                let target = &mut signed[format!("stable/3/{base}")];
                target["length"] = json!(bytes.len());
                target["hashes"] = json!({"sha256": digest});
            }
            signed["stable/3/checksum.json"]["custom"]["id"] = json!(description.id);
        });
    }

    /// The bytes of a target as published.
    pub fn target(&self, name: &str) -> Vec<u8> {
        let (folder, base) = name.rsplit_once('/').expect("a target lies in a folder");
        let (_, channel) = self.newest("stable");
        let digest = channel["signed"]["targets"][name]["hashes"]["sha256"]
            .as_str()
            .expect("the target exists")
            .to_owned();
        fs::read(
            self.repository
                .join("targets")
                .join(folder)
                .join(format!("{digest}.{base}")),
        )
        .unwrap()
    }

    /// What a thief of the key does to lock devices in: snapshot and timestamp with versions so high that
    /// the author's own look like a rollback for ever.
    pub fn fast_forward(&self) {
        let high = 9_007_199_254_740_000_u64;
        let (_, snapshot) = self.newest("snapshot");
        self.write_versioned("snapshot", high, snapshot);
        let path = self.repository.join("metadata/timestamp.json");
        let mut timestamp: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        timestamp["signed"]["version"] = json!(high);
        timestamp["signed"]["meta"]["snapshot.json"] = self.meta("snapshot", high);
        self.sign(&mut timestamp);
        fs::write(path, timestamp.to_string()).unwrap();
    }

    /// Changes the channel's targets and signs everything up to the timestamp.
    pub fn edit_channel(&self, change: impl FnOnce(&mut Value)) {
        let (version, mut channel) = self.newest("stable");
        change(&mut channel["signed"]["targets"]);
        self.write_versioned("stable", version + 1, channel);
        let (version_of_snapshot, mut snapshot) = self.newest("snapshot");
        let meta = self.meta("stable", version + 1);
        snapshot["signed"]["meta"]["stable.json"] = meta;
        self.write_versioned("snapshot", version_of_snapshot + 1, snapshot);
        let path = self.repository.join("metadata/timestamp.json");
        let mut timestamp: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        timestamp["signed"]["version"] = json!(timestamp["signed"]["version"].as_u64().unwrap() + 1);
        timestamp["signed"]["meta"]["snapshot.json"] = self.meta("snapshot", version_of_snapshot + 1);
        self.sign(&mut timestamp);
        fs::write(path, timestamp.to_string()).unwrap();
    }

    fn newest(&self, role: &str) -> (u64, Value) {
        let suffix = format!(".{role}.json");
        let names = fs::read_dir(self.repository.join("metadata")).unwrap().flatten();
        let versions =
            names.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(&suffix)?.parse().ok());
        let version: u64 = versions.max().expect("the role has metadata");
        let bytes = fs::read(self.repository.join(format!("metadata/{version}{suffix}"))).unwrap();
        (version, serde_json::from_slice(&bytes).unwrap())
    }

    fn write_versioned(&self, role: &str, version: u64, mut document: Value) {
        document["signed"]["version"] = json!(version);
        self.sign(&mut document);
        fs::write(
            self.repository.join(format!("metadata/{version}.{role}.json")),
            document.to_string(),
        )
        .unwrap();
    }

    fn meta(&self, role: &str, version: u64) -> Value {
        let bytes = fs::read(self.repository.join(format!("metadata/{version}.{role}.json"))).unwrap();
        let digest = Sha256Digest::of(&bytes).to_string();
        json!({"version": version, "length": bytes.len(), "hashes": {"sha256": digest}})
    }

    /// The one signature of a document is the release key's; its key id stays.
    fn sign(&self, document: &mut Value) {
        let signature = self
            .key
            .sign(&json::canonical(&document["signed"]))
            .expect("the key signs");
        let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        document["signatures"][0]["sig"] = json!(hex);
    }
}

/// A well-formed archive of the given files.
pub fn zip_of(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
