//! The workspace's dependency graph, as cargo itself sees it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::repository::Repository;

/// Everything in Cargo.lock, and what each crate of the workspace asks for.
#[derive(Default)]
pub(crate) struct Graph {
    /// The workspace's own crates by name.
    pub(crate) members: BTreeMap<String, Member>,
    /// Every third-party package that is locked, on any platform.
    pub(crate) packages: Vec<Package>,
    /// (user, used) for every edge that the whole workspace resolves to, by name.
    pub(crate) edges: BTreeSet<(String, String)>,
}

/// A crate of this workspace.
#[derive(Default)]
pub(crate) struct Member {
    /// Names of direct dependencies that are linked into it (normal and build).
    pub(crate) linked: BTreeSet<String>,
    /// Names of direct dependencies of its tests only.
    pub(crate) tests: BTreeSet<String>,
    /// Names of every package that is compiled into it, itself included.
    pub(crate) reach: BTreeSet<String>,
}

/// A third-party package.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    /// Opaque; unique in this graph.
    id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    /// SPDX expression, as its author wrote it.
    pub(crate) license: Option<String>,
    /// `registry+…`, `git+…`; none for a path.
    pub(crate) source: Option<String>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dependency {
    name: String,
    /// none for a normal dependency, else `dev` or `build`.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

impl Graph {
    pub(crate) fn load(repository: &Repository) -> Result<Graph> {
        let printed = repository
            .command("cargo")
            .args(["metadata", "--format-version", "1", "--all-features", "--locked"])
            .output()
            .context(
                "read the dependency graph; when Cargo.lock is behind, run `cargo check` and commit it",
            )?;
        let metadata: Metadata =
            serde_json::from_str(&printed).context("read what cargo metadata printed")?;
        let edges = metadata.edges();
        let (own, packages): (Vec<Package>, Vec<Package>) = metadata
            .packages
            .into_iter()
            .partition(|package| package.source.is_none());
        let mut members = BTreeMap::new();
        for package in own {
            let reach = reach(repository, &package.name)?;
            members.insert(
                package.name.clone(),
                Member {
                    reach,
                    ..Member::direct(&package)
                },
            );
        }
        Ok(Graph {
            members,
            packages,
            edges,
        })
    }

    /// The names of all packages that use `name` directly.
    pub(crate) fn users(&self, name: &str) -> BTreeSet<&str> {
        self.edges
            .iter()
            .filter(|(_, used)| used == name)
            .map(|(user, _)| user.as_str())
            .collect()
    }
}

impl Metadata {
    fn edges(&self) -> BTreeSet<(String, String)> {
        let names: BTreeMap<&str, &str> = self
            .packages
            .iter()
            .map(|package| (package.id.as_str(), package.name.as_str()))
            .collect();
        let name = |id: &str| names.get(id).map(|name| (*name).to_owned());
        let edges = self
            .resolve
            .nodes
            .iter()
            .flat_map(|node| node.dependencies.iter().map(|used| (&node.id, used)));
        edges
            .filter_map(|(user, used)| Some((name(user)?, name(used)?)))
            .collect()
    }
}

impl Member {
    fn direct(package: &Package) -> Member {
        let named = |tests: bool| {
            let wanted = package
                .dependencies
                .iter()
                .filter(|used| (used.kind.as_deref() == Some("dev")) == tests);
            wanted.map(|used| used.name.clone()).collect()
        };
        Member {
            linked: named(false),
            tests: named(true),
            reach: BTreeSet::new(),
        }
    }
}

impl Package {
    /// A package for the checks' own tests.
    #[cfg(test)]
    pub(crate) fn sample(name: &str, license: Option<&str>, source: Option<&str>) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
            dependencies: Vec::new(),
        }
    }
}

/// What is compiled into one crate on any platform. `cargo metadata` cannot tell: it mixes the features that the
/// whole workspace asks for, and with them every TLS back end that anyone asked for.
fn reach(repository: &Repository, name: &str) -> Result<BTreeSet<String>> {
    let tree = [
        "tree",
        "--locked",
        "--edges",
        "normal,build",
        "--target",
        "all",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let printed = repository
        .command("cargo")
        .args(tree)
        .args(["--package", name])
        .output()?;
    Ok(printed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_tests_are_told_from_linked_ones() {
        let json = r#"{"id":"a","name":"a","version":"1.0.0","license":null,"source":null,"dependencies":[
            {"name":"linked","kind":null},{"name":"built","kind":"build"},{"name":"tested","kind":"dev"}]}"#;
        let member = Member::direct(&serde_json::from_str(json).unwrap());
        assert_eq!(
            member.linked,
            BTreeSet::from(["built".to_owned(), "linked".to_owned()])
        );
        assert_eq!(member.tests, BTreeSet::from(["tested".to_owned()]));
    }

    #[test]
    fn this_very_workspace_can_be_read() {
        let graph = Graph::load(&Repository::find().unwrap()).unwrap();
        let xtask = graph.members.get("xtask").unwrap();
        assert!(xtask.linked.contains("clap") && xtask.reach.contains("clap_builder"));
        assert!(
            graph
                .packages
                .iter()
                .any(|package| package.name == "clap_builder")
        );
        assert!(graph.users("clap_builder").contains("clap"));
    }
}
