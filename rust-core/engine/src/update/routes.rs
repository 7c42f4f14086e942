//! The ways to a release's bundle, cheapest first (docs/adr/0022-routes-and-patches.md).
//!
//! A patch from a bundle that is here, else the single files that no bundle here has, else the whole archive. Each way is
//! judged by the signed metadata alone, so a way that fails, for whatever reason, says nothing of the next one, and what it
//! brought and was right stays. Only the device itself (no space, a failing disk, the app that cancels) and a server that
//! wants silence end them all.

use airlock_protocol::tuf::{PatchTarget, Release, Target};
use airlock_protocol::{Checksum, ChecksumJson, Code, Sha256Digest};

use super::archive::Archive;
use super::progress::Progress;
use crate::engine::Engine;
use crate::error::Error;
use crate::feed::Repository;
use crate::install::{Assembly, Base, apply, fill_from_archive, read_description};
use crate::machine::State;
use crate::records::{Bundle, Detour, Route};
use crate::store;
use crate::transfer::{Absence, Keep, Partial, Place, Wanted};

/// Free bytes that must remain after an update, so that the app itself can still write. Measured
/// need of the engine: two slots (128 KiB), metadata (tens of KiB) and directories.
const SPACE_RESERVE_BYTES: u64 = 1024 * 1024;

/// Where a release's archive is fetched from. It is held against the signed metadata either way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// From where the metadata is, or by whatever costs less.
    Repository,
    /// From where the app says, and with the checksum that the app gives besides.
    Mirror {
        /// The archive's address.
        url: &'a str,
        /// What it must hash to, in addition to what was signed.
        checksum: Option<Checksum>,
    },
}

/// A release that got here.
pub(super) struct Arrival {
    pub(super) bundle: Bundle,
    pub(super) route: Route,
    pub(super) detours: Vec<Detour>,
}

/// A patch that is here whole, and what it says the bundle is.
struct Patch<'e> {
    base: Base<'e>,
    partial: Partial<'e>,
    target: PatchTarget,
    description: Vec<u8>,
}

/// The ways to one release, as far as they have been tried.
pub(super) struct Routes<'r, 'e> {
    pub(super) engine: &'e Engine,
    pub(super) repository: &'r mut Repository<'e>,
    pub(super) release: &'r Release,
    pub(super) state: &'r State,
    pub(super) progress: Progress<'e>,
    failed: Vec<(Route, Error)>,
}

impl Engine {
    /// Installs a release by the cheapest route that works.
    pub(super) fn install_release<'e>(
        &'e self,
        repository: &mut Repository<'e>,
        release: &Release,
        state: &State,
        source: Source<'_>,
    ) -> Result<Arrival, Error> {
        if store::exists(self.disk(), &self.layout.bundle(&release.id)) {
            let bytes = repository.fetch_target(&release.checksum)?;
            let checksum = self.accept_checksum(&bytes, release, state)?;
            if let Some(bundle) = self.adopt(&checksum)? {
                return Ok(Arrival {
                    bundle,
                    route: Route::None,
                    detours: Vec::new(),
                });
            }
        }
        store::keep_downloads(self.disk(), &self.layout, &digests(release));
        let mut routes = Routes {
            engine: self,
            progress: Progress::new(self, self.offer(release, state)),
            failed: Vec::new(),
            repository,
            release,
            state,
        };
        let patch = match source {
            Source::Repository => routes.receive_patch()?,
            Source::Mirror { .. } => None,
        };
        let bytes = match &patch {
            Some(patch) => patch.description.clone(),
            None => routes.repository.fetch_target(&release.checksum)?,
        };
        let checksum = self.accept_checksum(&bytes, release, state)?;
        routes.install(patch, source, &checksum, &bytes)
    }

    /// Bytes to fetch for a release that is not here, by the cheapest way that can be told without its checksum.json.
    pub(super) fn bytes_to_fetch(&self, release: &Release, state: &State) -> u64 {
        let archive = release.archive.as_ref().map_or(0, |archive| archive.length);
        let whole = archive.saturating_add(release.checksum.length);
        let patch = self.patches_for(release, state).into_iter().next();
        patch.map_or(whole, |patch| patch.target.length)
    }

    /// The patches from bundles that are here, and cheaper than the archive; the cheapest first.
    fn patches_for<'r>(&self, release: &'r Release, state: &State) -> Vec<&'r PatchTarget> {
        if release.patches.is_empty() {
            return Vec::new();
        }
        let embedded = self.embedded(state).id();
        let archive = release.archive.as_ref();
        let limit = archive.map_or(u64::MAX, |archive| {
            archive.length.saturating_add(release.checksum.length)
        });
        let usable = |patch: &&PatchTarget| {
            let is_here = state.bundles.contains_key(&patch.from) || embedded == Some(patch.from);
            is_here && patch.target.length < limit
        };
        let mut patches: Vec<&PatchTarget> = release.patches.iter().filter(usable).collect();
        patches.sort_unstable_by_key(|patch| patch.target.length);
        patches
    }

    /// Whether so many bytes can be written. Errors: `no_space`, `storage_failure`.
    pub(super) fn check_space(&self, bytes: u64) -> Result<(), Error> {
        let needed = bytes.saturating_add(SPACE_RESERVE_BYTES);
        match store::free_bytes(self.disk(), self.layout.root())? >= needed {
            true => Ok(()),
            false => Err(Error::NoSpace {
                doing: "install the update",
            }),
        }
    }
}

