//! The native feed: a TUF repository of plain files on any web server.

use airlock_protocol::tuf::{Anchor, Answer, Fetch, Mode, Refresh, Step, StoreOp, Stored, Target, Trusted};
use airlock_protocol::{ChannelName, json, limits};

use super::Feed;
use crate::config::Trust;
use crate::engine::Engine;
use crate::error::Error;
use crate::records::{Check, Sync};
use crate::store::{load_metadata, store_metadata};
use crate::transfer::{Absence, Place, Transfer, Wanted};

/// The feed. Its releases are numbered and signed, so the choice among them is made here ([`super::select`]).
pub(crate) struct Native;

impl Feed for Native {
    fn check(&self, engine: &Engine) -> Result<Check, Error> {
        engine.check_repository()
    }

    fn sync(&self, engine: &Engine, version: &mut String) -> Result<Sync, Error> {
        engine.sync_repository(version)
    }
}

/// One app's repository, on however many servers, and what is asked of them in this run.
pub(crate) struct Repository<'e> {
    engine: &'e Engine,
    transfer: Transfer<'e>,
}

/// What the repository says now, verified.
pub(crate) struct Snapshot {
    pub(crate) trusted: Trusted,
    /// The line of releases that the device follows.
    pub(crate) channel: ChannelName,
}

impl<'e> Repository<'e> {
    /// Errors: `config_invalid` without an `updateUrl`, or with another `updateProtocol`.
    pub(crate) fn open(engine: &'e Engine) -> Result<Self, Error> {
        let protocol = &engine.config.update_protocol;
        if protocol != "airlock" {
            let text = format!(
                "with updateProtocol `{protocol}` there are no signed releases to hold a download() against; call sync(), \
                 or use `airlock`"
            );
            return Err(Error::config(text));
        }
        let bases = engine.config.bases();
        if bases.is_empty() {
            return Err(Error::config(
                "no updateUrl is configured, so there is nothing to ask",
            ));
        }
        let transfer = Transfer::open(engine, bases)?;
        Ok(Self { engine, transfer })
    }

    /// Bytes received so far.
    pub(crate) fn received(&self) -> u64 {
        self.transfer.received()
    }

    /// For what is fetched besides the metadata.
    pub(crate) fn transfer(&mut self) -> &mut Transfer<'e> {
        &mut self.transfer
    }

    /// Brings the metadata up to date (TUF 1.0 section 5) and keeps what was accepted. Asks for
    /// timestamp.json first: if it is what we have, that one small request was all (ADR 0002).
    /// Errors: `download_failed`, `response_unusable`, `metadata_invalid`, `metadata_expired`,
    /// `downgrade_refused`, `public_key_invalid`.
    pub(crate) fn refresh(&mut self) -> Result<Snapshot, Error> {
        let channel = self.engine.followed_channel(&self.engine.peek()?);
        let trusted = self.refresh_with(Some(&channel))?;
        Ok(Snapshot { trusted, channel })
    }

    /// The channels that there are, by the top of the metadata alone. Errors: as for [`Self::refresh`].
    pub(crate) fn channels(&mut self) -> Result<Vec<ChannelName>, Error> {
        Ok(self.refresh_with(None)?.channels())
    }

    fn refresh_with(&mut self, channel: Option<&ChannelName>) -> Result<Trusted, Error> {
        let stored = load_metadata(self.engine.disk(), &self.engine.layout);
        let anchor = self.anchor(&stored)?;
        let mut refresh = Refresh::start(
            anchor,
            stored,
            self.engine.now(),
            Mode::Quick,
            channel.map(ChannelName::as_str),
        )
        .map_err(Error::rejected("loading the metadata on this device"))?;
        let mut accepted = Vec::new();
        let outcome = self.receive_all(&mut refresh, &mut accepted);
        // What was accepted stays accepted, whatever came behind it: nobody may go back to before it.
        store_metadata(self.engine.disk(), &self.engine.layout, &accepted)?;
        outcome?;
        refresh
            .into_trusted()
            .map_err(Error::rejected("checking the repository's metadata"))
    }

    /// Fetches until there is nothing more to fetch. Nothing of it is told, or used, before it is durable.
    fn receive_all(&mut self, refresh: &mut Refresh, accepted: &mut Vec<StoreOp>) -> Result<(), Error> {
        while let Step::Fetch(fetch) = refresh.step() {
            let answer = self.fetch_metadata(&fetch)?;
            let kept = refresh.receive(answer);
            accepted.extend(kept.map_err(Error::rejected("checking the repository's metadata"))?);
        }
        Ok(())
    }

    /// The configured keys, or with `allowUnsigned` the first root this device meets.
    fn anchor(&mut self, stored: &Stored) -> Result<Anchor, Error> {
        match self.engine.config.trust()? {
            Trust::Keys(keys) => return Ok(Anchor::Keys(keys)),
            Trust::Peer(_) | Trust::Document(_) => {
                return Err(Error::config("this kind of key signs no repository"));
            }
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
            Answer::Missing => Err(self.transfer.missing(Place::Repository("metadata/1.root.json"))),
        }
    }

    fn fetch_metadata(&mut self, fetch: &Fetch) -> Result<Answer, Error> {
        let path = format!("metadata/{}", fetch.name);
        let is_root = fetch.name.ends_with(".root.json");
        let wanted = Wanted {
            place: Place::Repository(&path),
            max_bytes: fetch.max_bytes,
            absence: match is_root {
                true => Absence::Answers,
                false => Absence::Fails,
            },
        };
        match self.transfer.document(wanted, &mut |_| Ok(()))? {
            Some(bytes) => Ok(Answer::Found(bytes)),
            None if is_root => Ok(Answer::Missing),
            None => Err(self.transfer.missing(wanted.place)),
        }
    }

    /// Fetches a small target into memory and checks length and hash.
    pub(crate) fn fetch_target(&mut self, target: &Target) -> Result<Vec<u8>, Error> {
        let path = Self::target_path(target);
        let wanted = Wanted {
            place: Place::Repository(&path),
            max_bytes: target.length,
            absence: Absence::Fails,
        };
        let bytes = self.transfer.document(wanted, &mut |bytes| {
            target
                .check(bytes)
                .map_err(Error::rejected("checking a file of the release"))
        })?;
        bytes.ok_or_else(|| self.transfer.missing(wanted.place))
    }

    /// Where a target lies below the repository.
    pub(crate) fn target_path(target: &Target) -> String {
        format!("targets/{}", target.url_path())
    }
}
