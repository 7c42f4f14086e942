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

/// Variants that no client may accept when it is asked for `target`, each with its name.
pub(crate) fn variants(honest: &Files, target: &str) -> Vec<(String, Files)> {
    let mut variants = Vec::new();
    let mut variant = |what: String, change: &dyn Fn(&mut Files)| {
        let mut changed = honest.clone();
        change(&mut changed);
        assert_ne!(&changed, honest, "{what}");
        variants.push((what, changed));
    };
    for role in ["timestamp", "snapshot", "targets"] {
        let path = newest(honest, role);
        variant(format!("another expiry date in {role}"), &|files| {
            edit(files, &path, |document| {
                document["signed"]["expires"] = json!("2099-01-01T00:00:00Z");
            });
        });
        variant(format!("a signature less in {role}"), &|files| {
            edit(files, &path, |document| {
                document["signatures"].as_array_mut().unwrap().pop();
            });
        });
        variant(format!("a changed signature in {role}"), &|files| {
            edit(files, &path, |document| {
                let signature = document["signatures"][0]["sig"].as_str().unwrap();
                let first = if signature.starts_with('0') { "1" } else { "0" };
                document["signatures"][0]["sig"] = json!(format!("{first}{}", &signature[1..]));
            });
        });
    }
    variant("timestamp.json where the snapshot belongs".to_owned(), &|files| {
        let timestamp = files[&newest(files, "timestamp")].clone();
        files.insert(newest(files, "snapshot"), timestamp);
    });
    variant(
        "the first signature twice, another one not at all".to_owned(),
        &|files| {
            edit(files, &newest(files, "targets"), |document| {
                let signatures = document["signatures"].as_array_mut().unwrap();
                signatures.truncate(1);
                signatures.push(signatures[0].clone());
            });
        },
    );
    if let Some(second) = honest.keys().find(|path| path.ends_with("2.root.json")) {
        variant("a second root that the first did not sign".to_owned(), &|files| {
            edit(files, second, |document| {
                let id = document["signed"]["roles"]["root"]["keyids"][0].clone();
                let mut signatures = document["signatures"].as_array().unwrap().clone();
                signatures.retain(|signature| signature["keyid"] != id);
                document["signatures"] = signatures.into();
            });
        });
    }
    let (folder, base) = target.rsplit_once('/').unwrap_or(("", target));
    let bytes: Vec<PathBuf> = honest
        .keys()
        .filter(|path| path.parent() == Some(&Path::new("targets").join(folder)))
        .filter(|path| path.to_str().unwrap().ends_with(base))
        .cloned()
        .collect();
    assert!(!bytes.is_empty(), "{target}");
    variant("other bytes of the same length".to_owned(), &|files| {
        for path in &bytes {
            files.get_mut(path).unwrap()[0] ^= 1;
        }
    });
    variant("a byte more".to_owned(), &|files| {
        for path in &bytes {
            files.get_mut(path).unwrap().push(b' ');
        }
    });
    variant("a byte less".to_owned(), &|files| {
        for path in &bytes {
            files.get_mut(path).unwrap().pop();
        }
    });
    variants
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
