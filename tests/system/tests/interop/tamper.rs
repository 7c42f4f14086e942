//! A repository on disk, changed in one point at a time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Files by their path below the repository.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Everything below `folder`.
pub(crate) fn files(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), bytes);
            }
        }
    }
    files
}

/// Puts exactly the bytes of `files` in place.
pub(crate) fn write(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        fs::write(folder.join(path), bytes).unwrap();
    }
}

/// A change of a repository, under the name a failure shows.
pub(crate) type Variant = (String, Files);

/// Variants that no client may accept when it is asked for `target`.
pub(crate) fn variants(honest: &Files, target: &str) -> Vec<Variant> {
    let mut variants = changed_roles(honest);
    variants.extend(misplaced(honest));
    variants.extend(changed_bytes(honest, target));
    variants
}

fn variant(honest: &Files, what: impl Into<String>, change: impl FnOnce(&mut Files)) -> Variant {
    let (what, mut changed) = (what.into(), honest.clone());
    change(&mut changed);
    assert_ne!(&changed, honest, "{what}");
    (what, changed)
}

/// One point changed in one role.
fn changed_roles(honest: &Files) -> Vec<Variant> {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 3] = [
        ("another expiry date", |document| {
            document["signed"]["expires"] = json!("2099-01-01T00:00:00Z");
        }),
        ("a signature less", |document| {
            document["signatures"].as_array_mut().unwrap().pop();
        }),
        ("a changed signature", |document| {
            let signature = document["signatures"][0]["sig"].as_str().unwrap();
            let first = if signature.starts_with('0') { "1" } else { "0" };
            document["signatures"][0]["sig"] = json!(format!("{first}{}", &signature[1..]));
        }),
    ];
    let mut variants = Vec::new();
    for role in ["timestamp", "snapshot", "targets"] {
        let path = newest(honest, role);
        for (what, change) in changes {
            let what = format!("{what} in {role}");
            variants.push(variant(honest, what, |files| edit(files, &path, change)));
        }
    }
    variants
}

/// Valid pieces in the wrong place.
fn misplaced(honest: &Files) -> Vec<Variant> {
    let (timestamp, snapshot) = (newest(honest, "timestamp"), newest(honest, "snapshot"));
    let mut variants = vec![
        variant(honest, "timestamp.json where the snapshot belongs", |files| {
            files.insert(snapshot, files[&timestamp].clone());
        }),
        variant(
            honest,
            "the first signature twice, another one not at all",
            |files| {
                edit(files, &newest(honest, "targets"), |document| {
                    let signatures = document["signatures"].as_array_mut().unwrap();
                    signatures.truncate(1);
                    signatures.push(signatures[0].clone());
                });
            },
        ),
    ];
    // The first root vouches for the second with a threshold of its keys; one of them is in both.
    if let Some(second) = honest.keys().find(|path| path.ends_with("2.root.json")) {
        let what = "a second root without the signature of its first key";
        variants.push(variant(honest, what, |files| {
            edit(files, second, |document| {
                let id = document["signed"]["roles"]["root"]["keyids"][0].clone();
                let signatures = document["signatures"].as_array_mut().unwrap();
                signatures.retain(|signature| signature["keyid"] != id);
            });
        }));
    }
    variants
}

/// Other bytes in the target itself, under each of its names.
fn changed_bytes(honest: &Files, target: &str) -> Vec<Variant> {
    type Change = fn(&mut Vec<u8>);
    let (folder, base) = target.rsplit_once('/').unwrap_or(("", target));
    let folder = Path::new("targets").join(folder);
    let copies: Vec<&PathBuf> = honest
        .keys()
        .filter(|path| path.parent() == Some(&folder) && path.to_str().unwrap().ends_with(base))
        .collect();
    assert!(!copies.is_empty(), "{target}");
    let changes: [(&str, Change); 3] = [
        ("other bytes of the same length", |bytes| bytes[0] ^= 1),
        ("a byte more", |bytes| bytes.push(b' ')),
        ("a byte less", |bytes| bytes.truncate(bytes.len() - 1)),
    ];
    changes
        .into_iter()
        .map(|(what, change)| {
            variant(honest, what, |files| {
                for path in &copies {
                    change(files.get_mut(*path).unwrap());
                }
            })
        })
        .collect()
}

fn edit(files: &mut Files, path: &Path, change: impl FnOnce(&mut Value)) {
    let mut document = serde_json::from_slice(&files[path]).unwrap();
    change(&mut document);
    files.insert(path.to_owned(), document.to_string().into_bytes());
}

/// The metadata file of a role with the highest version, in either layout.
fn newest(files: &Files, role: &str) -> PathBuf {
    let version = |path: &&PathBuf| -> Option<u64> {
        let name = path.file_name()?.to_str()?;
        match name.strip_suffix(&format!("{role}.json"))? {
            "" => Some(0),
            version => version.strip_suffix('.')?.parse().ok(),
        }
    };
    files
        .keys()
        .filter(|path| version(path).is_some())
        .max_by_key(version)
        .unwrap()
        .clone()
}
