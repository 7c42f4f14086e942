//! What `npm pack` would publish.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Verdict;
use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

/// What an app that installs the package cannot do without.
const NEEDED: &[&str] = &[
    "package.json",
    "README.md",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "CHANGELOG.md",
    "dist/esm/index.js",
    "dist/esm/index.d.ts",
    "dist/esm/definitions.d.ts",
    "dist/plugin.js",
    "dist/plugin.cjs.js",
    "android/build.gradle",
    "android/consumer-rules.pro",
    "android/src/main/AndroidManifest.xml",
    "android/src/main/java/dev/airlock/capacitor/AirlockPlugin.kt",
    "ios/Sources/AirlockPlugin/AirlockPlugin.swift",
    "Package.swift",
    "CapacitorAirlock.podspec",
];

/// What must never leave this repository in a package: endings and beginnings of paths.
const FORBIDDEN: &[&str] = &[
    ".pem",
    ".key",
    ".jks",
    ".keystore",
    "local.properties",
    "node_modules/",
    "target/",
    ".demo/",
    "tests/",
    "example-app/",
    "rust-core/",
    "xtask/",
    "scripts/",
    "android/build/",
    "android/src/test/",
    "ios/Tests/",
    ".npmrc",
    ".ci/",
];

/// Libraries that only the release holds, built on machines with NDK and Xcode. Their size has a bound of its own
/// (`cargo xtask native-check`).
const LIBRARIES: &[&str] = &["android/src/main/jniLibs/", "ios/Frameworks/"];

/// More than this, unpacked and without the libraries, and something has slipped in.
const MOST_BYTES: u64 = 1024 * 1024;

#[derive(Deserialize)]
pub(super) struct Packed {
    filename: String,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    size: u64,
}

impl Packed {
    /// The file that npm wrote.
    pub(super) fn tarball(&self) -> &str {
        &self.filename
    }

    pub(super) fn holds(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// Unpacked bytes but for the libraries.
    fn bytes(&self) -> u64 {
        let own = |file: &&File| !LIBRARIES.iter().any(|built| file.path.starts_with(built));
        self.files.iter().filter(own).map(|file| file.size).sum()
    }
}

/// Builds the JavaScript and packs the tarball into `folder`.
pub(super) fn pack(repository: &Repository, folder: &Path) -> Result<Packed> {
    repository
        .command("npm")
        .args(["run", "--silent", "build"])
        .quietly()?;
    let folder = folder.to_str().context("the path of the package is not text")?;
    let printed = repository
        .command("npm")
        .args(["pack", "--json", "--ignore-scripts", "--pack-destination", folder])
        .output()?;
    let packed = parse(&printed)?;
    ui::line(&format!(
        "  {} files, {} without native libraries",
        packed.files.len(),
        ui::size(packed.bytes())
    ));
    Ok(packed)
}

/// Runs `npm pack` where the command runs, and reads its list.
pub(super) fn packed(npm: &Command, args: &[&str]) -> Result<Packed> {
    let pack = npm.clone().args(["pack", "--json", "--ignore-scripts"]);
    parse(&pack.args(args.iter().copied()).output()?)
}

/// npm prints a list of packages, newer ones an object by package name.
fn parse(printed: &str) -> Result<Packed> {
    let value: serde_json::Value = serde_json::from_str(printed).context("read what npm pack printed")?;
    let first = value
        .get(0)
        .or_else(|| value.as_object()?.values().next())
        .cloned();
    serde_json::from_value(first.context("npm pack told of no package")?).context("read npm's list of files")
}

pub(super) fn judge(packed: &Packed) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = NEEDED
        .iter()
        .map(|path| Verdict::new(format!("holds {path}"), packed.holds(path)))
        .collect();
    for part in FORBIDDEN {
        let good = !packed
            .files
            .iter()
            .any(|file| file.path.starts_with(part) || file.path.ends_with(part));
        verdicts.push(Verdict::new(format!("holds nothing of {part}"), good));
    }
    verdicts.push(Verdict::new(
        format!("is no larger than {}", ui::size(MOST_BYTES)),
        packed.bytes() <= MOST_BYTES,
    ));
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(extra: &[(&str, u64)]) -> Packed {
        let needed = NEEDED.iter().map(|path| (*path, 10));
        Packed {
            filename: "capacitor-airlock-0.0.0.tgz".to_owned(),
            files: needed
                .chain(extra.iter().copied())
                .map(|(path, size)| File {
                    path: path.to_owned(),
                    size,
                })
                .collect(),
        }
    }

    fn failures(packed: &Packed) -> Vec<String> {
        let broken = judge(packed).into_iter().filter(|verdict| !verdict.holds);
        broken.map(|verdict| verdict.rule).collect()
    }

    #[test]
    fn a_key_a_missing_file_and_a_huge_package_are_found() {
        assert_eq!(failures(&sample(&[])), [""; 0]);
        assert_eq!(
            failures(&sample(&[("dist/root.pem", 1)])),
            ["holds nothing of .pem"]
        );
        assert_eq!(failures(&sample(&[("node_modules/a/index.js", 1)])).len(), 1);
        assert_eq!(failures(&sample(&[("dist/movie.bin", MOST_BYTES)])).len(), 1);
        let nothing = Packed {
            files: Vec::new(),
            ..sample(&[])
        };
        assert_eq!(failures(&nothing).len(), NEEDED.len());
    }

    #[test]
    fn what_was_built_natively_has_a_bound_of_its_own() {
        let library = "android/src/main/jniLibs/arm64-v8a/libairlock_ffi.so";
        assert_eq!(failures(&sample(&[(library, 4 * MOST_BYTES)])), [""; 0]);
    }

    #[test]
    fn both_forms_of_npms_list_are_read() {
        let one = r#"{"filename":"a.tgz","files":[{"path":"package.json","size":5}]}"#;
        for text in [format!("[{one}]"), format!("{{\"capacitor-airlock\":{one}}}")] {
            assert_eq!(parse(&text).unwrap().bytes(), 5);
        }
        assert!(parse("[]").is_err());
    }
}
