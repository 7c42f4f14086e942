//! Other keys and thresholds, as the device's client and tough's own client see them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::collections::BTreeMap;
use std::path::Path;

use airlock_protocol::Code;
use airlock_protocol::keys::PublicKeys;
use airlock_publisher::key::{KeyType, PrivateKey};
use airlock_publisher::{RoleName, Signers};
use tough::{ExpirationEnforcement, RepositoryLoader, TargetName};
use url::Url;

mod support;

use support::{Author, channel, day};

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519).unwrap()
}

fn holders(keys: &[&PrivateKey], threshold: u32) -> PublicKeys {
    let keys = keys.iter().map(|key| key.public_key().unwrap()).collect();
    PublicKeys::new(keys, threshold).unwrap()
}

fn signers<'k>(keys: &[&'k PrivateKey]) -> Signers<'k> {
    keys.iter()
        .fold(Signers::new(), |signers, key| signers.and(*key).unwrap())
}

/// Every role but root.
fn release_roles(holders: &PublicKeys) -> BTreeMap<RoleName, PublicKeys> {
    [
        RoleName::Targets,
        RoleName::Snapshot,
        RoleName::Timestamp,
        RoleName::Channel(channel("stable")),
    ]
    .into_iter()
    .map(|role| (role, holders.clone()))
    .collect()
}

#[test]
fn the_old_release_key_is_not_needed_and_not_good_afterwards() {
    for lost in [false, true] {
        let author = Author::new();
        author.publish("stable", 1).unwrap();
        let new = key();
        let mut at_hand = vec![&author.root, &new];
        if !lost {
            at_hand.push(&author.release);
        }
        let changes = release_roles(&holders(&[&new], 1));
        author
            .open()
            .unwrap()
            .rekey(&changes, &signers(&at_hand), day(2))
            .unwrap();
        assert_eq!(author.sequences("stable"), [1]);
        let roots = author
            .files()
            .keys()
            .filter(|name| name.to_string_lossy().ends_with("root.json"))
            .count();
        assert_eq!(roots, if lost { 3 } else { 2 }, "a bridge is for lost keys only");

        let old = author.publish("stable", 2).unwrap_err();
        assert_eq!(old.code(), Code::ConfigInvalid, "{old}");
        author.publish_with("stable", 2, None, &new).unwrap();
        assert_eq!(author.sequences("stable"), [1, 2]);
    }
}

#[test]
fn root_needs_the_old_threshold_and_the_new_one() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    let (a, b) = (key(), key());
    let changes = BTreeMap::from([(RoleName::Root, holders(&[&author.root, &a, &b], 2))]);
    let before = author.files();
    for too_few in [&[&author.root, &author.release][..], &[&a, &b, &author.release]] {
        let refused = author.open().unwrap().rekey(&changes, &signers(too_few), day(1));
        assert_eq!(refused.unwrap_err().code(), Code::ConfigInvalid);
        assert_eq!(author.files(), before, "a refusal writes nothing");
    }
    let enough = signers(&[&author.root, &a, &author.release]);
    author.open().unwrap().rekey(&changes, &enough, day(1)).unwrap();
    assert_eq!(author.sequences("stable"), [1]);

    let renew = |keys: &[&PrivateKey]| author.open().unwrap().renew_root(&signers(keys), day(1));
    assert_eq!(
        renew(&[&a, &author.release]).unwrap_err().code(),
        Code::ConfigInvalid
    );
    renew(&[&a, &b, &author.release]).unwrap();
    assert_eq!(author.sequences("stable"), [1]);
}

