//! Check and sync: from the feed to a verified bundle that is next.

mod archive;
mod download;
mod postpone;
mod progress;
mod routes;
mod single_files;
mod stage;
mod web_root;

use std::sync::atomic::Ordering;

use airlock_protocol::tuf::Release;

use crate::config::AutoUpdate;
use crate::device_id::Kept;
use crate::engine::Engine;
use crate::error::Error;
use crate::feed::{self, Repository, Selection, Snapshot, select};
use crate::machine::{Event, State};
use crate::records::{Check, Detour, Offer, Route, Sync};
use crate::session::Session;
use crate::store::{self, Downloads, Loaded, Lock, Wait};
pub(crate) use postpone::Urgency;
pub(crate) use web_root::WebFile;

impl Engine {
    /// Asks the feed whether there is something newer. Changes nothing but the stored metadata.
    /// Errors: `download_failed`, `response_unusable`, `metadata_invalid`, `metadata_expired`,
    /// `downgrade_refused`, `config_invalid`, `public_key_invalid`, `storage_failure`, `locked`.
    pub fn check(&self) -> Result<Check, Error> {
        let outcome = self.sync_lock().and_then(|_sync| {
            self.note_check();
            feed::of(&self.config)?.check(self)
        });
        self.tell_statistics(&outcome);
        outcome
    }

    pub(crate) fn check_repository(&self) -> Result<Check, Error> {
        let mut repository = Repository::open(self)?;
        let snapshot = repository.refresh()?;
        let state = self.device_state()?;
        Ok(match self.select(self.releases(&snapshot)?, &state)? {
            Selection::UpToDate | Selection::SameTree(_) => Check::UpToDate {
                bundle: self.served(&state, state.current()),
            },
            Selection::Newer(release) => Check::Available {
                bundle: self.offer(&release, &state),
            },
            Selection::Blocked(release, code, message) => Check::Blocked {
                bundle: self.offer(&release, &state),
                code,
                message,
            },
        })
    }

    /// Checks, downloads, verifies and makes the newest release the next bundle. The running bundle
    /// is untouched whatever happens. Errors: as for [`Engine::check`], and `checksum_mismatch`,
    /// `archive_unsafe`, `path_unsafe`, `signature_invalid`, `incompatible_app` and its kin,
    /// `bundle_expired`, `no_space`. With `wifiOnly` a release that would have to be fetched may be postponed.
    pub fn sync(&self) -> Result<Sync, Error> {
        let mut version = String::new();
        let outcome = self.sync_inner(&mut version);
        self.note_outcome(&version, &outcome);
        self.tell_statistics(&outcome);
        outcome
    }

    /// What a killed run left goes first, so that it can never be what fills the disk, but for one download that
    /// this run may go on with; trees that no state names go last, because this run may have taken them over.
    fn sync_inner(&self, version: &mut String) -> Result<Sync, Error> {
        let _sync = self.sync_lock()?;
        self.note_check();
        store::collect(self.disk(), &self.layout, Downloads::Stay, None);
        let outcome = feed::of(&self.config).and_then(|feed| feed.sync(self, version));
        if matches!(outcome, Ok(_) | Err(Error::NoSpace { .. }))
            && let Loaded::State(state) = self.slots.load(self.disk())
        {
            store::collect(self.disk(), &self.layout, Downloads::Go, Some(&state));
        }
        outcome
    }

    /// A release that is signed and yet unusable here must not hide an older good one (B6): it is left
    /// out and the choice is made again. What was wrong with the first is the answer if none is left.
    pub(crate) fn sync_repository(&self, version: &mut String) -> Result<Sync, Error> {
        let mut repository = Repository::open(self)?;
        let snapshot = repository.refresh()?;
        let state = self.device_state()?;
        let mut releases = self.releases(&snapshot)?;
        let mut refused = None;
        loop {
            let release = match (self.select(releases.clone(), &state)?, refused) {
                (Selection::Newer(release), earlier) => {
                    refused = earlier;
                    release
                }
                (_, Some(error)) => return Err(error),
                (selection, None) => return self.without_update(selection, &repository, &state),
            };
            version.clone_from(&release.version);
            match self.stage(&mut repository, &release, &state) {
                Err(error) if error.blames_release() => {
                    releases.retain(|other| other.sequence != release.sequence);
                    refused = refused.or(Some(error));
                }
                outcome => return outcome,
            }
        }
    }

