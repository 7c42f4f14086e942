//! The native feed: a TUF repository of plain files on any web server.

use airlock_protocol::tuf::{Anchor, Answer, Fetch, Mode, Refresh, Step, Stored, Target, Trusted};
use airlock_protocol::{json, limits};

use crate::config::Trust;
use crate::engine::Engine;
use crate::error::Error;
use crate::ports::{Get, Got, fetch_bytes};
use crate::store::{load_metadata, store_metadata};

/// Where one app's repository lies, and how many bytes came from it in this run.
pub(crate) struct Repository<'e> {
    engine: &'e Engine,
    base: String,
    received: u64,
}

/// What the repository says now, verified.
pub(crate) struct Snapshot {
    pub(crate) trusted: Trusted,
}

impl<'e> Repository<'e> {
    /// Errors: `config_invalid` without an `updateUrl`, or with another `updateProtocol`.
    pub(crate) fn open(engine: &'e Engine) -> Result<Self, Error> {
        let protocol = &engine.config.update_protocol;
        if protocol != "airlock" {
            let text = format!("this version asks no server of updateProtocol `{protocol}`; use `airlock`");
            return Err(Error::config(text));
        }
        let url = engine.config.update_url.as_deref();
        let base =
            url.ok_or_else(|| Error::config("no updateUrl is configured, so there is nothing to ask"))?;
        Ok(Self {
            engine,
            base: base.trim_end_matches('/').to_owned(),
            received: 0,
        })
    }

    /// A transport for archives named by their own URL, where no feed is configured.
    pub(crate) fn without_feed(engine: &'e Engine) -> Self {
        Self {
            engine,
            base: String::new(),
            received: 0,
        }
    }

    /// Bytes received so far.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Brings the metadata up to date (TUF 1.0 section 5) and keeps what was accepted. Asks for
    /// timestamp.json first: if it is what we have, that one small request was all (ADR 0002).
    /// Errors: `download_failed`, `response_unusable`, `metadata_invalid`, `metadata_expired`,
    /// `downgrade_refused`, `public_key_invalid`.
    pub(crate) fn refresh(&mut self) -> Result<Snapshot, Error> {
        let stored = load_metadata(self.engine.disk(), &self.engine.layout);
        let anchor = self.anchor(&stored)?;
        let channel = self.engine.config.channel.clone();
        let mut refresh = Refresh::start(
            anchor,
            stored,
            self.engine.now(),
            Mode::Quick,
            Some(channel.as_str()),
        )
        .map_err(Error::rejected("loading the metadata on this device"))?;
        while let Step::Fetch(fetch) = refresh.step() {
            let answer = self.fetch_metadata(&fetch)?;
            let kept = refresh
                .receive(answer)
                .map_err(Error::rejected("checking the repository's metadata"))?;
            store_metadata(self.engine.disk(), &self.engine.layout, &kept)?;
        }
        let trusted = refresh
            .into_trusted()
            .map_err(Error::rejected("checking the repository's metadata"))?;
        Ok(Snapshot { trusted })
    }

    /// The configured keys, or with `allowUnsigned` the first root this device meets.
    fn anchor(&mut self, stored: &Stored) -> Result<Anchor, Error> {
        match self.engine.config.trust()? {
            Trust::Keys(keys) => return Ok(Anchor::Keys(keys)),
            Trust::Peer(_) => return Err(Error::config("the peer's key signs no repository")),
            Trust::Unsigned => {}
        }
        let stored = stored.files.get("root.json");
        if let Some(root) = stored.filter(|root| json::parse(root, limits::ROOT_BYTES).is_ok()) {
            return Ok(Anchor::Root(root.clone()));
        }
        let fetch = Fetch {
            name: "1.root.json".to_owned(),
            max_bytes: limits::ROOT_BYTES,
        };
        match self.fetch_metadata(&fetch)? {
            Answer::Found(root) => Ok(Anchor::Root(root)),
            Answer::Missing => Err(self.no_repository()),
        }
    }

    fn fetch_metadata(&mut self, fetch: &Fetch) -> Result<Answer, Error> {
        let url = format!("{}/metadata/{}", self.base, fetch.name);
        let bytes = self.fetch(&url, fetch.max_bytes)?;
        let is_root = fetch.name.ends_with(".root.json");
        match bytes {
            Some(bytes) if looks_like_html(&bytes) => Err(Error::Response {
                url,
                reason: "it is a web page (a captive portal, or a wrong updateUrl)".to_owned(),
            }),
            Some(bytes) => Ok(Answer::Found(bytes)),
            None if is_root => Ok(Answer::Missing),
            None => Err(Error::Response {
                url,
                reason: "there is no such file".to_owned(),
            }),
        }
    }

    /// Fetches a small target into memory and checks length and hash.
    pub(crate) fn fetch_target(&mut self, target: &Target) -> Result<Vec<u8>, Error> {
        let url = self.target_url(target);
        let bytes = self.fetch(&url, target.length)?;
        let bytes = bytes.ok_or_else(|| missing(url))?;
        target
            .check(&bytes)
            .map_err(Error::rejected("checking a file of the release"))?;
        Ok(bytes)
    }

    pub(crate) fn target_url(&self, target: &Target) -> String {
        format!("{}/targets/{}", self.base, target.url_path())
    }

    fn fetch(&mut self, url: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, Error> {
        let bytes = fetch_bytes(self.engine.host.transport.as_ref(), &Get { url, max_bytes })?;
        self.received += bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Ok(bytes)
    }

    /// Streams a large file through `sink`.
    pub(crate) fn stream(
        &mut self,
        url: &str,
        max_bytes: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let received = &mut self.received;
        let got = self
            .engine
            .host
            .transport
            .get(&Get { url, max_bytes }, &mut |piece| {
                *received += piece.len() as u64;
                sink(piece)
            })?;
        match got {
            Got::Body => Ok(()),
            Got::Missing => Err(missing(url.to_owned())),
        }
    }

    fn no_repository(&self) -> Error {
        Error::Response {
            url: self.base.clone(),
            reason: "there is no repository here".to_owned(),
        }
    }
}

fn missing(url: String) -> Error {
    Error::Response {
        url,
        reason: "there is no such file".to_owned(),
    }
}

/// Metadata is JSON; a page that begins with `<` comes from somebody else.
fn looks_like_html(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}
