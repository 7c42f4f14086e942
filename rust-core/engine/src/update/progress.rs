//! How far a download is, for the app.

use crate::engine::Engine;
use crate::events::Event;
use crate::records::Offer;

/// At most one event for each percent, and never one that goes back: a way that fails and the next one count as one
/// download.
pub(super) struct Progress<'e> {
    engine: &'e Engine,
    offer: Offer,
    total: u64,
    /// What the app heard last.
    last: Option<(u8, u64)>,
}

impl<'e> Progress<'e> {
    pub(super) fn new(engine: &'e Engine, offer: Offer) -> Self {
        Self {
            engine,
            offer,
            total: 1,
            last: None,
        }
    }

    /// A way begins on which so many bytes are to come.
    pub(super) fn begin(&mut self, total: u64) {
        self.total = total.max(1);
        self.report(0);
    }

    /// So many of them are here.
    pub(super) fn report(&mut self, bytes: u64) {
        let percent = u8::try_from((bytes.saturating_mul(100) / self.total).min(100)).unwrap_or(100);
        if self.last.is_some_and(|(last, _)| last >= percent) {
            return;
        }
        let bytes = self.last.map_or(bytes, |(_, last)| last.max(bytes));
        self.last = Some((percent, bytes));
        self.engine.emit(&Event::Download {
            bundle: self.offer.clone(),
            percent,
            bytes,
        });
    }
}
