//! The ordinary course of a refresh, and the simplest ways to spoil it.

use airlock_protocol::tuf::{Mode, Versions};
use airlock_protocol::{Code, Error, MetadataFault};
use serde_json::Value;

use crate::support::{Device, Repository};

#[test]
fn a_first_refresh_walks_in_the_order_of_the_specification() {
    let (repository, mut device) = (Repository::new(), Device::new());
    let run = device.refresh(&repository);
    let asked = [
        "1.root.json",
        "2.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
        "1.stable.json",
    ];
    assert_eq!(run.asked, asked);
    let versions = run.result.unwrap().versions();
    assert_eq!(
        versions,
        Versions {
            root: 1,
            timestamp: 1,
            snapshot: 1,
            targets: 1,
            role: Some(1)
        }
    );
}

#[test]
fn what_is_stored_is_what_was_received_byte_for_byte() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.files.get_mut("timestamp.json").unwrap().push(b' ');
    device.follow(&repository);
    let stored = &device.stored.files;
    let names: Vec<&str> = stored.keys().map(String::as_str).collect();
    let expected = [
        "root.json",
        "root_history/1.root.json",
        "snapshot.json",
        "stable.json",
        "targets.json",
        "timestamp.json",
    ];
    assert_eq!(names, expected);
    assert_eq!(stored["timestamp.json"], repository.files["timestamp.json"]);
    assert_eq!(stored["stable.json"], repository.files["1.stable.json"]);
}

#[test]
fn a_second_refresh_fetches_only_what_is_new() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    let idle = device.refresh(&repository);
    assert_eq!(idle.asked, ["2.root.json", "timestamp.json"]);
    assert!(idle.unchanged && idle.result.is_ok());

    repository.publish_release(2);
    let busy = device.refresh(&repository);
    assert_eq!(
        busy.asked,
        [
            "2.root.json",
            "timestamp.json",
            "2.snapshot.json",
            "2.stable.json"
        ]
    );
    assert!(!busy.unchanged);
    assert_eq!(busy.result.unwrap().versions().role, Some(2));
}

#[test]
fn plain_layout_is_followed_where_consistent_snapshots_are_off() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.signed("root")["consistent_snapshot"] = false.into();
    repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
    let run = device.refresh(&repository);
    assert_eq!(
        run.asked[3..],
        ["timestamp.json", "snapshot.json", "targets.json", "stable.json"]
    );
    assert!(run.result.is_ok());
}

#[test]
fn unknown_fields_are_covered_by_the_signature_and_otherwise_ignored() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    for role in ["root", "stable", "targets", "snapshot", "timestamp"] {
        repository.signed(role)["x-custom"] = serde_json::json!({"a": [1, "é\u{1}"], "A": null});
    }
    repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
    device.follow(&repository);
}

/// One changed character in each role, under the old signature.
#[test]
fn tampered_metadata_is_refused_and_never_stored() {
    for (role, file) in [
        ("root", "2.root.json"),
        ("timestamp", "timestamp.json"),
        ("snapshot", "2.snapshot.json"),
        ("targets", "2.targets.json"),
        ("stable", "2.stable.json"),
    ] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        repository.hashes = false;
        device.follow(&repository);
        repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
        let honest = repository.files.clone();
        let text = String::from_utf8(repository.files[file].clone()).unwrap();
        repository.files.insert(
            file.to_owned(),
            text.replace("2026-12-22", "2027-12-22").into_bytes(),
        );

        let refused = device.refresh(&repository).result.unwrap_err();
        assert!(
            matches!(refused, Error::Metadata(MetadataFault::Signatures { .. })),
            "{role}: {refused}"
        );
        assert_eq!(device.version(&format!("{role}.json")), Some(1), "{role}");

        repository.files = honest;
        device.follow(&repository);
        assert_eq!(device.version(&format!("{role}.json")), Some(2), "{role}");
    }
}

/// Correctly signed, but by the key of another role.
#[test]
fn each_role_needs_its_own_key() {
    for role in ["timestamp", "snapshot", "targets", "stable"] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        repository.signers(role, &[9]);
        repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
        let refused = device.refresh(&repository).result.unwrap_err();
        assert_eq!(refused.code(), Code::MetadataInvalid, "{role}");
        assert_eq!(device.version(&format!("{role}.json")), None, "{role}");
    }
}

