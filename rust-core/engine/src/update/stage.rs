//! From a signed release to a tree in the store.

use std::path::{Path, PathBuf};

use airlock_protocol::tuf::Release;
use airlock_protocol::{ChecksumJson, Code};

use super::postpone::Urgency;
use super::routes::Source;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event as AppEvent;
use crate::feed::Repository;
use crate::install::{Depth, Stage, verify_tree};
use crate::machine::{Event, Installed, State};
use crate::records::{Bundle, Route, Sync};
use crate::session::Session;
use crate::store;

impl Engine {
    pub(super) fn stage<'e>(
        &'e self,
        repository: &mut Repository<'e>,
        release: &Release,
        state: &State,
    ) -> Result<Sync, Error> {
        let (route, detours) = match self.is_here(release, state) {
            true => {
                self.renumber(release)?;
                (Route::None, Vec::new())
            }
            false => {
                let urgency = match release.mandatory {
                    true => Urgency::Mandatory,
                    false => Urgency::Usual,
                };
                if let Some(reason) = self.postponement(urgency) {
                    return Ok(Sync::Postponed {
                        bundle: self.offer(release, state),
                        bytes_downloaded: repository.received(),
                        route: Route::None,
                        reason,
                    });
                }
                let arrival = self.install_release(repository, release, state, Source::Repository)?;
                (arrival.route, arrival.detours)
            }
        };
        let bytes_downloaded = repository.received();
        self.staged(&release.id.to_string(), bytes_downloaded, route, detours)
    }

    pub(super) fn tell_available(&self, bundle: &Bundle) {
        self.emit(&AppEvent::UpdateAvailable {
            bundle: bundle.clone(),
        });
    }

    /// Whether the release's tree is installed and whole.
    fn is_here(&self, release: &Release, state: &State) -> bool {
        state.bundles.contains_key(&release.id)
            && verify_tree(
                self.disk(),
                &self.layout.bundle(&release.id),
                Some(&release.id),
                Depth::Bytes,
            )
            .is_ok()
    }

    pub(super) fn renumber(&self, release: &Release) -> Result<(), Error> {
        let mut session = Session::open(self)?;
        if session.state().bundles.contains_key(&release.id) {
            session.apply(Event::Renumbered(
                release.id,
                release.sequence,
                release.version.clone(),
            ))?;
        }
        Ok(())
    }

    /// Holds the signed description against the release and this device.
    pub(super) fn accept_checksum(
        &self,
        bytes: &[u8],
        release: &Release,
        state: &State,
    ) -> Result<ChecksumJson, Error> {
        let checksum =
            ChecksumJson::parse(bytes).map_err(Error::rejected("reading the release's checksum.json"))?;
        if checksum.id() != release.id || checksum.sequence() != release.sequence {
            let text = "the release's checksum.json describes another release than the channel's metadata";
            return Err(Error::bundle(Code::MetadataInvalid, text));
        }
        let device = self.device(state)?;
        checksum
            .check_device(&device)
            .map_err(Error::rejected("checking whom the release is for"))?;
        Ok(checksum)
    }

    /// A tree that is on the disk and whole, but that no state names (the process died between the
    /// rename and the write), is taken over instead of fetched again; a damaged one is discarded.
    pub(super) fn adopt(&self, checksum: &ChecksumJson) -> Result<Option<Bundle>, Error> {
        let directory = self.layout.bundle(&checksum.id());
        if !store::exists(self.disk(), &directory) {
            return Ok(None);
        }
        match verify_tree(self.disk(), &directory, Some(&checksum.id()), Depth::Bytes) {
            Ok(_) => {
                let session = Session::open(self)?;
                // Whoever removes a tree holds the lock that is held here.
                match store::exists(self.disk(), &directory) {
                    true => self.register(session, checksum).map(Some),
                    false => Ok(None),
                }
            }
            Err(error) if error.is_damage() => {
                store::discard(self.disk(), &self.layout, &directory);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn empty_staging(&self, name: &str) -> Result<PathBuf, Error> {
        store::create_passing_dir(self.disk(), &self.layout.staging())?;
        let staged = self.layout.staged(name);
        store::remove_tree(self.disk(), &staged)
            .map_err(|source| Error::storage("clear the staging directory", source))?;
        store::create_passing_dir(self.disk(), &staged)?;
        Ok(staged)
    }

    /// Data first, then the name, then the state: after a cut at any instruction either the old
    /// state holds, or the new one with all its bytes. Name and state under one lock: a launch that has
    /// just found the tree's predecessor damaged must not remove the new one in between.
    pub(super) fn move_into_place(&self, staged: &Path, checksum: &ChecksumJson) -> Result<Bundle, Error> {
        let stages = &self.stages;
        stages.time(Stage::Barrier, || store::barrier(self.disk(), staged))?;
        store::create_own_dir(self.disk(), &self.layout.bundles())?;
        let session = Session::open(self)?;
        let target = self.layout.bundle(&checksum.id());
        if store::exists(self.disk(), &target) {
            store::discard(self.disk(), &self.layout, &target);
        }
        store::rename(self.disk(), staged, &target)?;
        if !store::is_own_dir(self.disk(), &target) {
            store::discard(self.disk(), &self.layout, &target);
            let replaced = std::io::ErrorKind::NotADirectory.into();
            return Err(Error::storage("move a tree into place", replaced));
        }
        self.register(session, checksum)
    }

    fn register(&self, mut session: Session<'_>, checksum: &ChecksumJson) -> Result<Bundle, Error> {
        let installed = Installed {
            version: checksum.version().to_owned(),
            sequence: checksum.sequence(),
            installed_at: self.now().get(),
            native: checksum.native().get(&self.host.platform).cloned(),
        };
        session.apply(Event::Installed(checksum.id(), installed))?;
        let bundle = self.bundle(session.state(), Some(checksum.id()));
        drop(session);
        self.emit(&AppEvent::DownloadComplete {
            bundle: bundle.clone(),
        });
        Ok(bundle)
    }
}
