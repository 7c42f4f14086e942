//! The rules of the house, as checks. Each check is a function from facts to problems, so that its own test can hand
//! it a bad sample: a check that cannot fail is no check.

mod bans;
mod codes;
mod graph;
mod layers;
mod licences;
mod links;
mod lockfiles;
mod manifests;
mod text;
mod wiring;

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::repository::Repository;
use crate::ui;

use graph::Graph;

/// One rule that was broken: where, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    place: String,
    advice: String,
}

impl Problem {
    fn new(place: impl Into<String>, advice: impl Into<String>) -> Problem {
        Problem {
            place: place.into(),
            advice: advice.into(),
        }
    }
}

/// What all checks look at, gathered once.
struct Facts {
    /// Every file of the repository, sorted by path.
    files: Vec<SourceFile>,
    /// The workspace's dependency graph.
    graph: Graph,
    /// deny.toml.
    policy: bans::Policy,
}

/// A file of the repository.
struct SourceFile {
    /// Relative to the root, with `/`.
    path: String,
    /// Empty when it is no text: pictures are there for links to find.
    text: String,
}

impl SourceFile {
    fn read(repository: &Repository, path: String) -> Result<SourceFile> {
        let bytes = std::fs::read(repository.path(&path)).with_context(|| format!("read {path}"))?;
        let text = String::from_utf8(bytes).unwrap_or_default();
        Ok(SourceFile { path, text })
    }
}

impl Facts {
    fn gather(repository: &Repository) -> Result<Facts> {
        let files = repository
            .files()?
            .into_iter()
            .map(|path| SourceFile::read(repository, path))
            .collect::<Result<_>>()?;
        let policy = bans::Policy::parse(&repository.read("deny.toml")?)?;
        Ok(Facts {
            files,
            graph: Graph::load(repository)?,
            policy,
        })
    }

    fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// A named rule.
struct Check {
    rule: &'static str,
    find: fn(&Facts) -> Vec<Problem>,
}

const HOUSE: &[Check] = &[
    Check {
        rule: "dependencies run one way",
        find: |facts| layers::one_way(&facts.graph),
    },
    Check {
        rule: "the device's crates reach no author's tool",
        find: |facts| layers::reach(&facts.graph),
    },
    Check {
        rule: "protocol stays small and without I/O",
        find: |facts| layers::protocol_is_small(&facts.graph),
    },
    Check {
        rule: "protocol names no disk, network, clock or thread",
        find: |facts| layers::pure(&facts.files),
    },
    Check {
        rule: "only the publisher names private keys",
        find: |facts| layers::private_keys(&facts.files),
    },
    Check {
        rule: "the engine touches files through its disk port",
        find: |facts| layers::through_the_port(&facts.files),
    },
    Check {
        rule: "other languages come in through one crate",
        find: |facts| layers::one_door(&facts.graph),
    },
    Check {
        rule: "third-party versions stand in one place",
        find: |facts| manifests::one_place(&facts.files),
    },
    Check {
        rule: "every crate takes the workspace's lints",
        find: |facts| manifests::lints(&facts.files),
    },
    Check {
        rule: "files are short",
        find: |facts| text::short(&facts.files),
    },
    Check {
        rule: "nothing is left for later",
        find: |facts| text::finished(&facts.files),
    },
    Check {
        rule: "no test is switched off",
        find: |facts| text::tests_run(&facts.files),
    },
    Check {
        rule: "links in Markdown resolve",
        find: |facts| links::resolve(&facts.files),
    },
    Check {
        rule: "lock files name no mirror",
        find: |facts| lockfiles::no_mirror(&facts.files),
    },
    Check {
        rule: "Rust and TypeScript share one list of codes",
        find: |facts| codes::same_list(facts),
    },
    Check {
        rule: "codes and exit codes are documented",
        find: |facts| codes::documented(facts),
    },
    Check {
        rule: "TypeScript, Rust, Kotlin and Swift have the same API",
        find: |facts| wiring::same_api(facts),
    },
    Check {
        rule: "TypeScript offers the configuration that the engine reads",
        find: |facts| wiring::same_configuration(facts),
    },
];

const SUPPLY_CHAIN: &[Check] = &[
    Check {
        rule: "every licence is one of those allowed",
        find: |facts| licences::allowed(facts),
    },
    Check {
        rule: "no banned crate is in the graph",
        find: |facts| bans::absent(&facts.graph, &facts.policy),
    },
    Check {
        rule: "every crate comes from the registry",
        find: |facts| bans::sources(&facts.graph),
    },
];

/// How a group of checks went.
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

/// `cargo xtask tidy`: all checks, for a person.
pub(crate) fn run(repository: &Repository) -> Result<ExitCode> {
    let facts = Facts::gather(repository)?;
    let house = apply(&facts, HOUSE);
    let supply = apply(&facts, SUPPLY_CHAIN);
    let failed = house.failed + supply.failed;
    ui::line(&format!(
        "{} passed, {failed} failed",
        house.passed + supply.passed
    ));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The rules of the house: the layer `tidy`.
pub(crate) fn house(repository: &Repository) -> Result<Tally> {
    Ok(apply(&Facts::gather(repository)?, HOUSE))
}

/// Licences, bans and sources of what is linked in: the layer `licences`.
pub(crate) fn supply_chain(repository: &Repository) -> Result<Tally> {
    Ok(apply(&Facts::gather(repository)?, SUPPLY_CHAIN))
}

fn apply(facts: &Facts, checks: &[Check]) -> Tally {
    let mut tally = Tally { passed: 0, failed: 0 };
    for check in checks {
        let problems = (check.find)(facts);
        if problems.is_empty() {
            tally.passed += 1;
            ui::line(&format!("  {} {}", ui::paint(ui::GOOD, "ok  "), check.rule));
        } else {
            tally.failed += 1;
            ui::line(&format!("  {} {}", ui::paint(ui::BAD, "FAIL"), check.rule));
        }
        for problem in problems {
            ui::line(&format!(
                "       {}: {}",
                ui::paint(ui::STRONG, &problem.place),
                problem.advice
            ));
        }
    }
    tally
}

#[cfg(test)]
mod samples {
    //! Small files for the checks' own tests.
    use super::SourceFile;

    pub(super) fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_file_without_text() {
        let folder = std::env::temp_dir();
        let name = format!("xtask-picture-{}.png", std::process::id());
        std::fs::write(folder.join(&name), [0x89, b'P', 0xff]).unwrap();
        let picture = SourceFile::read(&Repository::at(&folder), name.clone()).unwrap();
        std::fs::remove_file(folder.join(&name)).unwrap();
        assert_eq!((picture.path, picture.text), (name, String::new()));
    }

    #[test]
    fn a_broken_rule_is_counted_as_failed_and_a_kept_one_as_passed() {
        let facts = Facts {
            files: Vec::new(),
            graph: Graph::default(),
            policy: bans::Policy::default(),
        };
        let checks = [
            Check {
                rule: "kept",
                find: |_| Vec::new(),
            },
            Check {
                rule: "broken",
                find: |_| vec![Problem::new("here", "mend it")],
            },
        ];
        let tally = apply(&facts, &checks);
        assert_eq!((tally.passed, tally.failed), (1, 1));
    }
}
