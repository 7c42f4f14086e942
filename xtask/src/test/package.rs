//! What `npm pack` would publish.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Context;
use super::layer::{Outcome, Skipped};
use crate::{npm, ui};

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
];

/// What must never leave this repository in a package.
const FORBIDDEN: &[&str] = &[
    ".pem",
    ".key",
    "node_modules/",
    "target/",
    ".demo/",
    "tests/",
    "example-app/",
    "xtask/",
    ".npmrc",
    ".ci/",
];

/// More than this, unpacked, and something has slipped in.
const MOST_BYTES: u64 = 1024 * 1024;

#[derive(Deserialize)]
struct Packed {
    files: Vec<File>,
    #[serde(rename = "unpackedSize")]
    bytes: u64,
}

#[derive(Deserialize)]
struct File {
    path: String,
}

/// Packs without writing the tarball, and looks at the list.
pub(super) fn check(context: &Context) -> Result<Outcome> {
    if let Some(missing) = npm::missing() {
        return Err(Skipped::because(missing));
    }
    npm::install(context.repository)?;
    context
        .repository
        .command("npm")
        .args(["run", "--silent", "build"])
        .quietly()?;
    let printed = context
        .repository
        .command("npm")
        .args(["pack", "--dry-run", "--json", "--ignore-scripts"])
        .output()?;
    let packed = parse(&printed)?;
    ui::line(&format!(
        "  {} files, {}",
        packed.files.len(),
        ui::size(packed.bytes)
    ));
    let verdicts = judge(&packed);
    for (rule, good) in &verdicts {
        let mark = if *good {
            ui::paint(ui::GOOD, "ok  ")
        } else {
            ui::paint(ui::BAD, "FAIL")
        };
        ui::line(&format!("  {mark} {rule}"));
    }
    Ok(verdicts.iter().fold(Outcome::default(), |sum, (_, good)| {
        sum.plus(Outcome::single(*good))
    }))
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

fn judge(packed: &Packed) -> Vec<(String, bool)> {
    let holds = |path: &str| packed.files.iter().any(|file| file.path == path);
    let mut verdicts: Vec<(String, bool)> = NEEDED
        .iter()
        .map(|path| (format!("holds {path}"), holds(path)))
        .collect();
    for part in FORBIDDEN {
        let good = !packed
            .files
            .iter()
            .any(|file| file.path.starts_with(part) || file.path.ends_with(part));
        verdicts.push((format!("holds nothing of {part}"), good));
    }
    verdicts.push((
        format!("is no larger than {}", ui::size(MOST_BYTES)),
        packed.bytes <= MOST_BYTES,
    ));
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(extra: &[&str], bytes: u64) -> Packed {
        let paths = NEEDED.iter().chain(extra);
        Packed {
            files: paths
                .map(|path| File {
                    path: (*path).to_owned(),
                })
                .collect(),
            bytes,
        }
    }

    fn failures(packed: &Packed) -> usize {
        judge(packed).iter().filter(|(_, good)| !good).count()
    }

    #[test]
    fn a_key_a_missing_file_and_a_huge_package_are_found() {
        assert_eq!(failures(&packed(&[], 1000)), 0);
        assert_eq!(failures(&packed(&["dist/root.pem"], 1000)), 1);
        assert_eq!(failures(&packed(&["node_modules/a/index.js"], 1000)), 1);
        assert_eq!(failures(&packed(&[], MOST_BYTES + 1)), 1);
        assert_eq!(
            failures(&Packed {
                files: Vec::new(),
                bytes: 0
            }),
            NEEDED.len()
        );
    }

    #[test]
    fn both_forms_of_npms_list_are_read() {
        let one = r#"{"files":[{"path":"package.json"}],"unpackedSize":5}"#;
        for text in [format!("[{one}]"), format!("{{\"capacitor-airlock\":{one}}}")] {
            assert_eq!(parse(&text).unwrap().bytes, 5);
        }
        assert!(parse("[]").is_err());
    }
}
