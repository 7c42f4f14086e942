//! Package.swift as SwiftPM reads it, the podspec and package.json beside it.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::repository::Repository;
use crate::swift::Swift;
use crate::test::layer::Outcome;
use crate::ui;

/// What Capacitor's command line makes of the npm package's name, and looks for.
const NAME: &str = "CapacitorAirlock";
const PODSPEC: &str = "CapacitorAirlock.podspec";
const FRAMEWORK: &str = "ios/Frameworks/AirlockFFI.xcframework";
const OLDEST: &str = "15.0";

/// The Capacitor that all of them ask for. Capacitor 7's apps start at iOS 14 and Android 6, which this does not run on.
const CAPACITOR: Capacitor = Capacitor {
    swift: "8.0.0",
    pod: "s.dependency 'Capacitor', '~> 8.0'",
    npm: "^8.0.0",
};

struct Capacitor {
    swift: &'static str,
    pod: &'static str,
    npm: &'static str,
}

pub(super) fn check(repository: &Repository, swift: &Swift) -> Result<Outcome> {
    let printed = swift
        .command(repository, &repository.path(""), "swift")
        .args([
            "package",
            "--scratch-path",
            "target/swift/manifest",
            "dump-package",
        ])
        .output()
        .context("let SwiftPM read Package.swift")?;
    let manifest: Value = serde_json::from_str(&printed).context("read what SwiftPM printed")?;
    let podspec = repository.read(PODSPEC)?;
    let package = serde_json::from_str(&repository.read("package.json")?).context("read package.json")?;
    let sources_are_there = |path: &str| repository.path(path).is_dir();
    let verdicts = judge(&manifest, &podspec, &package, sources_are_there);
    Ok(verdicts
        .into_iter()
        .fold(Outcome::default(), |sum, (rule, good)| {
            if !good {
                ui::line(&format!("  {} {rule}", ui::paint(ui::BAD, "FAIL")));
            }
            sum.plus(Outcome::single(good))
        }))
}

fn judge(
    manifest: &Value,
    podspec: &str,
    package: &Value,
    is_folder: impl Fn(&str) -> bool,
) -> Vec<(&'static str, bool)> {
    let text = |pointer: &str| {
        manifest
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let targets = manifest
        .get("targets")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let paths = |kind: &str| -> Vec<String> {
        let of_kind = targets
            .iter()
            .filter(|target| target.get("type").and_then(Value::as_str) == Some(kind));
        of_kind
            .filter_map(|target| Some(target.get("path")?.as_str()?.to_owned()))
            .collect()
    };
    let sources = paths("regular");
    vec![
        ("the package is named as Capacitor expects", text("/name") == NAME),
        ("its product is", text("/products/0/name") == NAME),
        (
            "iOS starts at the documented version",
            text("/platforms/0/version") == OLDEST,
        ),
        ("its one binary is the framework", paths("binary") == [FRAMEWORK]),
        (
            "its sources are there",
            !sources.is_empty() && sources.iter().all(|path| is_folder(path)),
        ),
        (
            "the pod is named as Capacitor expects",
            podspec.contains(&format!("s.name = '{NAME}'")),
        ),
        (
            "the pod starts at the same iOS",
            podspec.contains(&format!("deployment_target = '{OLDEST}'")),
        ),
        (
            "the pod holds the same framework",
            podspec.contains(&format!("'{FRAMEWORK}'")),
        ),
        (
            "SwiftPM takes the documented Capacitor",
            text("/dependencies/0/sourceControl/0/requirement/range/0/lowerBound") == CAPACITOR.swift,
        ),
        ("so does the pod", podspec.contains(CAPACITOR.pod)),
        (
            "so does npm",
            package
                .pointer("/peerDependencies/@capacitor~1core")
                .and_then(Value::as_str)
                == Some(CAPACITOR.npm),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_version_framework_or_folder_is_found() {
        let manifest = |name: &str, version: &str, path: &str, capacitor: &str| {
            serde_json::json!({
                "name": name, "products": [{"name": NAME}], "platforms": [{"version": version}],
                "targets": [{"type": "binary", "path": path}, {"type": "regular", "path": "ios/Sources/A"}],
                "dependencies": [{"sourceControl": [{"requirement": {"range": [{"lowerBound": capacitor}]}}]}],
            })
        };
        let npm = |capacitor: &str| serde_json::json!({"peerDependencies": {"@capacitor/core": capacitor}});
        let podspec = format!(
            "s.name = '{NAME}'\ns.ios.deployment_target = '{OLDEST}'\nx = '{FRAMEWORK}'\n{}",
            CAPACITOR.pod
        );
        let failures = |manifest: &Value, podspec: &str, package: &Value, there: bool| {
            let verdicts = judge(manifest, podspec, package, |_| there);
            verdicts.iter().filter(|(_, good)| !good).count()
        };
        let (good, ours) = (manifest(NAME, OLDEST, FRAMEWORK, "8.0.0"), npm("^8.0.0"));
        assert_eq!(failures(&good, &podspec, &ours, true), 0);
        for bad in [
            manifest("Airlock", OLDEST, FRAMEWORK, "8.0.0"),
            manifest(NAME, "13.0", FRAMEWORK, "8.0.0"),
            manifest(NAME, OLDEST, "elsewhere", "8.0.0"),
            manifest(NAME, OLDEST, FRAMEWORK, "7.0.0"),
        ] {
            assert_eq!(failures(&bad, &podspec, &ours, true), 1, "{bad}");
        }
        assert_eq!(failures(&good, &podspec, &npm("^7.0.0 || ^8.0.0"), true), 1);
        assert_eq!(failures(&good, &podspec, &ours, false), 1);
        assert_eq!(failures(&good, "", &ours, true), 4);
    }
}
