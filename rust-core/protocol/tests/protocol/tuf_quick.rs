//! One small request a check, as long as nothing is new.

use airlock_protocol::Code;
use airlock_protocol::tuf::Mode;

use crate::support::{Device, Repository, day};

fn settled() -> (Repository, Device) {
    let (repository, mut device) = (
        Repository::new(),
        Device {
            mode: Mode::Quick,
            ..Device::new()
        },
    );
    device.follow(&repository);
    (repository, device)
}

#[test]
fn nothing_new_costs_one_request() {
    let (repository, mut device) = settled();
    let run = device.refresh(&repository);
    assert_eq!(run.asked, ["timestamp.json"]);
    assert!(run.unchanged && run.ops.is_empty());
    assert_eq!(run.result.unwrap().versions().role, Some(1));
}

#[test]
fn something_new_takes_the_whole_way_with_the_timestamp_it_has() {
    let (mut repository, mut device) = settled();
    repository.publish_release(2);
    let run = device.refresh(&repository);
    assert_eq!(
        run.asked,
        [
            "timestamp.json",
            "2.root.json",
            "2.snapshot.json",
            "2.stable.json"
        ]
    );
    assert_eq!(run.result.unwrap().versions().role, Some(2));
    assert_eq!(device.refresh(&repository).asked, ["timestamp.json"]);
}

#[test]
fn a_new_root_is_found_with_the_timestamp_that_comes_with_it() {
    let (mut repository, mut device) = settled();
    repository.set_keys("timestamp", &[12], 1);
    repository.publish(&["root", "timestamp"]);
    let run = device.refresh(&repository);
    assert_eq!(run.asked[..3], ["timestamp.json", "2.root.json", "3.root.json"]);
    assert_eq!(run.result.unwrap().versions().root, 2);
}

#[test]
fn a_quick_answer_is_no_way_around_any_rule() {
    let (mut repository, device) = settled();
    repository.signers("timestamp", &[9]);
    repository.publish(&["timestamp"]);
    assert_eq!(
        device.clone().refresh(&repository).result.unwrap_err().code(),
        Code::MetadataInvalid
    );
    repository.signers("timestamp", &[2]);
    repository.publish(&["timestamp"]);
    let mut newer = device.clone();
    newer.follow(&repository);
    repository.signed("timestamp")["version"] = 1.into();
    repository.put("timestamp");
    assert_eq!(
        newer.refresh(&repository).result.unwrap_err().code(),
        Code::DowngradeRefused
    );
}

#[test]
fn expired_metadata_is_never_confirmed_by_a_quick_answer() {
    for role in ["root", "timestamp", "snapshot", "targets", "stable"] {
        let (mut repository, mut device) = (
            Repository::new(),
            Device {
                mode: Mode::Quick,
                ..Device::new()
            },
        );
        repository.signed(role)["expires"] = day(7).to_rfc3339().into();
        repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
        device.follow(&repository);
        assert_eq!(device.refresh(&repository).asked, ["timestamp.json"]);
        device.now = day(8);
        assert_eq!(
            device.refresh(&repository).result.unwrap_err().code(),
            Code::MetadataExpired,
            "{role}"
        );
    }
}

#[test]
fn damaged_stored_metadata_is_never_confirmed_by_a_quick_answer() {
    for file in ["snapshot.json", "targets.json", "stable.json"] {
        let (repository, mut device) = settled();
        let whole = device.stored.clone();
        let text = String::from_utf8(whole.files[file].clone()).unwrap();
        device
            .stored
            .files
            .insert(file.into(), text.replace("2026-12-22", "2036-12-22").into_bytes());
        let run = device.refresh(&repository);
        assert!(
            run.asked.len() > 1 && run.result.is_ok(),
            "{file}: {:?}",
            run.asked
        );
        assert_eq!(device.stored, whole, "{file}");
    }
}