    fn without_update(
        &self,
        selection: Selection,
        repository: &Repository<'_>,
        state: &State,
    ) -> Result<Sync, Error> {
        let bytes_downloaded = repository.received();
        let route = Route::None;
        match selection {
            Selection::Blocked(release, code, message) => {
                let bundle = self.offer(&release, state);
                Ok(Sync::Blocked {
                    bundle,
                    bytes_downloaded,
                    route,
                    code,
                    message,
                })
            }
            Selection::SameTree(release) => {
                self.renumber(&release)?;
                Session::open(self)?.apply(Event::Newest(release.sequence))?;
                let state = self.peek()?;
                let bundle = self.served(&state, state.current());
                Ok(Sync::UpToDate {
                    bundle,
                    bytes_downloaded,
                    route,
                })
            }
            Selection::UpToDate | Selection::Newer(_) => {
                let bundle = self.served(state, state.current());
                Ok(Sync::UpToDate {
                    bundle,
                    bytes_downloaded,
                    route,
                })
            }
        }
    }

    /// The right to change what lies in the store. What a killed run made, moved and did not flush becomes durable
    /// now, because from here on it is taken for durable: a tree to adopt, metadata that is up to date.
    pub(crate) fn sync_lock(&self) -> Result<Lock, Error> {
        // Before anything is touched: the store may belong to another app.
        self.peek()?;
        store::create_dir(self.disk(), self.layout.root())?;
        let lock = Lock::take(self.disk(), &self.layout.sync_lock(), Wait::No)?;
        store::flush_names(self.disk(), &self.layout)?;
        self.cancelled.store(false, Ordering::SeqCst);
        Ok(lock)
    }

    /// The state with a device id, which staged rollouts need; written if this is the first call, and kept where it
    /// outlives the state.
    pub(crate) fn device_state(&self) -> Result<State, Error> {
        let kept = self.kept_id();
        let mut session = Session::open(self)?;
        session.apply(Event::FirstSeen(self.host.native_version.clone()))?;
        if let Kept::Id(id) = &kept {
            session.apply(Event::Recognised(id.clone()))?;
        }
        let state = session.state().clone();
        drop(session);
        if let Kept::Nothing = kept {
            self.keep_id(&state.device_id);
        }
        Ok(state)
    }

    pub(super) fn releases(&self, snapshot: &Snapshot) -> Result<Vec<Release>, Error> {
        let releases = snapshot.trusted.releases(&snapshot.channel);
        releases.map_err(Error::rejected("reading the channel's releases"))
    }

    fn select(&self, releases: Vec<Release>, state: &State) -> Result<Selection, Error> {
        Ok(select(
            releases,
            state,
            &self.embedded(state),
            &self.device(state)?,
        )?)
    }

    /// Makes an installed bundle the next one, unless the app decides that itself.
    pub(crate) fn staged(
        &self,
        id: &str,
        bytes_downloaded: u64,
        route: Route,
        detours: Vec<Detour>,
    ) -> Result<Sync, Error> {
        if self.config.auto_update == AutoUpdate::OnlyDownload {
            let state = self.peek()?;
            let bundle = self.bundle(&state, id.parse().ok());
            self.tell_available(&bundle);
            return Ok(Sync::Downloaded {
                bundle,
                bytes_downloaded,
                route,
                detours,
            });
        }
        let bundle = self.next(id)?;
        self.tell_available(&bundle);
        Ok(Sync::Staged {
            bundle,
            bytes_downloaded,
            route,
            detours,
        })
    }

    pub(super) fn offer(&self, release: &Release, state: &State) -> Offer {
        let here = state.bundles.contains_key(&release.id);
        Offer {
            id: release.id.to_string(),
            version: release.version.clone(),
            sequence: release.sequence.get(),
            download_bytes: if here {
                0
            } else {
                self.bytes_to_fetch(release, state)
            },
            mandatory: release.mandatory,
            notes: release.notes.clone(),
        }
    }
}
