//! A network that serves the shop's repository as it was after some number of publications.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use airlock_engine::Error;
use airlock_engine::ports::{Get, Got, Head, Media, Sink, StrongEtag, Transport};

use super::shop::{BASE_URL, Shop};

/// Bytes handed over at once: several pieces an archive, so that a cut can fall between them.
const PIECE: usize = 16 * 1024;

/// In which forms the server has what it publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Forms {
    /// As patches, single files and archives.
    All,
    /// As single files and archives: the patches got lost.
    Files,
    /// As archives: the single files got lost too.
    Archives,
}

/// Clones are the same network.
#[derive(Clone)]
pub struct FakeNetwork {
    shop: Arc<Shop>,
    state: Arc<State>,
}

struct State {
    published: AtomicUsize,
    up: AtomicBool,
    /// A number of [`Forms`].
    forms: AtomicUsize,
    requests: AtomicUsize,
    /// Pieces still to be delivered before the connection breaks; `usize::MAX` is for ever.
    pieces: AtomicUsize,
}

impl FakeNetwork {
    pub(crate) fn new(shop: Arc<Shop>, published: usize) -> Self {
        let state = State {
            published: AtomicUsize::new(published),
            up: AtomicBool::new(true),
            forms: AtomicUsize::new(Forms::All as usize),
            requests: AtomicUsize::new(0),
            pieces: AtomicUsize::new(usize::MAX),
        };
        Self {
            shop,
            state: Arc::new(state),
        }
    }

    /// A network of its own in the same condition.
    pub(crate) fn fork(&self) -> Self {
        let fork = Self::new(Arc::clone(&self.shop), self.published());
        fork.set_up(self.state.up.load(Ordering::Relaxed));
        let forms = self.state.forms.load(Ordering::Relaxed);
        fork.state.forms.store(forms, Ordering::Relaxed);
        fork
    }

    /// Releases that the server shows.
    pub fn published(&self) -> usize {
        self.state.published.load(Ordering::Relaxed)
    }

    /// Shows that many releases from now on.
    pub fn publish(&self, releases: usize) {
        self.state
            .published
            .store(releases.min(self.shop.releases().len()), Ordering::Relaxed);
    }

    /// The server has only these forms from now on; what it signed stays as it is.
    pub fn offer(&self, forms: Forms) {
        self.state.forms.store(forms as usize, Ordering::Relaxed);
    }

    fn is_lost(&self, path: &str) -> bool {
        let forms = self.state.forms.load(Ordering::Relaxed);
        path.ends_with(".dcz") && forms >= Forms::Files as usize
            || path.starts_with("files/") && forms >= Forms::Archives as usize
    }

    /// Whether the server can be reached from now on.
    pub fn set_up(&self, up: bool) {
        self.state.up.store(up, Ordering::Relaxed);
    }

    /// The connection breaks after that many pieces of 16 KiB.
    pub fn break_after(&self, pieces: usize) {
        self.state.pieces.store(pieces, Ordering::Relaxed);
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }

    fn deliver(&self) -> bool {
        let left = |pieces: usize| match pieces {
            usize::MAX => Some(usize::MAX),
            0 => None,
            more => Some(more - 1),
        };
        let (order, pieces) = (Ordering::Relaxed, &self.state.pieces);
        pieces.fetch_update(order, order, left).is_ok()
    }
}

impl Transport for FakeNetwork {
    fn get(&self, request: &Get<'_>, sink: &mut dyn Sink) -> Result<Got, Error> {
        self.state.requests.fetch_add(1, Ordering::Relaxed);
        let lost = |reason: &str| Error::Download {
            url: request.url.to_owned(),
            reason: reason.to_owned(),
        };
        if !self.state.up.load(Ordering::Relaxed) {
            return Err(lost("the network is down"));
        }
        let path = request.url.strip_prefix(BASE_URL).unwrap_or_default();
        let found = self.shop.file(path, self.published());
        let Some(body) = found.filter(|_| !self.is_lost(path)) else {
            return Ok(Got::Missing);
        };
        let etag = StrongEtag::parse(&format!("\"{}\"", path.rsplit('/').next().unwrap_or(path)));
        let from = request
            .resume
            .as_ref()
            .filter(|resume| Some(&resume.etag) == etag.as_ref());
        let offset = from.map_or(0, |resume| resume.from);
        let rest = usize::try_from(offset).ok().and_then(|offset| body.get(offset..));
        let Some(rest) = rest else {
            return Ok(Got::NotThisRange);
        };
        sink.begin(&Head {
            offset,
            total: Some(body.len() as u64),
            etag,
            media: Media::Other,
        })?;
        for piece in rest.chunks(PIECE) {
            if !self.deliver() {
                return Err(lost("the connection ended midway"));
            }
            sink.piece(piece)?;
        }
        Ok(Got::Body)
    }
}
