//! What may be in the dependency graph. The policy is deny.toml, which `cargo deny check` reads too; reading it here
//! spares every machine the minutes that building cargo-deny takes.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Problem;
use super::graph::Graph;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The parts of deny.toml that are enforced here.
#[derive(Default, Deserialize)]
pub(super) struct Policy {
    pub(super) licenses: Licenses,
    bans: Bans,
}

#[derive(Default, Deserialize)]
pub(super) struct Licenses {
    /// SPDX identifiers.
    pub(super) allow: Vec<String>,
    /// What single packages may have besides.
    #[serde(default)]
    pub(super) exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
pub(super) struct Exception {
    #[serde(rename = "crate")]
    pub(super) name: String,
    pub(super) allow: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    /// Packages that may use it all the same.
    #[serde(default)]
    wrappers: BTreeSet<String>,
}

impl Policy {
    pub(super) fn parse(text: &str) -> Result<Policy> {
        toml::from_str(text).context("read deny.toml")
    }
}

/// No banned crate, but through a wrapper that may use it.
pub(super) fn absent(graph: &Graph, policy: &Policy) -> Vec<Problem> {
    let mut problems = Vec::new();
    for ban in &policy.bans.deny {
        for user in graph
            .users(&ban.name)
            .iter()
            .filter(|user| !ban.wrappers.contains(**user))
        {
            problems.push(Problem::new(
                *user,
                format!("uses {}, which deny.toml bans", ban.name),
            ));
        }
    }
    problems
}

/// No git checkouts, no other registries: what is built is what crates.io holds under that name.
pub(super) fn sources(graph: &Graph) -> Vec<Problem> {
    let foreign = graph
        .packages
        .iter()
        .filter(|package| package.source.as_deref() != Some(REGISTRY));
    let mut problems: Vec<Problem> = foreign
        .map(|package| {
            let source = package.source.as_deref().unwrap_or("a path");
            Problem::new(
                format!("{} {}", package.name, package.version),
                format!("comes from {source}"),
            )
        })
        .collect();
    if graph.packages.is_empty() {
        problems.push(Problem::new(
            "Cargo.lock",
            "cargo tells of no third-party package at all",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::graph::Package;
    use super::*;

    const POLICY: &str = r#"
        [licenses]
        allow = ["MIT"]
        [bans]
        deny = [{ crate = "openssl" }, { crate = "aws-lc-rs", wrappers = ["tough"] }]
    "#;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (user, used) in edges {
            graph
                .packages
                .push(Package::sample(used, Some("MIT"), Some(REGISTRY)));
            graph.edges.insert(((*user).to_owned(), (*used).to_owned()));
        }
        graph
    }

    #[test]
    fn a_banned_crate_is_found_and_its_wrapper_is_let_through() {
        let policy = Policy::parse(POLICY).unwrap();
        assert_eq!(
            absent(&graph(&[("tough", "aws-lc-rs"), ("app", "ring")]), &policy),
            []
        );
        assert_eq!(absent(&graph(&[("app", "openssl")]), &policy).len(), 1);
        assert_eq!(
            absent(&graph(&[("tough", "aws-lc-rs"), ("app", "aws-lc-rs")]), &policy).len(),
            1
        );
    }

    #[test]
    fn a_git_dependency_is_found() {
        let mut graph = graph(&[("app", "ring")]);
        assert_eq!(sources(&graph), []);
        graph.packages.push(Package::sample(
            "fork",
            None,
            Some("git+https://example.org/fork"),
        ));
        assert_eq!(sources(&graph).len(), 1);
        assert_eq!(sources(&Graph::default()).len(), 1);
    }

    #[test]
    fn a_policy_without_its_lists_is_an_error() {
        assert!(Policy::parse("[bans]\n").is_err());
    }
}
