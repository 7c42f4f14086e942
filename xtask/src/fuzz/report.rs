//! The table at the end, and what to do about a finding.

use std::path::PathBuf;

use crate::repository::Repository;
use crate::ui;

use super::log::Stats;
use super::targets::{CONTROL, FOLDER};

/// How one target ended.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) target: String,
    pub(super) stats: Stats,
    /// Inputs that broke a promise, took too long or too much memory.
    pub(super) findings: Vec<PathBuf>,
    /// Everything libFuzzer printed.
    pub(super) log: PathBuf,
    /// Whether it ended as it should have: without an error, the control with one.
    pub(super) ended: Ended,
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
}

impl Row {
    /// Inputs were run and nothing was found; for the control, the planted bug was.
    pub(super) fn is_good(&self) -> bool {
        let found = !self.findings.is_empty();
        match self.target == CONTROL {
            true => found && self.ended == Ended::Badly && self.stats.executions > 0,
            false => !found && self.ended == Ended::Well && self.stats.executions > 0,
        }
    }

    fn verdict(&self) -> String {
        match (self.target == CONTROL, self.is_good()) {
            (true, true) => ui::paint(ui::GOOD, "found, as it must be"),
            (true, false) => ui::paint(ui::BAD, "not found: the runner is blind"),
            (false, true) => ui::paint(ui::GOOD, "none"),
            (false, false) if self.findings.is_empty() => ui::paint(ui::BAD, "it ended early"),
            (false, false) => ui::paint(ui::BAD, self.findings.len()),
        }
    }
}

/// Prints the table and, below it, each finding with the way to look at it. Whether all is well.
pub(super) fn print(repository: &Repository, rows: &[Row]) -> bool {
    ui::line("");
    ui::line(&ui::paint(
        ui::STRONG,
        format!(
            "{:<16}{:>12}{:>10}{:>10}{:>8}  findings",
            "target", "executions", "corpus", "coverage", "new"
        ),
    ));
    for row in rows {
        let Stats {
            executions,
            seeds_cover,
            cover,
            corpus,
        } = row.stats;
        let new = format!("+{}", cover.saturating_sub(seeds_cover));
        ui::line(&format!(
            "{:<16}{executions:>12}{corpus:>10}{cover:>10}{new:>8}  {}",
            row.target,
            row.verdict()
        ));
    }
    for row in rows.iter().filter(|row| !row.is_good()) {
        explain(repository, row);
    }
    rows.iter().all(Row::is_good)
}

fn explain(repository: &Repository, row: &Row) {
    let shown = |path: &PathBuf| {
        let relative = path.strip_prefix(repository.path(""));
        relative.unwrap_or(path).display().to_string()
    };
    ui::line("");
    ui::error(&format!(
        "{}: everything it said is in {}",
        row.target,
        shown(&row.log)
    ));
    if row.target == CONTROL {
        ui::line("  a bug was planted and libFuzzer did not find it: nothing else it says can be believed");
        return;
    }
    for finding in &row.findings {
        let path = shown(finding);
        ui::line(&format!("  {path}"));
        ui::line(&format!(
            "  look at it again:      cargo xtask fuzz --replay {path} {}",
            row.target
        ));
        ui::line(&format!(
            "  keep it as a test:     mkdir -p {FOLDER}/findings/{0} && cp {path} {FOLDER}/findings/{0}/<what-it-shows>",
            row.target
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(target: &str, executions: u64, findings: usize, ended: Ended) -> Row {
        Row {
            target: target.to_owned(),
            stats: Stats {
                executions,
                ..Stats::default()
            },
            findings: vec![PathBuf::from("crash-1"); findings],
            log: PathBuf::from("log"),
            ended,
        }
    }

    #[test]
    fn a_target_is_good_when_it_ran_and_found_nothing() {
        assert!(row("zip", 9, 0, Ended::Well).is_good());
        for bad in [
            row("zip", 0, 0, Ended::Well),
            row("zip", 9, 1, Ended::Badly),
            row("zip", 9, 0, Ended::Badly),
        ] {
            assert!(!bad.is_good(), "{bad:?}");
        }
    }

    #[test]
    fn the_control_is_good_when_its_bug_was_found_and_only_then() {
        assert!(row(CONTROL, 9, 1, Ended::Badly).is_good());
        assert!(!row(CONTROL, 9, 0, Ended::Well).is_good());
        assert!(!row(CONTROL, 0, 0, Ended::Badly).is_good());
    }
}
