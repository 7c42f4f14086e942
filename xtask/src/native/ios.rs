//! The Rust core for iOS: one xcframework of static libraries, and the Swift that speaks to it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::android::{move_sources, remove};
use super::for_phones;
use crate::bindings::{self, Language, Library};
use crate::process::Command;
use crate::repository::Repository;

/// Phones, and the simulators of both kinds of Mac.
pub(super) const TARGETS: &[&str] = &[PHONE, SIMULATOR_ARM, SIMULATOR_INTEL];
const PHONE: &str = "aarch64-apple-ios";
const SIMULATOR_ARM: &str = "aarch64-apple-ios-sim";
const SIMULATOR_INTEL: &str = "x86_64-apple-ios";

/// Where Package.swift and the podspec look for it.
const FRAMEWORK: &str = "ios/Frameworks/AirlockFFI.xcframework";
/// UniFFI's Swift, compiled as part of AirlockCore.
const SWIFT: &str = "ios/Sources/AirlockCore/Generated";
const LIBRARY: &str = "libairlock_ffi.a";
/// The oldest iOS the plugin runs on, Capacitor 8's own.
const OLDEST_IOS: &str = "15.0";

/// Builds all of it anew: nothing of an older build may be packed.
pub(super) fn build(repository: &Repository) -> Result<()> {
    for folder in [FRAMEWORK, SWIFT] {
        remove(&repository.path(folder))?;
    }
    for target in TARGETS {
        for_phones(repository.command("cargo"))
            .args([
                "rustc",
                "--locked",
                "--profile",
                "phone",
                "--package",
                "airlock-ffi",
            ])
            .args(["--lib", "--crate-type", "staticlib", "--target", target])
            .variable("IPHONEOS_DEPLOYMENT_TARGET", OLDEST_IOS)
            .must_succeed()?;
    }
    let headers = swift(repository)?;
    let simulator = both_simulators(repository)?;
    let framework = repository.path(FRAMEWORK);
    let args = [
        "-create-xcframework".to_owned(),
        "-library".to_owned(),
        text(&library(repository, PHONE))?,
        "-headers".to_owned(),
        text(&headers)?,
        "-library".to_owned(),
        text(&simulator)?,
        "-headers".to_owned(),
        text(&headers)?,
        "-output".to_owned(),
        text(&framework)?,
    ];
    Command::new("xcodebuild").args(args).must_succeed()
}

/// Writes the Swift, and returns the folder with the C header and its module map.
fn swift(repository: &Repository) -> Result<PathBuf> {
    let made = repository.path("target/bindings/swift");
    let headers = repository.path("target/bindings/swift-headers");
    remove(&made)?;
    remove(&headers)?;
    bindings::generate(repository, Language::Swift, Library::Plain, &made)?;
    move_sources(&made, &repository.path(SWIFT), "swift")?;
    move_sources(&made, &headers, "h")?;
    move_sources(&made, &headers, "modulemap")?;
    Ok(headers)
}

/// An xcframework has one library a platform, so the simulator's two processors share a file.
fn both_simulators(repository: &Repository) -> Result<PathBuf> {
    let folder = repository.path("target/ios-simulator");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let both = folder.join(LIBRARY);
    let mut args = vec!["-create".to_owned()];
    for target in [SIMULATOR_ARM, SIMULATOR_INTEL] {
        args.push(text(&library(repository, target))?);
    }
    args.extend(["-output".to_owned(), text(&both)?]);
    Command::new("lipo").args(args).must_succeed()?;
    Ok(both)
}

fn library(repository: &Repository, target: &str) -> PathBuf {
    repository.path(format!("target/{target}/phone/{LIBRARY}"))
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str();
    text.map(str::to_owned)
        .with_context(|| format!("{} is not text", path.display()))
}
