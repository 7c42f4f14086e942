//! Long random lives of a phone, each from its seed; a life that breaks a promise is made as short as it can be.

mod ledger;
mod life;

use std::sync::Arc;

use crate::dice::Dice;
use crate::disk::{ERRNOS, Errno, Lie};
use crate::parallel;
use crate::promises::Broken;
use crate::report::Report;
use crate::world::Shop;

/// Something that happens to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The process starts, or starts anew.
    Launch,
    /// The page does what the pages of its release do.
    Page,
    /// An old page reports ready.
    StaleReady,
    /// The current page crashes, good or bad.
    Crash,
    /// Foreground time passes, in milliseconds.
    Elapse(u64),
    /// The app goes out of sight.
    Background,
    /// The app comes back.
    Foreground,
    /// The app syncs.
    Sync,
    /// The app only asks.
    Check,
    /// The author publishes one more release.
    Publish,
    /// Back to the embedded bundle.
    Reset,
    /// Back to the last confirmed bundle.
    ToFallback,
    /// The page asks to be loaded again.
    Reload,
    /// A release, by its place in the shop, is to be served now.
    Set(usize),
    /// It is to be served next.
    Next(usize),
    /// It is to be deleted.
    Delete(usize),
    /// Clean-up.
    Gc,
    /// The native app is replaced by its other version.
    NativeUpdate,
    /// The server goes, or comes back.
    Network(bool),
    /// The connection breaks after that many pieces.
    Break(usize),
    /// The clock is set to 1970, or ten years ahead, or right.
    Clock(Time),
    /// The disk has that many bytes left.
    Full(u64),
}

/// What a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// An empty battery.
    Epoch,
    /// A typing error.
    TenYearsAhead,
    /// The truth.
    Right,
}

/// What goes wrong while it happens. Shares are of the effects of this step, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    None,
    /// The power goes; which image is left.
    PowerCut(usize, u64),
    /// The process is killed.
    Kill(usize),
    /// A call fails: after how many others, and whether from then on.
    Error(Errno, usize, bool),
}

/// One step of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub event: Event,
    /// What goes wrong.
    pub mishap: Mishap,
}

/// Steps of one life.
const STEPS: usize = 60;

/// The life that belongs to a seed.
pub fn life_of(seed: u64) -> Vec<Step> {
    let mut dice = Dice::new(seed, 0x11fe);
    (0..STEPS)
        .map(|_| Step {
            event: event(&mut dice),
            mishap: mishap(&mut dice),
        })
        .collect()
}

fn event(dice: &mut Dice) -> Event {
    match dice.roll(44) {
        0..=7 => Event::Launch,
        8..=14 => Event::Page,
        15 => Event::StaleReady,
        16 => Event::Crash,
        17 => Event::Elapse(dice.bits() % 8_000),
        18..=19 => Event::Background,
        20 => Event::Foreground,
        21..=28 => Event::Sync,
        29 => Event::Check,
        30..=32 => Event::Publish,
        33 => Event::Reset,
        34 => Event::ToFallback,
        35 => Event::Reload,
        36 => Event::Set(dice.roll(8)),
        37 => Event::Next(dice.roll(8)),
        38 => Event::Delete(dice.roll(8)),
        39 => Event::Gc,
        40 => Event::NativeUpdate,
        41 => match dice.roll(3) {
            0 => Event::Network(false),
            1 => Event::Break(dice.roll(8)),
            _ => Event::Network(true),
        },
        42 => match dice.roll(4) {
            0 => Event::Clock(Time::Epoch),
            1 => Event::Clock(Time::TenYearsAhead),
            _ => Event::Clock(Time::Right),
        },
        _ => Event::Full(dice.bits() % 300_000),
    }
}

fn mishap(dice: &mut Dice) -> Mishap {
    match dice.roll(12) {
        0..=2 => Mishap::PowerCut(dice.roll(1_001), dice.bits()),
        3 => Mishap::Kill(dice.roll(1_001)),
        4 => {
            let errno = ERRNOS[dice.roll(ERRNOS.len())];
            let after = if dice.one_in(2) {
                dice.roll(12)
            } else {
                dice.roll(300)
            };
            Mishap::Error(errno, after, errno != Errno::Interrupted && dice.one_in(2))
        }
        _ => Mishap::None,
    }
}

/// Lives `count` lives from `seed` on. With a `lie` each phone's disk has a planted bug.
pub fn live(shop: &Arc<Shop>, count: u64, seed: u64, lie: Option<Lie>) -> Report {
    let seeds: Vec<u64> = (0..count)
        .map(|number| seed.wrapping_mul(1_000_003) ^ number)
        .collect();
    parallel::run(&seeds, |seed| {
        let mut report = Report::default();
        let steps = life_of(*seed);
        report.counts.histories += 1;
        report.counts.events += steps.len();
        if let Err(broken) = life::live(shop, *seed, lie, &steps) {
            let short = shrink(&steps, &broken, |steps| life::live(shop, *seed, lie, steps));
            report.add(
                || format!("the life of seed {seed}, made short: {short:#?}"),
                broken,
            );
        }
        report
    })
}

/// Leaves out step after step, as long as the same promise breaks.
pub fn shrink(steps: &[Step], broken: &Broken, run: impl Fn(&[Step]) -> Result<(), Broken>) -> Vec<Step> {
    let mut short = steps.to_vec();
    loop {
        let before = short.len();
        let mut place = 0;
        while place < short.len() {
            let mut shorter = short.clone();
            shorter.remove(place);
            match run(&shorter) {
                Err(same) if same.promise == broken.promise => short = shorter,
                _ => place += 1,
            }
        }
        if short.len() == before {
            return short;
        }
    }
}
