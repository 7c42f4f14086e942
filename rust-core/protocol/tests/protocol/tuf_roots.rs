//! Root rotation (specification section 5.3).

use airlock_protocol::{Code, Error, MetadataFault, limits};

use crate::support::{Device, Repository, day};

/// Keys and threshold of the new root, who signs it, and whether a device on root 1 (keys 1, 2, 3, two of
/// which must sign) follows.
#[test]
fn a_new_root_needs_the_old_and_the_new_threshold() {
    for (keys, threshold, signers, follows) in [
        (&[1, 2, 3][..], 2, &[1, 2][..], true),
        (&[1, 2, 3], 2, &[1, 3, 9], true),
        (&[4, 5], 1, &[1, 2, 4], true),
        (&[1, 2, 4], 3, &[1, 2, 4], true),
        (&[1], 1, &[1, 2], true),
        (&[1, 2, 3], 2, &[1], false),
        (&[4, 5], 1, &[4, 5], false),
        (&[4, 5], 1, &[1, 2], false),
        (&[4, 5], 2, &[1, 2, 4], false),
        (&[1], 1, &[1], false),
        (&[1, 2, 3], 2, &[], false),
    ] {
        let (mut repository, mut device) = repository_with_three_root_keys();
        repository.set_keys("root", keys, threshold);
        repository.signers("root", signers);
        repository.publish(&["root"]);
        let result = device.refresh(&repository).result;
        assert_eq!(result.is_ok(), follows, "{keys:?} {threshold} {signers:?}");
        assert_eq!(device.version("root.json"), Some(if follows { 2 } else { 1 }));
    }
}

fn repository_with_three_root_keys() -> (Repository, Device) {
    let mut repository = Repository::new();
    repository.set_keys("root", &[1, 2, 3], 2);
    repository.put("root");
    let mut device = Device::trusting(&[1, 2, 3], 2);
    device.follow(&repository);
    (repository, device)
}

#[test]
fn a_chain_is_followed_one_step_at_a_time() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    for number in 11..15 {
        repository.set_keys("root", &[number], 1);
        repository.signers("root", &[number, if number == 11 { 1 } else { number - 1 }]);
        repository.publish(&["root"]);
    }
    let run = device.refresh(&repository);
    assert_eq!(
        run.asked[..6],
        [
            "1.root.json",
            "2.root.json",
            "3.root.json",
            "4.root.json",
            "5.root.json",
            "6.root.json"
        ]
    );
    assert_eq!(run.result.unwrap().versions().root, 5);
    assert_eq!(
        device.stored.files["root.json"],
        device.stored.files["root_history/5.root.json"]
    );
}

#[test]
fn a_version_that_is_not_the_next_is_refused() {
    for version in [1, 3, 100] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        device.follow(&repository);
        repository.signed("root")["version"] = version.into();
        repository.put("root");
        let bytes = repository.files[&format!("{version}.root.json")].clone();
        repository.put_bytes("root", 2, bytes);
        assert_eq!(
            device.refresh(&repository).result.unwrap_err().code(),
            Code::MetadataInvalid,
            "{version}"
        );
        assert_eq!(device.version("root.json"), Some(1));
    }
}

#[test]
fn only_the_last_root_must_be_fresh() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    repository.signed("root")["expires"] = day(-1).to_rfc3339().into();
    repository.publish(&["root"]);
    repository.signed("root")["expires"] = day(30).to_rfc3339().into();
    repository.publish(&["root"]);
    assert_eq!(device.follow(&repository).versions().root, 3);
}

#[test]
fn an_expired_root_is_kept_but_nothing_below_it_is_taken() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    device.follow(&repository);
    repository.signed("root")["expires"] = day(-1).to_rfc3339().into();
    repository.publish(&["root", "snapshot", "timestamp"]);
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::MetadataExpired
    );
    assert_eq!(
        (device.version("root.json"), device.version("timestamp.json")),
        (Some(2), Some(1))
    );
}

#[test]
fn the_moment_of_expiry_is_already_too_late() {
    let (repository, mut device) = (Repository::new(), Device::new());
    device.now = day(30);
    assert_eq!(
        device.refresh(&repository).result.unwrap_err().code(),
        Code::MetadataExpired
    );
    device.now = airlock_protocol::UnixMillis::new(day(30).get() - 1);
    assert!(device.refresh(&repository).result.is_ok());
}

#[test]
fn an_endless_chain_ends() {
    let (mut repository, mut device) = (Repository::new(), Device::new());
    for _ in 0..limits::ROOT_ROTATIONS {
        repository.publish(&["root"]);
    }
    assert!(device.clone().refresh(&repository).result.is_ok());
    repository.publish(&["root"]);
    let refused = device.refresh(&repository).result.unwrap_err();
    assert!(matches!(refused, Error::Metadata(MetadataFault::Invalid { .. })));
    // What was reached is kept, so even that chain is followed in the end.
    assert!(device.refresh(&repository).result.is_ok());
}

#[test]
fn new_keys_for_a_role_count_at_once_and_old_ones_no_more() {
    for role in ["timestamp", "snapshot", "targets"] {
        let (mut repository, mut device) = (Repository::new(), Device::new());
        device.follow(&repository);
        repository.declare_keys(role, &[20], 1);
        repository.publish(&["root", "stable", "targets", "snapshot", "timestamp"]);
        assert_eq!(
            device.refresh(&repository).result.unwrap_err().code(),
            Code::MetadataInvalid,
            "{role}"
        );
        repository.signers(role, &[20]);
        repository.publish(&["stable", "targets", "snapshot", "timestamp"]);
        device.follow(&repository);
    }
}
