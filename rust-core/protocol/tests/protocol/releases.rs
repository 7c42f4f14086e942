//! What a channel says of its releases.

use airlock_protocol::{ChannelName, Code, Error, MetadataFault, Platform, Sha256Digest, tuf::Release};
use serde_json::{Value, json};

use crate::support::{Device, Repository, Signer};

fn channel() -> ChannelName {
    "stable".parse().unwrap()
}

fn releases(repository: &Repository) -> Result<Vec<Release>, Error> {
    Device::new().follow(repository).releases(&channel())
}

fn custom(repository: &mut Repository) -> &mut Value {
    &mut repository.signed("stable")["targets"]["stable/1/checksum.json"]["custom"]
}

#[test]
fn a_release_has_its_defaults() {
    let all = releases(&Repository::new()).unwrap();
    let [release] = all.as_slice() else {
        panic!("expected one release, got {all:?}")
    };
    assert_eq!(
        (release.sequence.get(), release.version.as_str(), release.rollout),
        (1, "1.0.0", 100)
    );
    assert_eq!((release.mandatory, &release.notes), (false, &None));
    assert!(release.platforms.is_empty() && release.native.is_empty());
    let digest = Sha256Digest::of(b"{}");
    assert_eq!(release.checksum.digest, digest);
    assert_eq!(
        release.checksum.url_path(),
        format!("stable/1/{digest}.checksum.json")
    );
    assert!(release.checksum.check(b"{}").is_ok());
    assert_eq!(
        release.checksum.check(b"{ }").unwrap_err().code(),
        Code::ChecksumMismatch
    );
    assert_eq!(
        release.checksum.check(b"[]").unwrap_err().code(),
        Code::ChecksumMismatch
    );
    assert_eq!(release.archive.as_ref().unwrap().length, 3);
}

#[test]
fn a_release_says_whom_it_is_for() {
    let mut repository = Repository::new();
    let custom = custom(&mut repository);
    for (key, value) in [
        ("rollout", json!(25)),
        ("mandatory", json!(true)),
        ("notes", json!("Faster.\nSmaller.")),
        ("platforms", json!(["android"])),
        ("native", json!({"android": ">=1.4.0 <2.0.0"})),
        ("future", json!({"x": 1})),
    ] {
        custom[key] = value;
    }
    repository.publish(&["stable", "snapshot", "timestamp"]);
    let release = releases(&repository).unwrap().remove(0);
    assert_eq!((release.rollout, release.mandatory), (25, true));
    assert_eq!(release.notes.as_deref(), Some("Faster.\nSmaller."));
    assert_eq!(release.platforms, [Platform::Android]);
    assert!(release.native[&Platform::Android].contains(&"1.9".parse().unwrap()));
}

#[test]
fn releases_come_by_ascending_sequence() {
    let mut repository = Repository::new();
    for sequence in [10, 2, 9] {
        repository.publish_release(sequence);
    }
    let numbers: Vec<u64> = releases(&repository)
        .unwrap()
        .iter()
        .map(|release| release.sequence.get())
        .collect();
    assert_eq!(numbers, [1, 2, 9, 10]);
}

#[test]
fn malformed_releases_are_refused() {
    for (key, value) in [
        ("sequence", json!(2)),
        ("sequence", json!("1")),
        ("version", json!("")),
        ("version", json!("a\nb")),
        ("version", json!(null)),
        ("id", json!("abc")),
        ("rollout", json!(0)),
        ("rollout", json!(101)),
        ("mandatory", json!("yes")),
        ("notes", json!("x".repeat(9000))),
        ("platforms", json!(["windows"])),
        ("native", json!({"android": "newest"})),
    ] {
        let mut repository = Repository::new();
        custom(&mut repository)[key] = value.clone();
        repository.publish(&["stable", "snapshot", "timestamp"]);
        let refused = releases(&repository).unwrap_err();
        assert_eq!(refused.code(), Code::MetadataInvalid, "{key} {value}: {refused}");
    }
}

/// A release of another channel, or beside the folders of releases, is none of this channel's business.
#[test]
fn names_outside_the_channel_are_skipped() {
    let mut repository = Repository::new();
    let good = custom(&mut repository).clone();
    for name in [
        "beta/1/checksum.json",
        "stable/1/deeper/checksum.json",
        "stable/x/checksum.json",
        "stable-2/1/checksum.json",
        "../stable/1/checksum.json",
        "stable/01/checksum.json",
        "checksum.json",
    ] {
        repository.add_target("stable", name, b"{}", Some(good.clone()));
    }
    repository.publish(&["stable", "snapshot", "timestamp"]);
    assert_eq!(releases(&repository).unwrap().len(), 1);
}

#[test]
fn a_role_speaks_only_for_what_it_was_delegated() {
    let mut repository = Repository::new();
    repository.signed("targets")["delegations"]["roles"][0]["paths"] = json!(["stable/2/*"]);
    repository.publish(&["targets", "snapshot", "timestamp"]);
    assert!(releases(&repository).unwrap().is_empty());
    repository.publish_release(2);
    assert_eq!(releases(&repository).unwrap().len(), 1);
}

#[test]
fn a_channel_that_does_not_exist_is_named() {
    let trusted = Device::new().follow(&Repository::new());
    let beta: ChannelName = "beta".parse().unwrap();
    let expected = Error::from(MetadataFault::NoChannel {
        channel: "beta".to_owned(),
    });
    assert_eq!(trusted.releases(&beta).unwrap_err(), expected);
    assert_eq!(trusted.channel_keys(&beta).unwrap_err(), expected);
}

#[test]
fn a_channel_that_is_delegated_but_not_published_has_no_releases_to_trust() {
    let mut repository = Repository::new();
    repository.signed("snapshot")["meta"]
        .as_object_mut()
        .unwrap()
        .remove("stable.json");
    repository.publish(&["snapshot", "timestamp"]);
    let refused = releases(&repository).unwrap_err();
    assert!(matches!(
        refused,
        Error::Metadata(MetadataFault::NoChannel { .. })
    ));
}

#[test]
fn the_keys_of_a_channel_are_those_of_its_delegation() {
    let trusted = Device::new().follow(&Repository::new());
    let keys = trusted.channel_keys(&channel()).unwrap();
    assert_eq!(keys.threshold(), 1);
    assert_eq!(keys.iter().collect::<Vec<_>>(), [&Signer::new(5).public()]);
}

#[test]
fn releases_need_consistent_snapshots() {
    let mut repository = Repository::new();
    repository.signed("root")["consistent_snapshot"] = false.into();
    repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
    assert_eq!(releases(&repository).unwrap_err().code(), Code::MetadataInvalid);
}
