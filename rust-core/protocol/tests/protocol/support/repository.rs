//! A TUF repository in memory. Roles are plain JSON, so that a test can make them wrong in any way.

use std::collections::BTreeMap;

use airlock_protocol::{Sha256Digest, UnixMillis, json};
use serde_json::{Value, json};

use super::Signer;

/// The time at which every test runs.
pub(crate) const NOW: &str = "2026-11-22T00:00:00Z";

/// The moment `days` after [`NOW`].
pub(crate) fn day(days: i64) -> UnixMillis {
    let now = UnixMillis::from_rfc3339(NOW).unwrap().get();
    UnixMillis::new(now.checked_add_signed(days * 86_400_000).unwrap())
}

/// One role: its content, and who signs it.
pub(crate) struct Role {
    /// The `signed` part; `version` is raised by each publication.
    pub(crate) signed: Value,
    /// Who signs the next publication.
    pub(crate) signers: Vec<Signer>,
}

/// The author's side: change what you like, then [`Repository::publish`].
pub(crate) struct Repository {
    pub(crate) roles: BTreeMap<String, Role>,
    /// What a web server would deliver below `metadata/`.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Whether snapshot and timestamp carry hashes and lengths.
    pub(crate) hashes: bool,
}

impl Repository {
    /// Root, timestamp, snapshot, targets and the channel `stable` with release 1, all at version 1.
    /// Their keys have the numbers 1 to 5.
    pub(crate) fn new() -> Repository {
        let mut repository = Repository {
            roles: BTreeMap::new(),
            files: BTreeMap::new(),
            hashes: true,
        };
        for (number, role) in (1..).zip(["root", "timestamp", "snapshot", "targets", "stable"]) {
            let signed = json!({"spec_version": "1.0.31", "version": 0, "expires": day(30)});
            repository.roles.insert(
                role.into(),
                Role {
                    signed,
                    signers: vec![Signer::new(number)],
                },
            );
        }
        let root = repository.signed("root");
        root["_type"] = "root".into();
        root["consistent_snapshot"] = true.into();
        for (number, role) in (1..).zip(["root", "timestamp", "snapshot", "targets"]) {
            repository.set_keys(role, &[number], 1);
        }
        repository.signed("timestamp")["_type"] = "timestamp".into();
        repository.signed("snapshot")["_type"] = "snapshot".into();
        for role in ["targets", "stable"] {
            repository.signed(role)["_type"] = "targets".into();
            repository.signed(role)["targets"] = json!({});
        }
        repository.delegate("targets", "stable", 5, json!({"paths": ["stable/*/*"]}));
        repository.add_release("stable", 1);
        repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
        repository
    }

    pub(crate) fn signed(&mut self, role: &str) -> &mut Value {
        &mut self.roles.get_mut(role).unwrap().signed
    }

    pub(crate) fn signers(&mut self, role: &str, numbers: &[u8]) {
        self.roles.get_mut(role).unwrap().signers = numbers.iter().copied().map(Signer::new).collect();
    }

    /// Gives a top-level role these keys in root, and lets them sign it.
    pub(crate) fn set_keys(&mut self, role: &str, numbers: &[u8], threshold: u32) {
        self.signers(role, numbers);
        self.declare_keys(role, numbers, threshold);
    }

    /// Gives a top-level role these keys in root only.
    pub(crate) fn declare_keys(&mut self, role: &str, numbers: &[u8], threshold: u32) {
        let signers: Vec<Signer> = numbers.iter().copied().map(Signer::new).collect();
        let root = self.signed("root");
        for signer in &signers {
            root["keys"][signer.key_id()] = signer.public().to_tuf();
        }
        let ids: Vec<String> = signers.iter().map(Signer::key_id).collect();
        root["roles"][role] = json!({"keyids": ids, "threshold": threshold});
    }

