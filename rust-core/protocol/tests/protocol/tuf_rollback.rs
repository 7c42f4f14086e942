//! Rollback, freeze, mix-and-match, and the recovery from fast-forward (specification sections 5.3.11, 5.4, 5.5).

use airlock_protocol::Code;

use crate::support::{Device, Repository, day};

fn set_version(repository: &mut Repository, role: &str, version: u64) {
    repository.signed(role)["version"] = version.into();
}

#[test]
fn an_older_timestamp_is_refused() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.publish(&["timestamp"]);
    device.follow(&repository);
    set_version(&mut repository, "timestamp", 1);
    repository.put("timestamp");
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::DowngradeRefused
    );
    assert_eq!(device.version("timestamp.json"), Some(2));
}

#[test]
fn a_damaged_snapshot_does_not_take_the_protection_of_the_timestamp_along() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.publish(&["timestamp"]);
    device.follow(&repository);
    device.stored.files.insert("snapshot.json".into(), b"{".to_vec());
    set_version(&mut repository, "timestamp", 1);
    repository.put("timestamp");
    let refused = device.refresh(&repository).result.unwrap_err();
    assert_eq!(refused.code(), Code::DowngradeRefused);
    set_version(&mut repository, "timestamp", 2);
    repository.publish(&["timestamp"]);
    assert!(
        device.refresh(&repository).result.is_ok(),
        "and what is newer is followed"
    );
}

/// The other way round: with a damaged timestamp, the stored snapshot still says what was seen.
#[test]
fn a_damaged_timestamp_does_not_take_the_protection_of_the_snapshot_along() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.publish(&["snapshot", "timestamp"]);
    device.follow(&repository);
    device.stored.files.insert("timestamp.json".into(), b"{".to_vec());
    set_version(&mut repository, "snapshot", 1);
    repository.put("snapshot");
    repository.publish(&["timestamp"]);
    let refused = device.clone().refresh(&repository).result.unwrap_err();
    assert_eq!(refused.code(), Code::DowngradeRefused);
    repository.publish(&["snapshot", "snapshot", "timestamp"]);
    assert!(device.refresh(&repository).result.is_ok());
}

#[test]
fn a_timestamp_of_the_same_version_changes_nothing() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    repository.publish(&["stable", "snapshot"]);
    repository.put("timestamp");
    let run = device.refresh(&repository);
    assert_eq!(run.asked.last().unwrap(), "timestamp.json");
    assert_eq!(run.result.unwrap().versions().snapshot, 1);
    assert!(run.unchanged);
}

#[test]
fn an_older_snapshot_is_refused_before_it_is_fetched() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.publish(&["snapshot", "timestamp"]);
    device.follow(&repository);
    set_version(&mut repository, "snapshot", 1);
    repository.put("snapshot");
    repository.publish(&["timestamp"]);
    let run = device.refresh(&repository);
    assert_eq!(run.result.unwrap_err().code(), Code::DowngradeRefused);
    assert_eq!(run.asked.last().unwrap(), "timestamp.json");
    assert!(run.ops.is_empty());
}

#[test]
fn an_older_targets_role_is_refused_in_a_newer_snapshot() {
    for role in ["targets", "stable"] {
        for hashes in [false, true] {
            let (mut repository, mut device) = (Repository::new(), Device::new());
            repository.hashes = hashes;
            repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
            device.follow(&repository);
            set_version(&mut repository, role, 1);
            repository.put(role);
            repository.publish(&["snapshot", "timestamp"]);
            assert_eq!(
                device.refresh(&repository).result.unwrap_err().code(),
                Code::DowngradeRefused,
                "{role}"
            );
            assert_eq!(device.version("snapshot.json"), Some(2));
        }
    }
}

#[test]
fn a_role_may_not_vanish_from_the_snapshot() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    repository.signed("snapshot")["meta"]
        .as_object_mut()
        .unwrap()
        .remove("stable.json");
    repository.publish(&["snapshot", "timestamp"]);
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::DowngradeRefused
    );
}

/// A mirror that delivers another version of a file than the one above it names.
#[test]
fn versions_that_do_not_fit_together_are_refused() {
    for role in ["snapshot", "targets", "stable"] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        repository.hashes = false;
        repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
        let old = repository.files[&format!("1.{role}.json")].clone();
        let new = repository.files.insert(format!("2.{role}.json"), old).unwrap();
        assert_eq!(
            device.refresh(&repository).result.unwrap_err().code(),
            Code::MetadataInvalid,
            "{role}"
        );
        repository.files.insert(format!("2.{role}.json"), new);
        device.follow(&repository);
    }
}

#[test]
fn expired_metadata_is_refused_and_not_stored() {
    for role in ["timestamp", "snapshot", "targets", "stable"] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        device.follow(&repository);
        repository.signed(role)["expires"] = day(-1).to_rfc3339().into();
        repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
        assert_eq!(
            device.refresh(&repository).result.unwrap_err().code(),
            Code::MetadataExpired,
            "{role}"
        );
        assert_eq!(device.version(&format!("{role}.json")), Some(1), "{role}");
        repository.signed(role)["expires"] = day(30).to_rfc3339().into();
        repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
        device.follow(&repository);
    }
}

/// A freeze attack: the server goes on delivering what the device has.
#[test]
fn what_is_stored_expires_too() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.signed("timestamp")["expires"] = day(7).to_rfc3339().into();
    repository.publish(&["timestamp"]);
    device.follow(&repository);
    device.now = day(8);
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::MetadataExpired
    );
    // And an expired stored timestamp still guards against older ones, and gives way to newer ones.
    set_version(&mut repository, "timestamp", 1);
    repository.signed("timestamp")["expires"] = day(30).to_rfc3339().into();
    repository.put("timestamp");
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::DowngradeRefused
    );
    set_version(&mut repository, "timestamp", 3);
    repository.put("timestamp");
    device.follow(&repository);
}

/// An attacker with online keys has raised every version; new keys let the author come back (5.3.11).
#[test]
fn new_keys_undo_a_fast_forward() {
    for (role, keys) in [
        ("timestamp", &["timestamp"][..]),
        ("snapshot", &["snapshot"]),
        ("stable", &["snapshot"]),
    ] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        set_version(&mut repository, role, 1_000_000);
        for role in ["stable", "snapshot", "timestamp"] {
            repository.put(role);
        }
        device.follow(&repository);
        set_version(&mut repository, role, 1);
        repository.publish(&["stable", "snapshot", "timestamp"]);
        let refused = device.clone().refresh(&repository).result.unwrap_err();
        assert_eq!(refused.code(), Code::DowngradeRefused, "{role}");
        for (number, role) in (30..).zip(keys) {
            repository.set_keys(role, &[number], 1);
        }
        repository.publish(&["root", "stable", "snapshot", "timestamp"]);
        device.follow(&repository);
        assert!(device.version(&format!("{role}.json")).unwrap() < 10, "{role}");
    }
}

#[test]
fn without_new_keys_a_fast_forward_is_not_undone() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    set_version(&mut repository, "snapshot", 1_000_000);
    repository.put("snapshot");
    repository.publish(&["timestamp"]);
    device.follow(&repository);
    set_version(&mut repository, "snapshot", 2);
    repository.put("snapshot");
    repository.publish(&["root", "timestamp"]);
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::DowngradeRefused
    );
}
