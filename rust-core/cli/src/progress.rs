//! Progress bars, for people who watch. Into a file, a pipe, `--json` or `--quiet` there are none.

use std::cell::RefCell;

use airlock_publisher::progress::{Progress, Stage};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// Shows one bar a stage on stderr and takes it away when the stage is over.
#[derive(Debug)]
pub(crate) struct Bars {
    shown: bool,
    bar: RefCell<Option<ProgressBar>>,
}

impl Bars {
    /// Bars, if this run shows any.
    pub(crate) fn new(output: &Output) -> Bars {
        Bars {
            shown: output.shows_progress(),
            bar: RefCell::new(None),
        }
    }

    /// A download starts; without a known size only what has come is shown.
    pub(crate) fn begin_download(&self, total_bytes: Option<u64>) {
        match total_bytes {
            Some(total) => self.show(KNOWN, "Fetching", ProgressBar::new(total)),
            None => self.show(UNKNOWN, "Fetching", ProgressBar::no_length()),
        }
    }

    fn show(&self, template: &str, label: &'static str, bar: ProgressBar) {
        if !self.shown {
            return;
        }
        let style = ProgressStyle::with_template(template).map_or_else(
            |_| ProgressStyle::default_bar(),
            |style| style.progress_chars("=> "),
        );
        self.bar.replace(Some(bar.with_style(style).with_message(label)));
    }
}

const KNOWN: &str = "{msg:>9} [{bar:32}] {bytes} of {total_bytes} ({eta})";
const UNKNOWN: &str = "{msg:>9} {bytes}";

impl Progress for Bars {
    fn begin(&self, stage: Stage, total_bytes: u64) {
        let label = match stage {
            Stage::Hash => "Hashing",
            Stage::Pack => "Packing",
            Stage::Files => "Files",
            Stage::Patch => "Patching",
            Stage::Check => "Checking",
            _ => "Working",
        };
        self.show(KNOWN, label, ProgressBar::new(total_bytes));
    }

    fn advance(&self, bytes: u64) {
        if let Some(bar) = self.bar.borrow().as_ref() {
            bar.inc(bytes);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
