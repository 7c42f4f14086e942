//! The table at the end, and the one line that machines read.

use std::time::Duration;

use super::layer::Outcome;
use crate::ui;

/// One layer's line in the table.
pub(super) struct Row {
    pub(super) layer: &'static str,
    pub(super) outcome: Outcome,
    pub(super) time: Duration,
}

/// Prints the table; `true` when nothing failed.
pub(super) fn print(rows: &[Row]) -> bool {
    ui::heading("summary", "");
    ui::line(&ui::paint(
        ui::STRONG,
        columns("layer", ["tests", "passed", "failed", "skipped"], "seconds"),
    ));
    for row in rows {
        ui::line(&describe(row));
    }
    let total = rows
        .iter()
        .fold(Outcome::default(), |sum, row| sum.plus(row.outcome.clone()));
    let time: Duration = rows.iter().map(|row| row.time).sum();
    ui::line(&ui::paint(ui::STRONG, figures("all", &total, time)));
    ui::line("");
    ui::line(&closing_line(&total));
    total.failed == 0
}

/// The form that continuous integration reads for its own count.
fn closing_line(total: &Outcome) -> String {
    format!(
        "{} passed, {} failed, {} skipped",
        total.passed, total.failed, total.skipped
    )
}

fn describe(row: &Row) -> String {
    let Row { layer, outcome, time } = row;
    let (style, verdict) = match outcome {
        Outcome { failed: 1.., .. } => (ui::BAD, "FAILED"),
        Outcome { skipped: 1.., .. } => (ui::NOTE, "skipped"),
        _ => (ui::GOOD, "ok"),
    };
    let note = outcome
        .note
        .as_deref()
        .map(|note| format!(": {note}"))
        .unwrap_or_default();
    format!(
        "{}  {}{}",
        figures(layer, outcome, *time),
        ui::paint(style, verdict),
        ui::paint(ui::FAINT, note)
    )
}

fn figures(layer: &str, outcome: &Outcome, time: Duration) -> String {
    let Outcome {
        passed,
        failed,
        skipped,
        ..
    } = outcome;
    let counts = [passed + failed + skipped, *passed, *failed, *skipped];
    columns(
        layer,
        counts.map(|count| count.to_string()),
        &format!("{:.1}", time.as_secs_f64()),
    )
}

fn columns(layer: &str, counts: [impl AsRef<str>; 4], time: &str) -> String {
    let counts: String = counts
        .iter()
        .map(|count| format!("{:>9}", count.as_ref()))
        .collect();
    format!("{layer:<12}{counts}{time:>10}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_whole_and_the_reason_stands_in_its_row() {
        let row = |outcome| Row {
            layer: "engine",
            outcome,
            time: Duration::from_secs(2),
        };
        assert!(print(&[
            row(Outcome::single(true)),
            row(Outcome::skipped("no browser".into()))
        ]));
        assert!(!print(&[
            row(Outcome::single(true)),
            row(Outcome::broken("no compiler".into()))
        ]));
        assert!(describe(&row(Outcome::skipped("no browser".into()))).contains("no browser"));
    }

    #[test]
    fn the_closing_line_is_the_one_that_runners_of_runners_read() {
        let total = Outcome {
            passed: 7,
            failed: 1,
            skipped: 2,
            note: None,
        };
        assert_eq!(closing_line(&total), "7 passed, 1 failed, 2 skipped");
    }
}
