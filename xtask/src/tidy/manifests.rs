//! Every crate's Cargo.toml: versions and lints stand once, in the workspace's.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Problem, SourceFile};

const ROOT: &str = "Cargo.toml";

/// Each dependency is `workspace = true`, and each one that the workspace declares is used.
pub(super) fn one_place(files: &[SourceFile]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for (path, manifest) in crates(files) {
        for (name, value) in dependencies(&manifest) {
            if value.get("workspace") != Some(&Value::Boolean(true)) {
                let advice = format!(
                    "{name}: declare it in [workspace.dependencies] and write `{name}.workspace = true`"
                );
                problems.push(Problem::new(path, advice));
            }
            used.insert(name);
        }
    }
    for name in declared(files).iter().filter(|name| !used.contains(*name)) {
        problems.push(Problem::new(
            ROOT,
            format!("nobody uses {name}; take it out of [workspace.dependencies]"),
        ));
    }
    problems
}

/// A crate that forgets `[lints] workspace = true` escapes all of them, the ban on unsafe code included.
pub(super) fn lints(files: &[SourceFile]) -> Vec<Problem> {
    let takes = |manifest: &Table| {
        manifest.get("lints").and_then(|lints| lints.get("workspace")) == Some(&Value::Boolean(true))
    };
    crates(files)
        .filter(|(_, manifest)| !takes(manifest))
        .map(|(path, _)| Problem::new(path, "add `[lints]` with `workspace = true`"))
        .collect()
}

/// The manifests of crates, parsed; cargo itself has long complained of one that does not parse.
fn crates(files: &[SourceFile]) -> impl Iterator<Item = (&str, Table)> {
    let manifests = files.iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    manifests.filter_map(|file| Some((file.path.as_str(), file.text.parse().ok()?)))
}

fn dependencies(manifest: &Table) -> Vec<(String, Value)> {
    let platforms = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::values);
    let places = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = places.flat_map(|place| kinds.iter().filter_map(|kind| place.get(*kind)?.as_table()));
    tables
        .flat_map(|table| table.iter().map(|(name, value)| (name.clone(), value.clone())))
        .collect()
}

fn declared(files: &[SourceFile]) -> Vec<String> {
    let root = files
        .iter()
        .find(|file| file.path == ROOT)
        .and_then(|file| file.text.parse::<Table>().ok());
    let table = root
        .as_ref()
        .and_then(|root| root.get("workspace")?.get("dependencies")?.as_table());
    table
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::samples::file;
    use super::*;

    const WORKSPACE: &str = "[workspace.dependencies]\nring = \"1\"\n";

    #[test]
    fn a_version_outside_the_workspace_is_found_on_every_platform() {
        let good = [
            file(ROOT, WORKSPACE),
            file("a/Cargo.toml", "[dependencies]\nring.workspace = true\n"),
        ];
        assert_eq!(one_place(&good), []);
        for bad in [
            "[dependencies]\nring = \"1\"\n",
            "[dev-dependencies]\nring = { version = \"1\" }\n",
            "[target.'cfg(unix)'.dependencies]\nring = \"1\"\n",
        ] {
            assert_eq!(
                one_place(&[file(ROOT, WORKSPACE), file("a/Cargo.toml", bad)]).len(),
                1,
                "{bad}"
            );
        }
    }

    #[test]
    fn a_declared_dependency_that_nobody_uses_is_found() {
        assert_eq!(
            one_place(&[file(ROOT, WORKSPACE), file("a/Cargo.toml", "[dependencies]\n")]).len(),
            1
        );
    }

    #[test]
    fn a_crate_without_lints_is_found() {
        assert_eq!(lints(&[file("a/Cargo.toml", "[lints]\nworkspace = true\n")]), []);
        assert_eq!(
            lints(&[file("a/Cargo.toml", "[package]\nname = \"a\"\n")]).len(),
            1
        );
    }
}
