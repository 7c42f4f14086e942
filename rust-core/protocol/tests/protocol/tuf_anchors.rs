//! Where trust starts: keys in the app, or a root.

use airlock_protocol::tuf::{Anchor, Stored};
use airlock_protocol::{Code, Error, MetadataFault};

use crate::support::{Device, Repository};

#[test]
fn the_first_root_must_be_signed_by_the_configured_keys() {
    let repository = Repository::new();
    Device::trusting(&[1], 1).follow(&repository);
    Device::trusting(&[9, 1], 1).follow(&repository);
    for (keys, threshold) in [(&[9][..], 1), (&[1, 9], 2), (&[2], 1)] {
        let refused = Device::trusting(keys, threshold)
            .refresh(&repository)
            .result
            .unwrap_err();
        assert!(
            matches!(refused, Error::Metadata(MetadataFault::Signatures { .. })),
            "{keys:?}: {refused}"
        );
    }
}

/// A new app binary carries a newer key than the repository began with.
#[test]
fn older_roots_signed_by_other_keys_are_skipped() {
    let mut repository = Repository::new();
    for number in [11, 12, 13] {
        let signers = [number, if number == 11 { 1 } else { number - 1 }];
        repository.set_keys("root", &[number], 1);
        repository.signers("root", &signers);
        repository.publish(&["root"]);
    }
    let mut device = Device::trusting(&[12], 1);
    let run = device.refresh(&repository);
    assert_eq!(
        run.asked[..5],
        [
            "1.root.json",
            "2.root.json",
            "3.root.json",
            "4.root.json",
            "5.root.json"
        ]
    );
    assert_eq!(run.result.unwrap().versions().root, 4);
    // Root 2 is never trusted, so not kept; from root 3 on the chain is.
    assert!(!device.stored.files.contains_key("root_history/2.root.json"));
    assert!(device.stored.files.contains_key("root_history/3.root.json"));
    assert_eq!(
        device.refresh(&repository).asked,
        ["5.root.json", "timestamp.json"]
    );
}

#[test]
fn what_is_not_a_root_is_not_skipped() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    for bytes in [&b"<html>"[..], b"{}", b""] {
        repository.files.insert("1.root.json".into(), bytes.to_vec());
        let run = device.refresh(&repository);
        assert_eq!(run.result.unwrap_err().code(), Code::MetadataInvalid);
        assert_eq!(run.asked, ["1.root.json"]);
    }
}

#[test]
fn an_empty_repository_is_reported_as_such() {
    let mut repository = Repository::new();
    repository.files.clear();
    let refused = Device::new().refresh(&repository).result.unwrap_err();
    assert_eq!(
        refused,
        MetadataFault::Missing {
            document: "1.root.json".to_owned()
        }
        .into()
    );
}

#[test]
fn a_first_root_under_another_number_is_refused() {
    let mut repository = Repository::new();
    let root = repository.files["1.root.json"].clone();
    repository.publish(&["root"]);
    repository
        .files
        .insert("1.root.json".into(), repository.files["2.root.json"].clone());
    assert_eq!(
        Device::new().refresh(&repository).result.unwrap_err().code(),
        Code::MetadataInvalid
    );
    repository.files.insert("1.root.json".into(), root);
    Device::new().follow(&repository);
}

#[test]
fn a_root_can_be_the_anchor() {
    let mut repository = Repository::new();
    let anchor = Anchor::Root(repository.files["1.root.json"].clone());
    repository.publish(&["root"]);
    let mut device = Device {
        anchor,
        ..Device::new()
    };
    let run = device.refresh(&repository);
    assert_eq!(run.asked[..2], ["2.root.json", "3.root.json"]);
    assert_eq!(run.result.unwrap().versions().root, 2);
    assert_eq!(
        device.refresh(&repository).asked,
        ["3.root.json", "timestamp.json"]
    );
}

#[test]
fn a_root_anchor_that_does_not_verify_with_itself_is_refused_at_once() {
    let mut repository = Repository::new();
    repository.signers("root", &[9]);
    repository.put("root");
    let device = Device {
        anchor: Anchor::Root(repository.files["1.root.json"].clone()),
        ..Device::new()
    };
    let run = device.clone().refresh(&repository);
    assert_eq!(run.result.unwrap_err().code(), Code::MetadataInvalid);
    assert!(run.asked.is_empty());
}

/// Trust is derived from the anchor in every run, not remembered.
#[test]
fn another_key_in_the_app_starts_over() {
    let (repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    let mut updated = Device {
        stored: device.stored.clone(),
        ..Device::trusting(&[9], 1)
    };
    let run = updated.refresh(&repository);
    assert_eq!(run.asked[0], "1.root.json");
    assert_eq!(run.result.unwrap_err().code(), Code::MetadataInvalid);
    assert_eq!(updated.stored, device.stored);
}

#[test]
fn stored_roots_that_the_keys_do_not_lead_to_are_ignored() {
    let (repository, mut device) = (Repository::new(), Device::new());
    let mut other = Repository::new();
    other.set_keys("root", &[66], 1);
    other.publish(&["root"]);
    device.follow(&repository);
    for name in ["root.json", "root_history/2.root.json"] {
        let mut planted = device.clone();
        planted
            .stored
            .files
            .insert(name.into(), other.files["2.root.json"].clone());
        assert_eq!(planted.follow(&repository).versions().root, 1, "{name}");
    }
}

#[test]
fn damaged_stored_files_are_fetched_again() {
    let (repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    let whole = device.stored.clone();
    for name in whole.files.keys() {
        for bytes in [Vec::new(), b"\0\0\0\0".to_vec(), whole.files[name][..40].to_vec()] {
            device.stored = whole.clone();
            device.stored.files.insert(name.clone(), bytes);
            device.follow(&repository);
            let missing: Vec<_> = whole
                .files
                .keys()
                .filter(|file| device.stored.files[*file] != whole.files[*file])
                .collect();
            assert!(
                missing.iter().all(|file| file.starts_with("root_history")),
                "{name}: {missing:?}"
            );
        }
    }
    device.stored = Stored::default();
    device.follow(&repository);
}

/// The chain from the keys in the app is gone, but the newest root is one that they vouch for.
#[test]
fn a_root_whose_history_was_lost_is_not_given_up_for_an_older_one() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.publish(&["root"]);
    device.follow(&repository);
    device
        .stored
        .files
        .retain(|name, _| !name.starts_with("root_history/"));
    let run = device.refresh(&repository);
    assert_eq!(run.asked, ["3.root.json", "timestamp.json"]);
    assert_eq!(run.result.unwrap().versions().root, 2);
    device.stored.files.remove("root.json");
    assert_eq!(device.refresh(&repository).asked[0], "1.root.json");
}
