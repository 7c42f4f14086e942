//! The targets, as tests/fuzz/Cargo.toml lists them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::repository::Repository;

/// The fuzz package's folder.
pub(super) const FOLDER: &str = "tests/fuzz";

/// The target with a bug on purpose.
pub(super) const CONTROL: &str = "planted_bug";

/// Longest input in bytes where the manifest says nothing.
const LENGTH: u64 = 4096;

/// Executions in `npm test` where the manifest says nothing.
const RUNS: u64 = 10_000;

/// One target, and what libFuzzer is told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) name: String,
    /// Longest input in bytes.
    pub(super) length: u64,
    /// How many executions `npm test` asks for.
    pub(super) runs: u64,
    /// Folders of seeds, relative to the repository, its own first.
    pub(super) seeds: Vec<String>,
}

/// The parts of the manifest that are read here.
#[derive(Deserialize)]
pub(super) struct Manifest {
    package: Package,
    bin: Vec<Bin>,
}

#[derive(Deserialize)]
struct Package {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    seeds: BTreeMap<String, Vec<String>>,
    lengths: BTreeMap<String, u64>,
    runs: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Bin {
    name: String,
}

impl Manifest {
    pub(super) fn read(repository: &Repository) -> Result<Manifest> {
        Manifest::parse(&repository.read(format!("{FOLDER}/Cargo.toml"))?)
    }

    fn parse(text: &str) -> Result<Manifest> {
        toml::from_str(text).context("read tests/fuzz/Cargo.toml")
    }

    /// The named targets, or all, but never the control: that one always runs.
    pub(super) fn choose(&self, names: &[String]) -> Result<Vec<Target>> {
        let known: Vec<&str> = self
            .bin
            .iter()
            .map(|bin| bin.name.as_str())
            .filter(|name| *name != CONTROL)
            .collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
            bail!(
                "there is no fuzz target `{unknown}`; there are {}",
                known.join(", ")
            );
        }
        let wanted = |name: &&str| names.is_empty() || names.iter().any(|wanted| wanted == name);
        Ok(known
            .into_iter()
            .filter(wanted)
            .map(|name| self.target(name))
            .collect())
    }

    fn target(&self, name: &str) -> Target {
        let borrowed = self.package.metadata.seeds.get(name).into_iter().flatten();
        let own = [
            format!("{FOLDER}/seeds/{name}"),
            format!("{FOLDER}/findings/{name}"),
        ];
        Target {
            name: name.to_owned(),
            length: self.package.metadata.lengths.get(name).copied().unwrap_or(LENGTH),
            runs: self.package.metadata.runs.get(name).copied().unwrap_or(RUNS),
            seeds: own
                .into_iter()
                .chain(borrowed.map(|path| format!("{FOLDER}/{path}")))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"
        [package.metadata.seeds]
        zip = ["../data"]
        [package.metadata.lengths]
        zip = 16384
        [package.metadata.runs]
        zip = 300
        [[bin]]
        name = "zip"
        [[bin]]
        name = "patch"
        [[bin]]
        name = "planted_bug"
    "#;

    #[test]
    fn targets_are_chosen_by_name_and_an_unknown_one_is_refused() {
        let manifest = Manifest::parse(SAMPLE).unwrap();
        let all = manifest.choose(&[]).unwrap();
        assert_eq!(
            all.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(),
            ["zip", "patch"]
        );
        assert_eq!((all[0].length, all[1].length), (16384, LENGTH));
        assert_eq!((all[0].runs, all[1].runs), (300, RUNS));
        assert_eq!(
            all[0].seeds,
            [
                "tests/fuzz/seeds/zip",
                "tests/fuzz/findings/zip",
                "tests/fuzz/../data"
            ]
        );
        assert_eq!(manifest.choose(&["patch".to_owned()]).unwrap().len(), 1);
        assert!(manifest.choose(&["planted_bug".to_owned()]).is_err());
        let error = manifest.choose(&["zap".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("zap") && error.contains("patch"), "{error}");
    }
}
