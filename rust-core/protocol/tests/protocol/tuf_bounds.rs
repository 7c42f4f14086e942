//! Endless data, hashes and lengths.

use airlock_protocol::tuf::{Answer, Mode, Refresh, Step};
use airlock_protocol::{Code, limits};

use crate::support::{Device, Repository};

/// The limits a client names while it walks through a repository.
fn bounds(repository: &Repository) -> Vec<(String, u64)> {
    let device = Device::new();
    let mut refresh = Refresh::start(
        device.anchor,
        device.stored,
        device.now,
        Mode::Full,
        Some("stable"),
    )
    .unwrap();
    let mut bounds = Vec::new();
    while let Step::Fetch(fetch) = refresh.step() {
        let answer = repository
            .files
            .get(&fetch.name)
            .cloned()
            .map_or(Answer::Missing, Answer::Found);
        bounds.push((fetch.name, fetch.max_bytes));
        refresh.receive(answer).unwrap();
    }
    bounds
}

#[test]
fn lengths_in_signed_metadata_bound_the_next_file() {
    let repository = Repository::new();
    let length = |name: &str| u64::try_from(repository.files[name].len()).unwrap();
    assert_eq!(
        bounds(&repository),
        [
            ("1.root.json".to_owned(), limits::ROOT_BYTES),
            ("2.root.json".to_owned(), limits::ROOT_BYTES),
            ("timestamp.json".to_owned(), limits::TIMESTAMP_BYTES),
            ("1.snapshot.json".to_owned(), length("1.snapshot.json")),
            ("1.targets.json".to_owned(), length("1.targets.json")),
            ("1.stable.json".to_owned(), length("1.stable.json")),
        ]
    );
}

#[test]
fn our_own_limits_stand_where_metadata_gives_none_or_too_much() {
    let mut repository = Repository::new();
    repository.hashes = false;
    repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
    let own: Vec<u64> = bounds(&repository)
        .into_iter()
        .map(|(_, bound)| bound)
        .skip(3)
        .collect();
    assert_eq!(
        own,
        [
            limits::SNAPSHOT_BYTES,
            limits::TARGETS_BYTES,
            limits::TARGETS_BYTES
        ]
    );

    repository.signed("timestamp")["meta"]["snapshot.json"]["length"] = u64::MAX.into();
    repository.publish(&["timestamp"]);
    let device = Device::new();
    let mut refresh = Refresh::start(device.anchor, device.stored, device.now, Mode::Full, None).unwrap();
    for name in ["1.root.json", "timestamp.json"] {
        refresh
            .receive(Answer::Found(repository.files[name].clone()))
            .unwrap();
        if name == "1.root.json" {
            refresh.receive(Answer::Missing).unwrap();
        }
    }
    let Step::Fetch(fetch) = refresh.step() else {
        panic!("expected to be asked for the snapshot")
    };
    assert_eq!(fetch.max_bytes, limits::SNAPSHOT_BYTES);
}

#[test]
fn longer_answers_are_refused_before_they_are_parsed() {
    for (name, bound) in bounds(&Repository::new()) {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        let mut bytes = repository.files.get(&name).cloned().unwrap_or_default();
        bytes.resize(usize::try_from(bound).unwrap() + 1, b' ');
        repository.files.insert(name.clone(), bytes);
        assert_eq!(
            device.refresh(&repository).result.unwrap_err().code(),
            Code::MetadataInvalid,
            "{name}"
        );
    }
}

#[test]
fn hashes_and_lengths_must_fit() {
    for (above, file, field, wrong) in [
        ("timestamp", "snapshot.json", "length", serde_json::json!(1)),
        (
            "timestamp",
            "snapshot.json",
            "hashes",
            serde_json::json!({"sha256": "00".repeat(32)}),
        ),
        (
            "timestamp",
            "snapshot.json",
            "hashes",
            serde_json::json!({"sha512": "00".repeat(64)}),
        ),
        (
            "timestamp",
            "snapshot.json",
            "hashes",
            serde_json::json!({"md5": "00"}),
        ),
        ("snapshot", "targets.json", "length", serde_json::json!(1_000_000)),
        (
            "snapshot",
            "targets.json",
            "hashes",
            serde_json::json!({"sha256": "00".repeat(32)}),
        ),
        (
            "snapshot",
            "stable.json",
            "hashes",
            serde_json::json!({"sha256": "00".repeat(32)}),
        ),
    ] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        repository.publish(&["stable", "targets", "snapshot"]);
        repository.signed(above)["meta"][file][field] = wrong.clone();
        if above == "snapshot" {
            repository.put("snapshot");
        }
        repository.publish(&["timestamp"]);
        let refused = device.refresh(&repository).result.unwrap_err();
        assert_eq!(
            refused.code(),
            Code::MetadataInvalid,
            "{file} {field} {wrong}: {refused}"
        );
        repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
        device.follow(&repository);
    }
}

#[test]
fn a_role_with_too_many_keys_or_signatures_is_refused() {
    let (mut repository, device) = (Repository::new(), Device::new());
    let many: Vec<String> = (0..=limits::KEYS_MAX).map(|number| number.to_string()).collect();
    repository.signed("root")["roles"]["timestamp"]["keyids"] = many.into();
    repository.publish(&["root"]);
    assert_eq!(
        device.clone().refresh(&repository).result.unwrap_err().code(),
        Code::MetadataInvalid
    );

    let mut repository = Repository::new();
    let signatures: Vec<_> = (0..=limits::SIGNATURES_MAX)
        .map(|number| serde_json::json!({"keyid": number.to_string(), "sig": "00"}))
        .collect();
    let mut document: serde_json::Value =
        serde_json::from_slice(&repository.files["timestamp.json"]).unwrap();
    document["signatures"].as_array_mut().unwrap().extend(signatures);
    repository
        .files
        .insert("timestamp.json".into(), serde_json::to_vec(&document).unwrap());
    let refused = device.clone().refresh(&repository).result.unwrap_err();
    assert_eq!(refused.code(), Code::MetadataInvalid);
}