impl<'e> Routes<'_, 'e> {
    fn install(
        mut self,
        patch: Option<Patch<'e>>,
        source: Source<'_>,
        checksum: &ChecksumJson,
        bytes: &[u8],
    ) -> Result<Arrival, Error> {
        let staged = self.engine.empty_staging(&checksum.id().to_string())?;
        let route = Assembly::begin(self.engine.disk(), &staged, checksum, &self.engine.stages).and_then(
            |assembly| {
                let route = self.fill(&assembly, patch, source, bytes)?;
                assembly.complete(bytes)?;
                Ok(route)
            },
        );
        let route = route.inspect_err(|_| {
            let _best_effort = store::remove_tree(self.engine.disk(), &staged);
        })?;
        let bundle = self.engine.move_into_place(&staged, checksum)?;
        let detours = self.failed.iter().map(|(route, error)| Detour {
            route: *route,
            code: error.code(),
            message: error.to_string(),
        });
        Ok(Arrival {
            bundle,
            route,
            detours: detours.collect(),
        })
    }

    /// Brings every file of the tree.
    fn fill(
        &mut self,
        assembly: &Assembly<'_>,
        patch: Option<Patch<'e>>,
        source: Source<'_>,
        bytes: &[u8],
    ) -> Result<Route, Error> {
        if let Some(patch) = patch {
            match self.apply(patch, assembly) {
                Ok(()) => return Ok(Route::Patch),
                Err(error) => self.detour(Route::Patch, error)?,
            }
        }
        if matches!(source, Source::Repository) && self.release.has_single_files {
            let bases = self.bases();
            if self.files_pay(assembly, &bases) {
                match self.fetch_files(assembly, &bases) {
                    Ok(()) => return Ok(Route::Files),
                    Err(error) => self.detour(Route::Files, error)?,
                }
            }
        }
        let Some(target) = &self.release.archive else {
            return Err(self.without_archive());
        };
        self.receive_archive(target, source, assembly, bytes)?;
        Ok(Route::Archive)
    }

    /// Notes why a way failed; gives back what would end every other way too.
    fn detour(&mut self, route: Route, error: Error) -> Result<(), Error> {
        match error {
            Error::Rejected { .. }
            | Error::Bundle { .. }
            | Error::Download { .. }
            | Error::Handshake { .. }
            | Error::Response { .. }
            | Error::Busy { .. } => {
                self.failed.push((route, error));
                Ok(())
            }
            _ => Err(error),
        }
    }

    fn without_archive(&mut self) -> Error {
        let text = format!(
            "release {} has no archive; publish it again",
            self.release.version
        );
        let failed = self.failed.pop();
        failed.map_or_else(|| Error::bundle(Code::MetadataInvalid, text), |(_, error)| error)
    }

    /// Fetches the cheapest patch whose base can be read. `None` when there is none that works.
    fn receive_patch(&mut self) -> Result<Option<Patch<'e>>, Error> {
        let patches = self.engine.patches_for(self.release, self.state);
        let mut readable = patches
            .into_iter()
            .filter_map(|patch| Some((self.base(patch)?, patch.clone())));
        let Some((base, target)) = readable.next() else {
            return Ok(None);
        };
        drop(readable);
        match self.try_patch(base, target) {
            Ok(patch) => Ok(Some(patch)),
            Err(error) => self.detour(Route::Patch, error).map(|()| None),
        }
    }

    fn base(&self, patch: &PatchTarget) -> Option<Base<'e>> {
        let engine = self.engine;
        let installed = self.state.bundles.contains_key(&patch.from);
        let installed = installed
            .then(|| Base::in_directory(engine.disk(), &engine.layout.bundle(&patch.from), &patch.from))
            .flatten();
        installed.or_else(|| engine.host.embedded.base(engine.disk(), &patch.from))
    }

    /// Every bundle on the device that can be copied from.
    fn bases(&self) -> Vec<Base<'e>> {
        let (engine, disk) = (self.engine, self.engine.disk());
        let installed = self.state.bundles.keys();
        let installed = installed.filter_map(|id| Base::in_directory(disk, &engine.layout.bundle(id), id));
        let embedded = engine.embedded(self.state).id();
        let embedded = embedded.and_then(|id| engine.host.embedded.base(disk, &id));
        installed.chain(embedded).collect()
    }

    fn try_patch(&mut self, base: Base<'e>, patch: PatchTarget) -> Result<Patch<'e>, Error> {
        let target = &patch.target;
        let mut partial = self.partial(target, None)?;
        self.engine
            .check_space(target.length.saturating_sub(partial.have()))?;
        let path = Repository::target_path(target);
        let wanted = Wanted {
            place: Place::Repository(&path),
            max_bytes: target.length,
            absence: Absence::Fails,
        };
        self.progress.begin(target.length);
        let (transfer, progress) = (self.repository.transfer(), &mut self.progress);
        if !partial.fetch(transfer, wanted, &mut |bytes| progress.report(bytes))? {
            return Err(transfer.missing(wanted.place));
        }
        let checksum = &self.release.checksum;
        let description = read_description(partial.file(), patch.description_bytes, &base, checksum.length)?;
        checksum
            .check(&description)
            .map_err(Error::rejected("checking the checksum.json in a patch"))?;
        Ok(Patch {
            base,
            partial,
            target: patch,
            description,
        })
    }

    fn apply(&mut self, mut patch: Patch<'_>, assembly: &Assembly<'_>) -> Result<(), Error> {
        self.engine.check_space(missing_bytes(assembly))?;
        let part = patch.target.description_bytes..patch.target.target.length;
        apply(patch.partial.file(), part, &patch.base, assembly)
    }

    fn receive_archive(
        &mut self,
        target: &Target,
        source: Source<'_>,
        assembly: &Assembly<'_>,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let (url, asked) = match source {
            Source::Repository => (None, None),
            Source::Mirror { url, checksum } => (Some(url), checksum),
        };
        let partial = self.partial(target, asked)?;
        let to_fetch = target.length.saturating_sub(partial.have());
        self.engine
            .check_space(to_fetch.saturating_add(missing_bytes(assembly)))?;
        let path = Repository::target_path(target);
        let place = url.map_or(Place::Repository(&path), Place::Url);
        self.progress.begin(target.length);
        let (transfer, progress) = (self.repository.transfer(), &mut self.progress);
        let mut archive = Archive::receive(partial, transfer, (place, target.length), &mut |bytes| {
            progress.report(bytes);
        })?;
        fill_from_archive(archive.file(), bytes, assembly)
    }

    fn partial(&self, target: &Target, asked: Option<Checksum>) -> Result<Partial<'e>, Error> {
        let checksums = std::iter::once(Checksum::Sha256(target.digest)).chain(asked);
        let (keep, length) = (Keep::ForTheNextRun, Some(target.length));
        Partial::open(self.engine, &target.digest, keep, checksums.collect(), length)
    }
}

pub(super) fn missing_bytes(assembly: &Assembly<'_>) -> u64 {
    assembly.missing().iter().map(|file| file.size).sum()
}

/// What may lie in the store midway: any way to this release.
fn digests(release: &Release) -> Vec<Sha256Digest> {
    let patches = release.patches.iter().map(|patch| patch.target.digest);
    let archive = release.archive.iter().map(|archive| archive.digest);
    patches.chain(archive).collect()
}
