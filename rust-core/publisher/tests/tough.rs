//! The repository read by a third party: `tough`'s own client. Both it and the device's client take what was
//! published, and both refuse the same changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use std::fs;
use std::path::{Path, PathBuf};

use airlock_publisher::key::{KeyType, PrivateKey};
use serde_json::{Value, json};
use tough::{ExpirationEnforcement, Prefix, RepositoryLoader, TargetName};
use url::Url;

mod support;

use support::{Author, day};

const TARGETS: [&str; 3] = [
    "stable/1/checksum.json",
    "stable/1/bundle.zip",
    "beta/2/bundle.zip",
];

/// Two channels, and a root that was renewed.
fn published(author: &Author) {
    author.publish("stable", 1).unwrap();
    author.publish("beta", 2).unwrap();
    let both = author.daily().and(&author.root).unwrap();
    author.open().unwrap().renew_root(&both, day(1)).unwrap();
    assert!(author.repository().join("metadata/2.root.json").is_file());
}

/// Loads the metadata and every target, into a folder that is thrown away.
async fn read_by_tough(author: &Author, targets: &[&str]) -> Result<(), String> {
    let url = |folder: &Path| Url::from_directory_path(folder).unwrap();
    let root = fs::read(author.path("first.root.json")).unwrap();
    let (mirror, downloads) = (as_tough_looks_for_them(author), tempfile::tempdir().unwrap());
    let metadata = author.repository().join("metadata");
    let repository = RepositoryLoader::new(&root, url(&metadata), url(mirror.path()))
        // It looks at the system's clock, and this repository lives in 2027.
        .expiration_enforcement(ExpirationEnforcement::Unsafe)
        .load()
        .await
        .map_err(|refusal| refusal.to_string())?;
    for name in targets {
        let name = TargetName::new(*name).unwrap();
        let saved = repository
            .save_target(&name, downloads.path(), Prefix::None)
            .await;
        saved.map_err(|refusal| refusal.to_string())?;
    }
    Ok(())
}

/// tough puts the hash before the whole name (`<hash>.stable/1/bundle.zip`); the specification (5.7.3) and
/// python-tuf put it before the last component. The same bytes, under the names that tough asks for.
fn as_tough_looks_for_them(author: &Author) -> tempfile::TempDir {
    let mirror = tempfile::tempdir().unwrap();
    for (path, bytes) in author.files() {
        let Ok(path) = path.strip_prefix("targets") else {
            continue;
        };
        let (folder, file) = path.to_str().unwrap().rsplit_once('/').unwrap();
        let (hash, base) = file.split_once('.').unwrap();
        let copy = mirror.path().join(format!("{hash}.{folder}/{base}"));
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
    mirror
}

fn trust_first_root(author: &Author) {
    fs::copy(
        author.repository().join("metadata/1.root.json"),
        author.path("first.root.json"),
    )
    .unwrap();
}

#[tokio::test]
async fn tough_reads_every_target_that_was_published() {
    let key = |kind| PrivateKey::generate(kind).unwrap();
    for (root, release) in [
        (KeyType::Ed25519, KeyType::Ed25519),
        (KeyType::EcdsaP256, KeyType::Ed25519),
        (KeyType::Ed25519, KeyType::EcdsaP256),
    ] {
        let author = Author::with_keys(key(root), key(release));
        published(&author);
        trust_first_root(&author);
        read_by_tough(&author, &TARGETS)
            .await
            .expect("a valid repository");
        author.audit(day(1)).expect("a repository that devices accept");
        read_by_tough(&author, &["stable/9/bundle.zip"])
            .await
            .unwrap_err();
    }
}

/// The newest version of a role.
fn newest(author: &Author, role: &str) -> PathBuf {
    let folder = author.repository().join("metadata");
    (1..)
        .map(|version| folder.join(format!("{version}.{role}.json")))
        .take_while(|path| path.is_file())
        .last()
        .unwrap_or_else(|| folder.join(format!("{role}.json")))
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut document);
    fs::write(path, document.to_string()).unwrap();
}

fn other_date(document: &mut Value) {
    document["signed"]["expires"] = json!("2099-01-01T00:00:00Z");
}

fn other_signature(document: &mut Value) {
    let signature = document["signatures"][0]["sig"].as_str().unwrap();
    let last = if signature.ends_with('0') { "1" } else { "0" };
    document["signatures"][0]["sig"] = json!(format!("{}{last}", &signature[..signature.len() - 1]));
}

fn no_signature(document: &mut Value) {
    document["signatures"] = json!([]);
}

#[tokio::test]
async fn tough_and_the_device_refuse_the_same_changed_metadata() {
    let author = Author::new();
    published(&author);
    trust_first_root(&author);
    let changes: [fn(&mut Value); 3] = [other_date, other_signature, no_signature];
    for role in ["root", "timestamp", "snapshot", "targets", "stable"] {
        let path = newest(&author, role);
        let honest = fs::read(&path).unwrap();
        for (number, change) in changes.into_iter().enumerate() {
            edit(&path, change);
            assert!(read_by_tough(&author, &TARGETS).await.is_err(), "{role} {number}");
            assert!(author.audit(day(1)).is_err(), "{role} {number}");
        }
        fs::write(&path, &honest).unwrap();
        read_by_tough(&author, &TARGETS).await.expect("the honest one");
        author.audit(day(1)).expect("the honest one");
    }
}

#[tokio::test]
async fn tough_and_the_device_refuse_the_same_changed_targets() {
    let author = Author::new();
    published(&author);
    trust_first_root(&author);
    let archives = author.files().into_iter();
    let (path, honest) = archives
        .filter(|(path, _)| path.starts_with("targets/stable"))
        .find(|(path, _)| path.to_str().unwrap().ends_with("bundle.zip"))
        .unwrap();
    let path = author.repository().join(path);
    let mut flipped = honest.clone();
    flipped[0] ^= 1;
    for bytes in [
        flipped,
        [&honest[..], b" "].concat(),
        honest[1..].to_vec(),
        Vec::new(),
    ] {
        fs::write(&path, bytes).unwrap();
        assert!(read_by_tough(&author, &TARGETS).await.is_err());
        assert!(author.audit(day(1)).is_err());
    }
    fs::write(&path, &honest).unwrap();
    read_by_tough(&author, &TARGETS).await.expect("the honest one");
    author.audit(day(1)).expect("the honest one");
}