    /// Adds a delegation with one key. `scope` is `{"paths": …}` and whatever else shall differ.
    pub(crate) fn delegate(&mut self, from: &str, role: &str, number: u8, scope: Value) {
        let signer = Signer::new(number);
        self.roles.entry(role.into()).or_insert_with(|| Role {
            signed: json!({"_type": "targets", "spec_version": "1.0.31", "version": 0, "expires": day(30), "targets": {}}),
            signers: vec![signer.clone()],
        });
        let mut delegation =
            json!({"name": role, "keyids": [signer.key_id()], "threshold": 1, "terminating": false});
        for (key, value) in scope.as_object().unwrap() {
            delegation[key] = value.clone();
        }
        let delegator = self.signed(from);
        if delegator["delegations"].is_null() {
            delegator["delegations"] = json!({"keys": {}, "roles": []});
        }
        delegator["delegations"]["keys"][signer.key_id()] = signer.public().to_tuf();
        delegator["delegations"]["roles"]
            .as_array_mut()
            .unwrap()
            .push(delegation);
    }

    pub(crate) fn add_target(&mut self, role: &str, name: &str, content: &[u8], custom: Option<Value>) {
        let mut entry = json!({"length": content.len(), "hashes": {"sha256": Sha256Digest::of(content)}});
        if let Some(custom) = custom {
            entry["custom"] = custom;
        }
        self.signed(role)["targets"][name] = entry;
    }

    /// A release as `airlock publish` writes it.
    pub(crate) fn add_release(&mut self, channel: &str, sequence: u64) {
        let id = Sha256Digest::of(&sequence.to_be_bytes());
        let custom = json!({"version": format!("{sequence}.0.0"), "sequence": sequence, "id": id});
        self.add_target(
            channel,
            &format!("{channel}/{sequence}/checksum.json"),
            b"{}",
            Some(custom),
        );
        self.add_target(channel, &format!("{channel}/{sequence}/bundle.zip"), b"zip", None);
    }

    /// Raises the version of each role, signs it and puts its file in place, in the given order. Targets
    /// roles are noted in snapshot, snapshot in timestamp.
    pub(crate) fn publish(&mut self, roles: &[&str]) {
        for role in roles {
            let signed = self.signed(role);
            signed["version"] = (signed["version"].as_u64().unwrap() + 1).into();
            self.put(role);
        }
    }

    /// The same without raising the version.
    pub(crate) fn put(&mut self, name: &str) {
        let bytes = sign(&self.roles[name]);
        // A test may have made it something that is not a number.
        let version = self.signed(name)["version"].as_u64().unwrap_or(0);
        let mut meta = json!({"version": version});
        if self.hashes {
            meta["length"] = bytes.len().into();
            meta["hashes"] = json!({"sha256": Sha256Digest::of(&bytes)});
        }
        match name {
            "root" | "timestamp" => {}
            "snapshot" => self.signed("timestamp")["meta"]["snapshot.json"] = meta,
            _ => self.signed("snapshot")["meta"][format!("{name}.json")] = meta,
        }
        self.put_bytes(name, version, bytes);
    }

    /// Puts these bytes where version `version` of the role is looked for.
    pub(crate) fn put_bytes(&mut self, name: &str, version: u64, bytes: Vec<u8>) {
        let plain = self.roles["root"].signed["consistent_snapshot"] == false && name != "root";
        let file = if name == "timestamp" || plain {
            format!("{name}.json")
        } else {
            format!("{version}.{name}.json")
        };
        self.files.insert(file, bytes);
    }

    /// A new release on `stable`, and all that follows from it.
    pub(crate) fn publish_release(&mut self, sequence: u64) {
        self.add_release("stable", sequence);
        self.publish(&["stable", "snapshot", "timestamp"]);
    }
}

/// The bytes of a role, signed by its signers.
pub(crate) fn sign(role: &Role) -> Vec<u8> {
    let message = json::canonical(&role.signed);
    let signatures: Vec<Value> = role
        .signers
        .iter()
        .map(|signer| signer.tuf_signature(&message))
        .collect();
    serde_json::to_vec(&json!({"signed": role.signed, "signatures": signatures})).unwrap()
}
