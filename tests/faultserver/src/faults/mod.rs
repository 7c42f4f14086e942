//! Every way in which the server can go wrong, by name.

mod bodies;
mod heads;
mod lengths;
mod ranges;
mod redirects;
mod statuses;
mod timing;
mod validators;

use std::io;

use crate::request::Request;
use crate::site::File;
use crate::wire::Wire;

/// One fault.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// Whether it keeps its client waiting.
    pub pace: Pace,
    how: How,
}

/// What it does.
enum How {
    /// Answers each request.
    Always(Answer),
    /// Answers requests for a range, from that byte on. Its first whole file it cuts in half, so that a range is asked
    /// for; from then on whole files are honest.
    Ranges(Lie),
}

/// The number counts the answers that were spoiled before.
type Answer = fn(&mut Wire, &Request, &File, usize) -> io::Result<After>;
type Lie = fn(&mut Wire, &File, usize) -> io::Result<()>;

/// Whether a fault takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It answers, or closes the connection, at once.
    Prompt,
    /// Only its client's patience ends it.
    Hangs,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Open,
    Close,
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Fault {
    pub(crate) fn answer(
        &self,
        wire: &mut Wire,
        request: &Request,
        file: &File,
        turn: usize,
    ) -> io::Result<After> {
        match (&self.how, request.range()) {
            (How::Always(answer), _) => answer(wire, request, file, turn),
            (How::Ranges(lie), Some(start)) => lie(wire, file, start).map(|()| After::Open),
            (How::Ranges(_), None) if turn == 0 => bodies::cut_midway(wire, file),
            (How::Ranges(_), None) => wire.honest(request, file).map(|()| After::Open),
        }
    }

    /// The fault of this name.
    pub fn named(name: &str) -> &'static Fault {
        let mut all = FAULTS.iter().flat_map(|group| group.iter());
        all.find(|fault| fault.name == name)
            .unwrap_or_else(|| panic!("no fault is called {name}"))
    }

    /// All faults.
    pub fn all() -> impl Iterator<Item = &'static Fault> {
        FAULTS.iter().flat_map(|group| group.iter())
    }
}

/// All faults, by what they spoil.
pub const FAULTS: &[&[Fault]] = &[
    ranges::FAULTS,
    validators::FAULTS,
    lengths::FAULTS,
    statuses::FAULTS,
    redirects::FAULTS,
    heads::FAULTS,
    bodies::FAULTS,
    timing::FAULTS,
];

const fn prompt(name: &'static str, answer: Answer) -> Fault {
    Fault {
        name,
        pace: Pace::Prompt,
        how: How::Always(answer),
    }
}

const fn lie(name: &'static str, lie: Lie) -> Fault {
    Fault {
        name,
        pace: Pace::Prompt,
        how: How::Ranges(lie),
    }
}

const fn hangs(name: &'static str, answer: Answer) -> Fault {
    Fault {
        name,
        pace: Pace::Hangs,
        how: How::Always(answer),
    }
}

fn header(name: &str, value: impl std::fmt::Display) -> String {
    format!("{name}: {value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_many_and_each_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Fault::all().map(|fault| fault.name).collect();
        assert_eq!(names.len(), Fault::all().count());
        assert!(names.len() >= 48, "{}", names.len());
    }
}
