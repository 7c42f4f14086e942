//! The one place that writes: sentences, tables and progress for people on stderr, JSON for programs on
//! stdout.
//!
//! A closed pipe ends the output, not the work: `airlock … | head -1` still does all of it and exits as if
//! the reader had stayed. Rust programs ignore SIGPIPE, so such a write is an error value here and never a
//! signal.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::args::{ColorWhen, GlobalArgs};
use crate::exit::Failure;

/// Bold, for what the eye looks for first.
pub(crate) const STRONG: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// How this run talks, from the global options.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
    volume: Volume,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Volume {
    Normal,
    Quiet,
}

impl Output {
    /// Sets up colour for the process and remembers the format.
    pub(crate) fn new(global: &GlobalArgs) -> Output {
        match global.color {
            ColorWhen::Auto => {}
            ColorWhen::Always => ColorChoice::Always.write_global(),
            ColorWhen::Never => ColorChoice::Never.write_global(),
        }
        Output {
            format: if global.json { Format::Json } else { Format::Human },
            volume: if global.quiet {
                Volume::Quiet
            } else {
                Volume::Normal
            },
        }
    }

    /// Whether `--json` was asked for.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether progress bars make sense: somebody is watching and did not ask for silence.
    pub(crate) fn shows_progress(&self) -> bool {
        self.volume == Volume::Normal && !self.is_json() && std::io::stderr().is_terminal()
    }

    /// One JSON object on one line of stdout, whatever the format: for commands that always speak JSON.
    pub(crate) fn object(&self, value: &impl Serialize) {
        print_json(value);
    }

    /// The result of a command: on stdout with `--json`, else nothing (the human text says it).
    pub(crate) fn result(&self, value: &impl Serialize) {
        if self.is_json() {
            self.object(value);
        }
    }

    /// A line of text for people. Silent with `--quiet`.
    pub(crate) fn say(&self, text: impl Display) {
        if self.volume == Volume::Normal {
            write_line(&text);
        }
    }

    /// The closing line of a command that did its work.
    pub(crate) fn done(&self, text: impl Display) {
        self.say(format_args!("{GOOD}✓{GOOD:#} {text}"));
    }

    /// Two columns, `name  value`, for people.
    pub(crate) fn fields(&self, rows: &[(&str, String)]) {
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in rows {
            self.say(format_args!(
                "  {FAINT}{name:width$}{FAINT:#}  {}",
                printable(value)
            ));
        }
    }

    /// A table with a title, for people; says so when it is empty.
    pub(crate) fn table(&self, title: &str, header: &[&str], rows: &[Vec<String>]) {
        self.say(format_args!("\n{STRONG}{}{STRONG:#}", printable(title)));
        if rows.is_empty() {
            return self.say(format_args!("  {FAINT}none{FAINT:#}"));
        }
        let header: Vec<String> = header.iter().map(ToString::to_string).collect();
        let widths = column_widths(&header, rows);
        self.say(format_args!("  {FAINT}{}{FAINT:#}", table_line(&header, &widths)));
        for row in rows {
            self.say(format_args!("  {}", table_line(row, &widths)));
        }
    }

    /// Something that the user should know but that does not stop the work. Printed even with `--quiet`.
    pub(crate) fn warn(&self, text: impl Display) {
        write_line(&format_args!("{WARN}warning{WARN:#}: {text}"));
    }

    /// Why the command failed: a sentence on stderr and, with `--json`, `{"error":{"code","message"}}` on
    /// stdout.
    pub(crate) fn failure(&self, failure: &Failure) {
        write_line(&format_args!(
            "{BAD}error{BAD:#}: {} {FAINT}[{}]{FAINT:#}",
            failure.message(),
            failure.code()
        ));
        if self.is_json() {
            print_failure(failure);
        }
    }
}

fn column_widths(header: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let width = |row: &[String], column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
    (0..header.len())
        .map(|column| {
            rows.iter()
                .map(|row| width(row, column))
                .fold(width(header, column), Ord::max)
        })
        .collect()
}

fn table_line(row: &[String], widths: &[usize]) -> String {
    let cells = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{:width$}", printable(cell)));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Text from a file that somebody else wrote, without the control characters that could command a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
        .collect()
}

/// A line on stderr for whoever reports a bug.
pub(crate) fn note(text: impl Display) {
    write_line(&format_args!("{FAINT}note: {text}{FAINT:#}"));
}

/// A number of bytes for people: `417 B`, `12.3 KiB`, `4.0 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

/// The JSON form of a failure, on stdout: `{"error":{"code","message"}}`.
pub(crate) fn print_failure(failure: &Failure) {
    print_json(&serde_json::json!({
        "error": { "code": failure.code().as_str(), "message": failure.message() }
    }));
}

/// Writes one line of JSON to stdout; see the module about closed pipes.
fn print_json(value: &impl Serialize) {
    let Ok(mut line) = serde_json::to_vec(value) else {
        return;
    };
    line.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
}

/// Writes one line to stderr, without colour codes where they do not belong; see the module about closed
/// pipes.
fn write_line(text: &dyn Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let header = ["a", "long header"].map(String::from);
        let rows = [vec!["café au lait".to_owned(), "x".to_owned()]];
        let widths = column_widths(&header, &rows);
        assert_eq!(widths, [12, 11]);
        assert_eq!(table_line(&header, &widths), "a             long header");
        assert_eq!(table_line(&rows[0], &widths), "café au lait  x");
    }

    #[test]
    fn text_from_elsewhere_cannot_command_the_terminal() {
        assert_eq!(
            printable("\u{1b}[2Jgone\r\u{9b}1m"),
            "\u{fffd}[2Jgone\u{fffd}\u{fffd}1m"
        );
        assert_eq!(printable("Größe ✓"), "Größe ✓");
    }
}
