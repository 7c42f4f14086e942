//! The Rust core for Android: one library an ABI, and the Kotlin that speaks to it.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{ABIS, for_phones};
use crate::bindings::{self, Language, Library};
use crate::repository::Repository;

/// Where Gradle looks for native libraries.
pub(super) const LIBRARIES: &str = "android/src/main/jniLibs";
/// Where android/build.gradle looks for UniFFI's Kotlin.
const KOTLIN: &str = "android/generated";
/// The oldest Android the plugin runs on, Capacitor 8's own: Android 7.
const API_LEVEL: &str = "24";

/// Builds all of it anew: nothing of an older build may be packed.
pub(super) fn build(repository: &Repository, ndk: &Path) -> Result<()> {
    for folder in [LIBRARIES, KOTLIN] {
        remove(&repository.path(folder))?;
    }
    let mut args = vec!["ndk"];
    for abi in ABIS {
        args.extend(["--target", abi.name]);
    }
    args.extend(["--platform", API_LEVEL, "--output-dir", LIBRARIES]);
    args.extend([
        "build",
        "--locked",
        "--profile",
        "phone",
        "--package",
        "airlock-ffi",
    ]);
    let ndk = ndk.to_str().context("the NDK's path is not text")?;
    for_phones(repository.command("cargo"))
        .args(args)
        .variable("ANDROID_NDK_HOME", ndk)
        .must_succeed()?;
    kotlin(repository)
}

/// Made from this machine's library: its interface is the same, and a stripped one has lost what describes it.
fn kotlin(repository: &Repository) -> Result<()> {
    let made = repository.path("target/bindings/kotlin");
    remove(&made)?;
    bindings::generate(repository, Language::Kotlin, Library::Plain, &made)?;
    move_sources(&made, &repository.path(KOTLIN), "kt")
}

/// Copies the sources of a folder, not the library beside them.
pub(super) fn move_sources(from: &Path, to: &Path, ending: &str) -> Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let path = entry.with_context(|| format!("read {}", from.display()))?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            move_sources(&path, &to.join(name), ending)?;
        } else if path.extension().is_some_and(|extension| extension == ending) {
            std::fs::create_dir_all(to).with_context(|| format!("make {}", to.display()))?;
            std::fs::copy(&path, to.join(name)).with_context(|| format!("copy {}", path.display()))?;
        }
    }
    Ok(())
}

pub(super) fn remove(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => std::fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display())),
        false => Ok(()),
    }
}
