//! Releases and their signed metadata. The author may be hostile, and signs whatever a test wants.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use airlock_protocol::keys::PublicKey;
use airlock_protocol::{ChecksumFields, ChecksumJson, FileEntry, Sha256Digest, UnixMillis, json};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Patch, Server, zstd};

const EXPIRES: &str = "2030-01-01T00:00:00Z";

/// A web app in one version.
#[derive(Clone)]
pub(crate) struct Bundle {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) checksum: ChecksumJson,
    pub(crate) text: Vec<u8>,
}

impl Bundle {
    pub(crate) fn new(sequence: u64, files: &[(&str, &[u8])]) -> Self {
        let files: BTreeMap<String, Vec<u8>> = files
            .iter()
            .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
            .collect();
        let entries = files.iter().map(|(path, bytes)| FileEntry {
            path: path.parse_path(),
            digest: Sha256Digest::of(bytes),
            size: bytes.len() as u64,
        });
        let fields = ChecksumFields {
            app_id: "com.example.app".parse().unwrap(),
            version: format!("{sequence}.0.0"),
            sequence: sequence.try_into().unwrap(),
            platforms: Vec::new(),
            native: BTreeMap::new(),
            timestamp: UnixMillis::new(1_795_000_000_000),
            expires: None,
        };
        let checksum = ChecksumJson::new(fields, entries.collect()).unwrap();
        Self {
            text: checksum.to_bytes(),
            files,
            checksum,
        }
    }

    pub(crate) fn archive(&self) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let own = ("checksum.json", &self.text);
        let files = self.files.iter().map(|(path, bytes)| (path.as_str(), bytes));
        for (path, bytes) in files.chain([own]) {
            writer.start_file(path, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }
}

trait ParsePath {
    fn parse_path(&self) -> airlock_protocol::BundlePath;
}

impl ParsePath for String {
    fn parse_path(&self) -> airlock_protocol::BundlePath {
        airlock_protocol::BundlePath::parse(self).unwrap()
    }
}

/// What is published besides the archive.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) patches: Vec<Patch>,
    pub(crate) has_single_files: bool,
}

/// One key for every role.
pub(crate) struct Author {
    server: Server,
    targets: Value,
    version: u64,
}

impl Author {
    pub(crate) fn new(server: &Server) -> Self {
        let author = Self {
            server: server.clone(),
            targets: json!({}),
            version: 0,
        };
        let id = public().key_id();
        let role = json!({"keyids": [id], "threshold": 1});
        let roles = json!({"root": role, "timestamp": role, "snapshot": role, "targets": role});
        let keys = json!({ id: public().to_tuf() });
        let root = json!({"_type": "root", "consistent_snapshot": true, "keys": keys, "roles": roles});
        server.put("metadata/1.root.json", sign(root, 1));
        author
    }

    /// The configuration of the app.
    pub(crate) fn config() -> String {
        let config = json!({
            "appId": "com.example.app", "updateUrl": super::server::BASE, "channel": "stable",
            "publicKey": public().to_pem(),
        });
        config.to_string()
    }

    /// Publishes a release in every form that `extras` names, and as an archive.
    pub(crate) fn publish(&mut self, bundle: &Bundle, extras: &Extras) {
        self.publish_without_archive(bundle, extras);
        let name = format!("stable/{}/bundle.zip", bundle.checksum.sequence());
        self.add(&name, &bundle.archive(), None);
        self.sign_all();
    }

    /// Publishes a release that is to be applied at once, as an archive.
    pub(crate) fn publish_mandatory(&mut self, bundle: &Bundle) {
        self.publish(bundle, &Extras::default());
        let name = format!("stable/{}/checksum.json", bundle.checksum.sequence());
        self.targets[name]["custom"]["mandatory"] = true.into();
        self.sign_all();
    }

    pub(crate) fn publish_without_archive(&mut self, bundle: &Bundle, extras: &Extras) {
        let (sequence, id) = (bundle.checksum.sequence(), bundle.checksum.id());
        let custom = json!({
            "version": bundle.checksum.version(), "sequence": sequence, "id": id,
            "files": extras.has_single_files,
        });
        self.add(
            &format!("stable/{sequence}/checksum.json"),
            &bundle.text,
            Some(custom),
        );
        for patch in &extras.patches {
            let custom = json!({"from": patch.from, "description": patch.description_bytes});
            self.add(
                &format!("stable/{sequence}/from-{}.dcz", patch.from),
                &patch.bytes,
                Some(custom),
            );
        }
        if extras.has_single_files {
            for bytes in bundle.files.values() {
                self.server.put(
                    &format!("files/{}.zst", Sha256Digest::of(bytes)),
                    zstd(&[], bytes),
                );
            }
        }
        self.sign_all();
    }

    fn add(&mut self, name: &str, bytes: &[u8], custom: Option<Value>) {
        let digest = Sha256Digest::of(bytes);
        let mut entry = json!({"length": bytes.len(), "hashes": {"sha256": digest}});
        if let Some(custom) = custom {
            entry["custom"] = custom;
        }
        self.targets[name] = entry;
        let (folder, base) = name.rsplit_once('/').unwrap();
        self.server
            .put(&format!("targets/{folder}/{digest}.{base}"), bytes.to_vec());
    }

    fn sign_all(&mut self) {
        self.version += 1;
        let version = self.version;
        let id = public().key_id();
        let role = json!({"name": "stable", "keyids": [id], "threshold": 1, "terminating": false, "paths": ["stable/*/*"]});
        let delegations = json!({"keys": { id: public().to_tuf() }, "roles": [role]});
        let targets = sign(
            json!({"_type": "targets", "targets": {}, "delegations": delegations}),
            version,
        );
        let stable = sign(json!({"_type": "targets", "targets": self.targets}), version);
        let meta = |bytes: &[u8]| json!({"version": version, "length": bytes.len(), "hashes": {"sha256": Sha256Digest::of(bytes)}});
        let snapshot = json!({"_type": "snapshot", "meta": {"targets.json": meta(&targets), "stable.json": meta(&stable)}});
        let snapshot = sign(snapshot, version);
        let timestamp = json!({"_type": "timestamp", "meta": {"snapshot.json": meta(&snapshot)}});
        self.server
            .put("metadata/timestamp.json", sign(timestamp, version));
        for (name, bytes) in [("targets", targets), ("stable", stable), ("snapshot", snapshot)] {
            self.server.put(&format!("metadata/{version}.{name}.json"), bytes);
        }
    }
}

fn sign(mut signed: Value, version: u64) -> Vec<u8> {
    signed["version"] = version.into();
    signed["spec_version"] = "1.0.31".into();
    signed["expires"] = EXPIRES.into();
    let signature = key().sign(&json::canonical(&signed));
    let hex: String = signature
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let document = json!({"signed": signed, "signatures": [{"keyid": public().key_id(), "sig": hex}]});
    document.to_string().into_bytes()
}

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn public() -> PublicKey {
    PublicKey::from_ed25519(key().public_key().as_ref().try_into().unwrap()).unwrap()
}
