//! From a signed release to a tree in the store.

use std::path::{Path, PathBuf};

use airlock_protocol::tuf::Release;
use airlock_protocol::{Checksum, ChecksumJson, Code};

use super::archive::{Archive, Progress};
use crate::config::AutoUpdate;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Event as AppEvent;
use crate::feed::Repository;
use crate::install::{Contents, Depth, unpack, verify_tree};
use crate::machine::{Event, Installed, State};
use crate::records::{Bundle, Route, Sync};
use crate::session::Session;
use crate::store;
use crate::transfer::{Keep, Partial, Place};

/// Free bytes that must remain after an update, so that the app itself can still write. Measured
/// need of the engine: two slots (128 KiB), metadata (tens of KiB) and directories.
const SPACE_RESERVE_BYTES: u64 = 1024 * 1024;

/// Where a release's archive is fetched from. It is held against the signed metadata either way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// From where the metadata is.
    Repository,
    /// From where the app says, and with the checksum that the app gives besides.
    Mirror {
        /// The archive's address.
        url: &'a str,
        /// What it must hash to, in addition to what was signed.
        checksum: Option<Checksum>,
    },
}

impl Engine {
    pub(super) fn stage(
        &self,
        repository: &mut Repository<'_>,
        release: &Release,
        state: &State,
    ) -> Result<Sync, Error> {
        let route = match self.is_here(release, state) {
            true => {
                self.renumber(release)?;
                Route::None
            }
            false => {
                self.install_release(repository, release, state, Source::Repository)?
                    .1
            }
        };
        let bytes_downloaded = repository.received();
        if self.config.auto_update == AutoUpdate::OnlyDownload {
            let bundle = self.bundle(&self.peek()?, Some(release.id));
            self.tell_available(&bundle);
            return Ok(Sync::Downloaded {
                bundle,
                bytes_downloaded,
                route,
            });
        }
        let bundle = self.next(&release.id.to_string())?;
        self.tell_available(&bundle);
        Ok(Sync::Staged {
            bundle,
            bytes_downloaded,
            route,
        })
    }

    fn tell_available(&self, bundle: &Bundle) {
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

    /// Installs a release by the cheapest route that works.
    pub(super) fn install_release(
        &self,
        repository: &mut Repository<'_>,
        release: &Release,
        state: &State,
        source: Source<'_>,
    ) -> Result<(Bundle, Route), Error> {
        let bytes = repository.fetch_target(&release.checksum)?;
        let checksum = self.accept_checksum(&bytes, release, state)?;
        if let Some(adopted) = self.adopt(&checksum)? {
            return Ok((adopted, Route::None));
        }
        let target = release.archive.as_ref().ok_or_else(|| {
            let text = format!("release {} has no archive; publish it again", release.version);
            Error::bundle(Code::MetadataInvalid, text)
        })?;
        let (url, asked) = match source {
            Source::Repository => (None, None),
            Source::Mirror { url, checksum } => (Some(url), checksum),
        };
        let checksums: Vec<Checksum> = std::iter::once(Checksum::Sha256(target.digest))
            .chain(asked)
            .collect();
        let keep = Keep::ForTheNextRun;
        let partial = Partial::open(self, &target.digest, keep, checksums, Some(target.length))?;
        self.check_space(target.length.saturating_sub(partial.have()), &checksum)?;
        let offer = self.offer(release, state);
        let mut progress = Progress::new(self, offer, target.length);
        let path = Repository::target_path(target);
        let place = url.map_or(Place::Repository(&path), Place::Url);
        let transfer = repository.transfer();
        let archive = Archive::receive(partial, transfer, (place, target.length), &mut |bytes| {
            progress.report(bytes);
        })?;
        let bundle = self.install(archive, &checksum, &bytes)?;
        Ok((bundle, Route::Archive))
    }

    /// Holds the signed description against the release and this device.
    fn accept_checksum(&self, bytes: &[u8], release: &Release, state: &State) -> Result<ChecksumJson, Error> {
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

    fn check_space(&self, to_fetch: u64, checksum: &ChecksumJson) -> Result<(), Error> {
        let needed = to_fetch
            .saturating_add(checksum.total_size())
            .saturating_add(SPACE_RESERVE_BYTES);
        match store::free_bytes(self.disk(), self.layout.root())? >= needed {
            true => Ok(()),
            false => Err(Error::NoSpace {
                doing: "install the update",
            }),
        }
    }

    fn install(
        &self,
        mut archive: Archive<'_>,
        checksum: &ChecksumJson,
        bytes: &[u8],
    ) -> Result<Bundle, Error> {
        let staged = self.empty_staging(&checksum.id().to_string())?;
        let contents = Contents::Described(checksum, bytes);
        unpack(self.disk(), archive.file(), contents, &staged)?.write_checksum(bytes)?;
        self.move_into_place(&staged, checksum)
    }

    pub(super) fn empty_staging(&self, name: &str) -> Result<PathBuf, Error> {
        store::create_own_dir(self.disk(), &self.layout.staging())?;
        let staged = self.layout.staged(name);
        store::remove_tree(self.disk(), &staged)
            .map_err(|source| Error::storage("clear the staging directory", source))?;
        store::create_own_dir(self.disk(), &staged)?;
        Ok(staged)
    }

    /// Data first, then the name, then the state: after a cut at any instruction either the old
    /// state holds, or the new one with all its bytes. Name and state under one lock: a launch that has
    /// just found the tree's predecessor damaged must not remove the new one in between.
    pub(super) fn move_into_place(&self, staged: &Path, checksum: &ChecksumJson) -> Result<Bundle, Error> {
        store::barrier(self.disk(), staged)?;
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
