//! Publications, as the device's own TUF client sees them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::fs;
use std::path::Path;

use airlock_protocol::{ChecksumFields, Code};
use airlock_publisher::key::{KeyType, PrivateKey};
use airlock_publisher::progress::Unwatched;
use airlock_publisher::{Bundle, Keys, NewRelease, PublishLock, Repository, Result, WebTree};

mod support;

use support::{Author, channel, day, fields};

#[test]
fn devices_see_every_release_that_was_published() {
    let author = Author::new();
    assert!(author.sequences("stable").is_empty());
    author.publish("stable", 1).unwrap();
    assert_eq!(author.sequences("stable"), [1]);
    author.publish("stable", 5).unwrap();
    author.publish("stable", 6).unwrap();
    assert_eq!(author.sequences("stable"), [1, 5, 6]);
}

#[test]
fn keys_of_every_type_make_repositories_that_devices_accept() {
    let read = |pem| PrivateKey::from_pem(pem, || panic!("not protected")).unwrap();
    let generate = |key_type| PrivateKey::generate(key_type).unwrap();
    for (root, release) in [
        (generate(KeyType::EcdsaP256), generate(KeyType::EcdsaP256)),
        (
            read(include_str!("keys/rsa-2048.pem")),
            generate(KeyType::Ed25519),
        ),
        (
            generate(KeyType::Ed25519),
            read(include_str!("keys/rsa-2048.pem")),
        ),
    ] {
        let author = Author::with_keys(root, release);
        author.publish("stable", 1).unwrap();
        author.publish("stable", 2).unwrap();
        assert_eq!(author.sequences("stable"), [1, 2]);
    }
}

#[test]
fn a_published_file_is_never_changed_but_for_the_timestamp() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    let before = author.files();
    author.publish("stable", 2).unwrap();
    author.open().unwrap().refresh(&author.daily(), day(60)).unwrap();
    let after = author.files();
    for (name, content) in &before {
        let same = after.get(name) == Some(content);
        assert_eq!(
            same,
            name != Path::new("metadata/timestamp.json"),
            "{}",
            name.display()
        );
    }
}

#[test]
fn a_publication_that_was_killed_before_its_end_is_invisible_and_in_nobodys_way() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    let timestamp = author.repository().join("metadata/timestamp.json");
    let before = fs::read(&timestamp).unwrap();
    author.publish("stable", 2).unwrap();
    // Everything but the last step has happened, and a temporary file was left.
    fs::write(&timestamp, &before).unwrap();
    fs::write(author.repository().join(".airlock-left"), "half").unwrap();
    let killed = author.files();
    assert_eq!(author.sequences("stable"), [1]);

    author.write("dist/index.html", "<h1>three</h1>");
    author.publish("stable", 2).unwrap();
    assert_eq!(author.sequences("stable"), [1, 2]);
    let after = author.files();
    assert!(!after.contains_key(Path::new(".airlock-left")));
    for name in ["metadata/3.stable.json", "metadata/3.snapshot.json"] {
        assert_eq!(
            after.get(Path::new(name)),
            killed.get(Path::new(name)),
            "{name} may be on a server already"
        );
    }
}

#[test]
fn the_same_keys_time_and_files_give_the_same_repository() {
    let key = |pem| PrivateKey::from_pem(pem, || panic!("not protected")).unwrap();
    let pem = include_str!("keys/ed25519.pem");
    let make = || {
        let author = Author::with_keys(key(pem), key(pem));
        author
            .publish_with("stable", 1, Some("notes"), &author.release)
            .unwrap();
        author.files()
    };
    assert_eq!(make(), make());
}

#[test]
fn a_sequence_must_be_higher_than_all_before_it_on_the_channel() {
    let author = Author::new();
    author.publish("stable", 5).unwrap();
    let before = author.files();
    for sequence in [1, 4, 5] {
        assert_eq!(
            author.publish("stable", sequence).unwrap_err().code(),
            Code::DowngradeRefused
        );
    }
    assert_eq!(author.files(), before, "a refusal writes nothing");
    author.publish("stable", 6).unwrap();
}

#[test]
fn channels_are_opened_when_needed_and_share_their_numbers() {
    let author = Author::new();
    author.publish("stable", 7).unwrap();
    assert_eq!(author.open().unwrap().next_sequence().unwrap().get(), 8);
    author.publish("beta", 8).unwrap();
    assert_eq!(author.open().unwrap().next_sequence().unwrap().get(), 9);
    assert_eq!(author.sequences("stable"), [7]);
    assert_eq!(author.sequences("beta"), [8]);
    author.publish("stable", 9).unwrap();
    author.publish("beta", 10).unwrap();
    assert_eq!(
        (author.sequences("stable"), author.sequences("beta")),
        (vec![7, 9], vec![8, 10])
    );
}