#[test]
fn a_document_of_another_type_is_refused_under_the_right_key() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.signed("timestamp")["_type"] = "snapshot".into();
    repository.publish(&["timestamp"]);
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::MetadataInvalid
    );
}

#[test]
fn malformed_metadata_is_refused_under_the_right_key() {
    type Spoil = fn(&mut Value);
    let cases: [(&str, Spoil); 12] = [
        ("timestamp", |signed| signed["version"] = 0.into()),
        ("timestamp", |signed| signed["version"] = "2".into()),
        ("timestamp", |signed| signed["spec_version"] = "2.0.0".into()),
        ("timestamp", |signed| signed["expires"] = "tomorrow".into()),
        ("timestamp", |signed| {
            signed["meta"]["other.json"] = serde_json::json!({"version": 1})
        }),
        ("timestamp", |signed| signed["meta"] = serde_json::json!({})),
        ("snapshot", |signed| {
            drop(signed["meta"].as_object_mut().unwrap().remove("targets.json"))
        }),
        ("snapshot", |signed| {
            signed["meta"]["targets.json"]["hashes"]["sha256"] = "zz".into()
        }),
        ("targets", |signed| {
            signed["delegations"]["roles"][0]["name"] = "snapshot".into()
        }),
        ("targets", |signed| {
            signed["delegations"]["roles"][0]["threshold"] = 0.into()
        }),
        ("targets", |signed| {
            drop(
                signed["delegations"]["roles"][0]
                    .as_object_mut()
                    .unwrap()
                    .remove("paths"),
            )
        }),
        ("stable", |signed| {
            signed["targets"]["stable/1/checksum.json"]["length"] = (-1).into()
        }),
    ];
    for (index, (role, spoil)) in cases.into_iter().enumerate() {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        device.follow(&repository);
        repository.publish(&["stable", "targets", "snapshot"]);
        spoil(repository.signed(role));
        repository.put(role);
        if role != "timestamp" {
            repository.put("snapshot");
            repository.publish(&["timestamp"]);
        }
        let refused = device.refresh(&repository).result.unwrap_err();
        assert_eq!(refused.code(), Code::MetadataInvalid, "case {index}: {refused}");
    }
}

#[test]
fn a_missing_file_is_named() {
    for name in [
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
        "1.stable.json",
    ] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        repository.files.remove(name);
        let refused = device.refresh(&repository).result.unwrap_err();
        let document = name.trim_start_matches("1.").to_owned();
        assert_eq!(refused, MetadataFault::Missing { document }.into());
    }
}

#[test]
fn a_refusal_ends_the_refresh() {
    use airlock_protocol::tuf::{Answer, Refresh, Step};
    let device = Device::new();
    let mut refresh = Refresh::start(device.anchor, device.stored, device.now, Mode::Full, None).unwrap();
    assert!(refresh.receive(Answer::Found(b"no".to_vec())).is_err());
    assert_eq!(refresh.step(), Step::Done);
    assert!(
        refresh
            .receive(Answer::Found(Repository::new().files["1.root.json"].clone()))
            .unwrap()
            .is_empty()
    );
    assert!(refresh.into_trusted().is_err());
}

/// A crash after any number of writes: the next run finishes, and nothing went back meanwhile.
#[test]
fn a_refresh_that_was_cut_short_anywhere_is_completed_by_the_next() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    repository.set_keys("timestamp", &[12], 1);
    repository.set_keys("root", &[1, 11], 1);
    repository.publish(&["root"]);
    repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
    let whole = device.clone().refresh(&repository).ops;
    assert!(whole.len() >= 8, "{}", whole.len());
    for cut in 0..=whole.len() {
        let mut crashed = device.clone();
        whole.iter().take(cut).for_each(|op| crashed.stored.apply(op));
        for mode in [Mode::Full, Mode::Quick] {
            let mut revived = Device {
                mode,
                ..crashed.clone()
            };
            let versions = revived.follow(&repository).versions();
            assert_eq!(
                versions,
                Versions {
                    root: 3,
                    timestamp: 2,
                    snapshot: 2,
                    targets: 2,
                    role: Some(2)
                }
            );
        }
    }
}
