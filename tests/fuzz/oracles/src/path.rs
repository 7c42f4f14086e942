//! Bundle paths: what is accepted stays inside on every system, and says the same thing everywhere.

use std::path::{Component, Path};

use airlock_protocol::BundlePath;
use unicode_normalization::UnicodeNormalization as _;

use crate::Verdict;

pub(crate) fn bundle_path(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else {
        return Verdict::Refused;
    };
    let parsed = BundlePath::parse(text);
    if let Ok(path) = &parsed {
        assert_eq!(path.as_str(), text, "a path is taken as it is or not at all");
        assert_eq!(path.components().collect::<Vec<_>>().join("/"), text);
        stays_inside(text);
        // Software on the way may normalise names; that must not open a way out.
        for form in [
            text.nfc().collect::<String>(),
            text.nfd().collect(),
            text.nfkc().collect(),
        ] {
            no_way_up(&form);
        }
        folds_alike(path);
        parents_are_paths(path);
        let in_json = serde_json::to_string(path).unwrap();
        assert_eq!(&serde_json::from_str::<BundlePath>(&in_json).unwrap(), path);
    }
    Verdict::of(&parsed)
}

fn stays_inside(text: &str) {
    let joined = Path::new("/base").join(text);
    let inside = joined.strip_prefix("/base").expect("it leaves the directory");
    assert!(
        inside
            .components()
            .all(|part| matches!(part, Component::Normal(_))),
        "it goes up or starts anew"
    );
    no_way_up(text);
    for part in text.split(['/', '\\']) {
        // Windows drops dots and spaces at the end, reads a colon as drive or stream, and has devices.
        assert!(!part.trim_end_matches(['.', ' ']).is_empty());
        assert!(!part.contains([':', '\0', '\n', '\r']));
        let stem = part.split('.').next().unwrap_or_default().trim_end();
        for device in [
            "con", "prn", "aux", "nul", "com1", "com9", "lpt1", "lpt9", "conin$", "com²",
        ] {
            assert_ne!(stem.to_lowercase(), device);
        }
    }
}

fn no_way_up(text: &str) {
    assert!(!text.starts_with(['/', '\\']) && !text.contains(['\\', ':']));
    assert!(text.split('/').all(|part| !["", ".", ".."].contains(&part)));
}

/// Names that one file system or other takes for the same share a key, and folding a second time changes nothing.
fn folds_alike(path: &BundlePath) {
    let key = path.fold_key();
    let nfd: String = path.as_str().nfd().collect();
    let variants = [
        path.as_str().nfc().collect::<String>(),
        nfd.clone(),
        nfd.chars().flat_map(char::to_lowercase).collect(),
        nfd.chars().flat_map(char::to_uppercase).collect(),
        key.clone(),
    ];
    for variant in variants {
        if let Ok(other) = BundlePath::parse(&variant) {
            assert_eq!(other.fold_key(), key, "{variant:?} is another file");
        }
    }
}

fn parents_are_paths(path: &BundlePath) {
    let parents: Vec<&str> = path.parents().collect();
    assert_eq!(parents.len() + 1, path.components().count());
    for parent in parents {
        assert!(
            BundlePath::parse(parent).is_ok(),
            "the directory {parent:?} is not safe"
        );
    }
}