#[test]
fn another_key_cannot_publish() {
    let author = Author::new();
    let other = PrivateKey::generate(KeyType::Ed25519).unwrap();
    for key in [&other, &author.root] {
        let error = author.publish_with("stable", 1, None, key).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(
            error.to_string().contains("must be signed by 1 of 1 keys, and 0"),
            "{error}"
        );
    }
    author.publish("stable", 1).unwrap();
}

#[test]
fn metadata_that_does_not_verify_is_never_signed_on() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    for name in [
        "1.root.json",
        "timestamp.json",
        "2.snapshot.json",
        "1.targets.json",
        "2.stable.json",
    ] {
        let path = author.repository().join("metadata").join(name);
        let good = fs::read_to_string(&path).unwrap();
        fs::write(&path, good.replace("1.0.31", "1.0.30")).unwrap();
        assert_eq!(
            author.publish("stable", 2).unwrap_err().code(),
            Code::MetadataInvalid,
            "{name}"
        );
        fs::write(&path, good).unwrap();
    }
    author.publish("stable", 2).unwrap();
}

#[test]
fn what_devices_would_refuse_is_never_made_visible() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    let notes = |length: usize| author.publish_with("stable", 2, Some(&"x".repeat(length)), &author.release);
    assert_eq!(notes(8 * 1024 + 1).unwrap_err().code(), Code::MetadataInvalid);
    assert_eq!(author.sequences("stable"), [1]);
    notes(8 * 1024).unwrap();
    assert_eq!(author.sequences("stable"), [1, 2]);
}

#[test]
fn any_text_survives_signing() {
    let author = Author::new();
    // Quotes, control characters, emoji, and a letter that is two code points until it is normalised.
    let letter = "e\u{301}";
    let notes = format!("\"new\" \\ start\npage\t\u{1f600} caf{letter} \u{7f}\u{2028}");
    let tree = WebTree::read(&author.path("dist"), &Unwatched).unwrap();
    let fields = ChecksumFields {
        version: format!("1.0 \"{letter}\""),
        ..fields(1)
    };
    let bundle = Bundle::describe(&tree, fields)
        .unwrap()
        .signed(&author.daily())
        .unwrap();
    let release = NewRelease {
        bundle: &bundle,
        rollout: Some(5),
        mandatory: true,
        notes: Some(notes.clone()),
    };
    let mut repository = author.open().unwrap();
    repository
        .publish(&channel("stable"), &release, &author.daily(), day(1), &Unwatched)
        .unwrap();

    let report = author.audit(day(1)).unwrap();
    let seen = &report.channels[&channel("stable")][0];
    assert_eq!(seen.notes, Some(notes.replace(letter, "\u{e9}")));
    assert_eq!(seen.version, "1.0 \"\u{e9}\"");
    assert_eq!((seen.rollout, seen.mandatory), (5, true));
}

#[test]
fn signatures_run_out_and_are_renewed() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    let code = |result: Result<_>| {
        result
            .map(|_: airlock_publisher::audit::Report| ())
            .map_err(|error| error.code())
    };
    assert_eq!(code(author.audit(day(14))), Ok(()));
    assert_eq!(code(author.audit(day(16))), Err(Code::MetadataExpired));
    author.open().unwrap().refresh(&author.daily(), day(80)).unwrap();
    assert_eq!(
        code(author.audit(day(93))),
        Ok(()),
        "channels and targets were renewed in time"
    );

    author
        .open()
        .unwrap()
        .refresh(&author.daily(), day(370))
        .unwrap_err();
    assert_eq!(code(author.audit(day(370))), Err(Code::MetadataExpired));
    let alone = author.open().unwrap().renew_root(&author.daily(), day(370));
    assert_eq!(
        alone.unwrap_err().code(),
        Code::ConfigInvalid,
        "the root key is missing"
    );
    let both = author.daily().and(&author.root).unwrap();
    author.open().unwrap().renew_root(&both, day(370)).unwrap();
    assert_eq!(code(author.audit(day(370))), Ok(()));
}

#[test]
fn a_repository_is_made_once_and_written_by_one() {
    let author = Author::new();
    let keys = Keys {
        root: &author.root,
        release: &author.release,
    };
    let again = Repository::create(
        &author.repository(),
        &keys,
        &[channel("stable")],
        day(0),
        author.lock(),
    );
    assert_eq!(again.unwrap_err().code(), Code::ConfigInvalid);

    let open = author.open().unwrap();
    assert_eq!(
        PublishLock::acquire(&author.path("lock")).unwrap_err().code(),
        Code::Locked
    );
    drop(open);
    author.publish("stable", 1).unwrap();
}
