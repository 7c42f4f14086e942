//! Tests that node's own runner runs, counted from its closing lines.

use anyhow::{Context, Result};

use super::layer::Outcome;
use crate::process::Command;
use crate::repository::Repository;
use crate::ui;

/// The test files of a folder, named one by one: node's versions disagree on what a folder means.
pub(super) fn files(repository: &Repository, folder: &str) -> Result<Vec<String>> {
    let entries =
        std::fs::read_dir(repository.path(folder)).with_context(|| format!("read the folder {folder}"))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut files: Vec<String> = names
        .filter(|name| name.ends_with(".test.mjs"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    files.sort();
    Ok(files)
}

/// Runs the tests, shows what they print and reads the counts.
pub(super) fn count(command: &Command) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let succeeded = command.lines(|line| {
        ui::line(line);
        add(&mut outcome, line);
        Ok(())
    })?;
    Ok(outcome.with_exit(succeeded, &command.shown()))
}

/// Node closes with `ℹ pass 7` on a terminal and `# pass 7` elsewhere.
fn add(outcome: &mut Outcome, line: &str) {
    let text = anstream::adapter::strip_str(line).to_string();
    let Some((mark, rest)) = text.trim().split_once(' ') else {
        return;
    };
    let Some((what, number)) = rest.split_once(' ').filter(|_| mark == "ℹ" || mark == "#") else {
        return;
    };
    let Ok(number) = number.parse::<u32>() else { return };
    match what {
        "pass" => outcome.passed += number,
        "fail" | "cancelled" => outcome.failed += number,
        "skipped" | "todo" if number > 0 => {
            outcome.skipped += number;
            outcome.note = Some("skipped in the source".to_owned());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_of_nodes_ways_to_close_are_counted() {
        for mark in ["ℹ", "#", "\u{1b}[34mℹ"] {
            let mut outcome = Outcome::default();
            for (what, number) in [
                ("tests", 9),
                ("pass", 6),
                ("fail", 1),
                ("cancelled", 1),
                ("skipped", 1),
            ] {
                add(&mut outcome, &format!("{mark} {what} {number}"));
            }
            assert_eq!(
                (outcome.passed, outcome.failed, outcome.skipped),
                (6, 2, 1),
                "{mark}"
            );
        }
    }

    #[test]
    fn other_lines_are_not_counted() {
        let mut outcome = Outcome::default();
        for line in ["pass 3", "# Subtest: pass 3", "✔ pass 3 (2ms)", ""] {
            add(&mut outcome, line);
        }
        assert_eq!(outcome, Outcome::default());
    }
}
