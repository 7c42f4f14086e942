//! What layers build for themselves alone, in gigabytes: a machine with little disk drops it once they have run.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::repository::Repository;

/// Folders of the build folder, by the layer that is the last to read them.
const OF_LAYERS: &[(&str, &[&str])] = &[
    ("docs", &["doc"]),
    ("ffi", &["phone"]),
    ("arm64", &["aarch64-unknown-linux-gnu", "aarch64-linux-android"]),
    ("fuzz", &["fuzz"]),
    ("swift", &["swift-root", "swift"]),
];

/// Removes what a layer leaves. What was never built is no error.
pub(super) fn drop_of(repository: &Repository, layer: &str) -> Result<()> {
    let elsewhere = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let places = [Some(repository.path("target")), elsewhere];
    places
        .iter()
        .flatten()
        .try_for_each(|place| drop_in(place, layer))
}

fn drop_in(place: &Path, layer: &str) -> Result<()> {
    let of_layer = OF_LAYERS.iter().filter(|(name, _)| *name == layer);
    for folder in of_layer.flat_map(|(_, folders)| *folders) {
        let path = place.join(folder);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).with_context(|| format!("remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::layers::LAYERS;
    use super::*;

    #[test]
    fn a_layer_s_own_builds_go_and_those_of_all_stay() {
        let place = std::env::temp_dir().join(format!("xtask-leftovers-{}", std::process::id()));
        for folder in ["debug", "phone", "fuzz"] {
            std::fs::create_dir_all(place.join(folder).join("deps")).unwrap();
        }
        drop_in(&place, "ffi").unwrap();
        drop_in(&place, "engine").unwrap();
        let is_there = |folder: &str| place.join(folder).is_dir();
        assert_eq!(["debug", "phone", "fuzz"].map(is_there), [true, false, true]);
        std::fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn each_name_is_a_layer() {
        let unknown = OF_LAYERS
            .iter()
            .filter(|(name, _)| LAYERS.iter().all(|layer| layer.name != *name));
        assert_eq!(unknown.count(), 0);
    }
}
