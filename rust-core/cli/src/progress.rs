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
}

impl Progress for Bars {
    fn begin(&self, stage: Stage, total_bytes: u64) {
        if !self.shown {
            return;
        }
        let label = match stage {
            Stage::Hash => "Hashing",
            Stage::Pack => "Packing",
            Stage::Check => "Checking",
            _ => "Working",
        };
        let style = ProgressStyle::with_template("{msg:>9} [{bar:32}] {bytes} of {total_bytes} ({eta})")
            .map_or_else(
                |_| ProgressStyle::default_bar(),
                |style| style.progress_chars("=> "),
            );
        let bar = ProgressBar::new(total_bytes)
            .with_style(style)
            .with_message(label);
        self.bar.replace(Some(bar));
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