#[test]
fn a_channel_of_its_own_keys_leaves_root_alone() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    author.publish("beta", 2).unwrap();
    let team = key();
    let beta = RoleName::Channel(channel("beta"));
    let changes = BTreeMap::from([(beta.clone(), holders(&[&team], 1))]);
    let at_hand = signers(&[&author.release, &team]);
    author.open().unwrap().rekey(&changes, &at_hand, day(1)).unwrap();
    assert!(!author.files().contains_key(Path::new("metadata/2.root.json")));
    let repository = author.open().unwrap();
    assert!(
        repository
            .holders(&beta)
            .unwrap()
            .contains(&team.public_key().unwrap())
    );
    drop(repository);

    // The team alone cannot publish, nor can the others on its channel; together they can.
    let error = author.publish_with("beta", 3, None, &team).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
    assert_eq!(author.publish("beta", 3).unwrap_err().code(), Code::ConfigInvalid);
    author.publish("stable", 3).unwrap();
    assert_eq!(
        (author.sequences("stable"), author.sequences("beta")),
        (vec![1, 3], vec![2])
    );
}

#[test]
fn a_build_server_with_the_online_key_refreshes_and_leaves_the_rest_for_others() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    let online = key();
    let changes = BTreeMap::from([
        (RoleName::Snapshot, holders(&[&online], 1)),
        (RoleName::Timestamp, holders(&[&online], 1)),
    ]);
    let at_hand = signers(&[&author.root, &author.release, &online]);
    author.open().unwrap().rekey(&changes, &at_hand, day(1)).unwrap();

    // Half of the channel's life is over; its key is not here.
    let mut repository = author.open().unwrap();
    repository.refresh(&signers(&[&online]), day(60)).unwrap();
    assert!(author.audit(day(73)).is_ok());
    assert!(
        repository.expires() < day(92),
        "the channel was not renewed, and expires() says so"
    );
    repository
        .refresh(&signers(&[&online, &author.release]), day(60))
        .unwrap();
    assert_eq!(
        repository.expires(),
        day(74),
        "now the timestamp is the first to end"
    );
    drop(repository);
    let alone = author.open().unwrap().refresh(&author.daily(), day(61));
    assert_eq!(alone.unwrap_err().code(), Code::ConfigInvalid);
}

#[test]
fn what_stands_in_the_metadata_is_reported_with_who_signed_it() {
    let author = Author::new();
    let second = key();
    let both = holders(&[&author.release, &second], 2);
    let at_hand = signers(&[&author.root, &author.release, &second]);
    author
        .open()
        .unwrap()
        .rekey(&release_roles(&both), &at_hand, day(1))
        .unwrap();
    let report = author.audit(day(1)).unwrap();
    for role in &report.roles {
        let needed = if role.role == RoleName::Root { 1 } else { 2 };
        assert_eq!(
            (role.threshold, role.signed_by.len()),
            (needed, needed as usize),
            "{role:?}"
        );
    }
}

#[tokio::test]
async fn tough_follows_rotations_and_thresholds() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    let (a, b, c) = (key(), key(), key());
    let first = signers(&[&author.root, &author.release, &a, &b]);
    let mut changes = release_roles(&holders(&[&author.release, &a, &b], 2));
    author.open().unwrap().rekey(&changes, &first, day(1)).unwrap();
    changes = BTreeMap::from([(RoleName::Root, holders(&[&a, &c], 2))]);
    let second = signers(&[&author.root, &author.release, &a, &c]);
    author.open().unwrap().rekey(&changes, &second, day(1)).unwrap();
    // Lost keys: by way of a bridge.
    changes = release_roles(&holders(&[&c], 1));
    author
        .open()
        .unwrap()
        .rekey(&changes, &signers(&[&a, &c]), day(1))
        .unwrap();

    let folder = |name: &str| Url::from_directory_path(author.repository().join(name)).unwrap();
    let root = std::fs::read(author.repository().join("metadata/1.root.json")).unwrap();
    let repository = RepositoryLoader::new(&root, folder("metadata"), folder("targets"))
        // It looks at the system's clock, and this repository lives in 2027.
        .expiration_enforcement(ExpirationEnforcement::Unsafe)
        .load()
        .await
        .expect("a valid repository");
    assert_eq!(repository.root().signed.version.get(), 5);
    let name = TargetName::new("stable/1/bundle.zip").unwrap();
    repository.targets().signed.find_target(&name, false).unwrap();
    assert_eq!(author.sequences("stable"), [1]);
}
