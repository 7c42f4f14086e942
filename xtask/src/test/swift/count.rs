//! What XCTest prints, counted.

use anyhow::Result;

use crate::process::Command;
use crate::test::layer::Outcome;
use crate::ui;

/// Runs the tests, shows what they print and adds their verdicts up.
pub(super) fn tests(command: &Command) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let succeeded = command.lines(|line| {
        match verdict(line) {
            Some(Verdict::Passed) => outcome.passed += 1,
            Some(Verdict::Failed) => outcome.failed += 1,
            Some(Verdict::Skipped) => {
                outcome.skipped += 1;
                outcome.note = Some("skipped in the source".to_owned());
            }
            None => {}
        }
        // A line each start says nothing.
        if !line.contains("' started at ") {
            ui::line(line);
        }
        Ok(())
    })?;
    Ok(outcome.with_exit(succeeded, "swift test"))
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// `Test Case 'CallsTests.test_x' passed (0.1 seconds)`; Apple's XCTest writes `-[Module.Class test]` between the quotes.
fn verdict(line: &str) -> Option<Verdict> {
    let (_, rest) = line.trim().strip_prefix("Test Case '")?.split_once("' ")?;
    match rest.split(' ').next()? {
        "passed" => Some(Verdict::Passed),
        "failed" => Some(Verdict::Failed),
        "skipped" => Some(Verdict::Skipped),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read_and_other_lines_are_not() {
        assert_eq!(
            verdict("Test Case 'A.b' passed (0.1 seconds)"),
            Some(Verdict::Passed)
        );
        assert_eq!(
            verdict("Test Case '-[M.A b]' failed (0.1 seconds)."),
            Some(Verdict::Failed)
        );
        assert_eq!(
            verdict("Test Case 'A.b' skipped (0.1 seconds)"),
            Some(Verdict::Skipped)
        );
        for other in [
            "Test Case 'A.b' started at 2026-01-01",
            "Executed 3 tests, with 0 failures",
            "",
        ] {
            assert_eq!(verdict(other), None, "{other}");
        }
    }
}
