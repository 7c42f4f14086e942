//! Whether the machine can build for phones.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{ABIS, ios, require};
use crate::process::Command;

/// The first NDK that links for pages of 16 KiB by itself.
const OLDEST_NDK: u32 = 28;

/// The NDK to build with, or an error that names everything that is missing.
pub(super) fn android() -> Result<PathBuf> {
    let found = ndk(|name| std::env::var(name).ok());
    let mut missing = Vec::new();
    match &found {
        None => missing.push(format!(
            "the Android NDK, r{OLDEST_NDK} or newer: install it and set ANDROID_NDK_HOME to its folder"
        )),
        Some(folder) if revision(folder).is_none_or(|major| major < OLDEST_NDK) => missing.push(format!(
            "an Android NDK r{OLDEST_NDK} or newer: the one in {} is older, and links for pages of 4 KiB",
            folder.display()
        )),
        Some(_) => {}
    }
    if Command::new("cargo").args(["ndk", "--version"]).output().is_err() {
        missing.push("cargo-ndk: `cargo install cargo-ndk --locked`".to_owned());
    }
    missing.extend(targets(&ABIS.iter().map(|abi| abi.target).collect::<Vec<_>>()));
    require("building for Android", &missing)?;
    Ok(found.unwrap_or_default())
}

/// Xcode and Rust's targets.
pub(super) fn ios() -> Result<()> {
    let mut missing = Vec::new();
    if Command::new("xcodebuild").args(["-version"]).output().is_err() {
        missing.push("Xcode, on a Mac: install it, then `xcode-select --install`".to_owned());
    }
    missing.extend(targets(ios::TARGETS));
    require("building for iOS", &missing)
}

/// The NDK's folder as Android's own tools find it; of several below the SDK the newest.
fn ndk(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let named = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"]
        .into_iter()
        .filter_map(&variable)
        .find(|folder| !folder.is_empty());
    if let Some(folder) = named {
        return Some(PathBuf::from(folder));
    }
    let sdk = ["ANDROID_HOME", "ANDROID_SDK_ROOT"]
        .into_iter()
        .find_map(&variable)?;
    let below = std::fs::read_dir(Path::new(&sdk).join("ndk")).ok()?;
    let folders = below.filter_map(|entry| Some(entry.ok()?.path()));
    folders.max_by_key(|folder| revision(folder))
}

/// `Pkg.Revision = 28.2.13676358` is r28.
fn revision(ndk: &Path) -> Option<u32> {
    let properties = std::fs::read_to_string(ndk.join("source.properties")).ok()?;
    let line = properties.lines().find(|line| line.starts_with("Pkg.Revision"))?;
    line.split_once('=')?.1.trim().split('.').next()?.parse().ok()
}

/// What to say when some of Rust's targets are not installed.
fn targets(wanted: &[&str]) -> Option<String> {
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .unwrap_or_default();
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
    let absent: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|target| !libraries.join(target).join("lib").is_dir())
        .collect();
    (!absent.is_empty()).then(|| {
        let names = absent.join(" ");
        format!("Rust's standard library for {names}: `rustup target add {names}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-ndk-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_newest_ndk_below_the_sdk_is_taken_and_a_named_one_before_it() {
        let sdk = folder("sdk");
        for revision in ["9.0.1", "28.2.13676358", "27.0.5"] {
            let ndk = sdk.join("ndk").join(revision);
            std::fs::create_dir_all(&ndk).unwrap();
            std::fs::write(
                ndk.join("source.properties"),
                format!("Pkg.Revision = {revision}\n"),
            )
            .unwrap();
        }
        let sdk_only = |name: &str| (name == "ANDROID_HOME").then(|| sdk.display().to_string());
        let found = ndk(sdk_only).unwrap();
        assert_eq!(revision(&found), Some(28));
        let named = |name: &str| match name {
            "ANDROID_NDK_HOME" => Some("/named".to_owned()),
            other => sdk_only(other),
        };
        assert_eq!(ndk(named), Some(PathBuf::from("/named")));
        assert_eq!(ndk(|_| None), None);
        std::fs::remove_dir_all(&sdk).unwrap();
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        assert!(require("building", &[]).is_ok());
        let error = require("building", &["a".to_owned(), "b".to_owned()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "building needs what is not here:\n  - a\n  - b"
        );
    }

    #[test]
    fn an_absent_target_is_named_and_the_one_that_compiled_this_is_not() {
        let own = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        if cfg!(target_os = "linux") {
            assert_eq!(targets(&[&own]), None);
        }
        assert!(
            targets(&["no-such-target"])
                .unwrap()
                .contains("rustup target add no-such-target")
        );
    }
}
