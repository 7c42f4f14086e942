//! A release's files one by one: those that no bundle on the device has, several at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use airlock_protocol::{Difference, FileEntry, Sha256Digest, limits, ordered};

use super::progress::Progress;
use super::routes::{Routes, missing_bytes};
use crate::error::Error;
use crate::install::{Assembly, Base, Draft, Frame};
use crate::ports::{Get, Got};
use crate::transfer::{Absence, Expects, Leg, Place, Transfer, Wanted};
use crate::workers::share;

/// What a request costs besides its body, in bytes, both ways: HTTP/2 heads are 200 to 400 bytes, HTTP/1.1 heads and
/// acknowledgements about 1 KiB.
const REQUEST_BYTES: u64 = 1024;

/// What error messages call it.
const WHAT: &str = "a single file from the repository";

/// Files of one content, fetched once.
type Wish<'c> = Vec<&'c FileEntry>;

/// One thread's connection; the first one is the caller's, and tells the app.
struct Fetcher<'p, 'e> {
    transfer: Transfer<'e>,
    progress: Option<&'p mut Progress<'e>>,
}

impl<'e> Routes<'_, 'e> {
    /// Whether the files that are nowhere on the device cost less than the archive. What they cost is a guess: they
    /// shrink as the archive does.
    pub(super) fn files_pay(&self, assembly: &Assembly<'_>, bases: &[Base<'_>]) -> bool {
        let Some(archive) = &self.release.archive else {
            return true;
        };
        let files = bases.iter().flat_map(|base| base.files());
        let here = ordered::set(files.map(|file| file.digest));
        let mut wishes = wishes(assembly);
        wishes.retain(|digest, _| !here.contains(digest));
        let total = assembly.checksum().total_size();
        estimate(&wishes, archive.length, total) < archive.length
    }

    /// Copies what any bundle has, and fetches the rest: the tree is whole.
    pub(super) fn fetch_files(&mut self, assembly: &Assembly<'_>, bases: &[Base<'_>]) -> Result<(), Error> {
        self.engine.check_space(missing_bytes(assembly))?;
        for base in bases {
            let difference = Difference::between(base.files(), assembly.checksum().files());
            base.copy_into(assembly, difference.copied())?;
        }
        let wishes = wishes(assembly);
        let (total, archive) = (assembly.checksum().total_size(), &self.release.archive);
        let length = archive.as_ref().map_or(total, |archive| archive.length);
        self.progress.begin(estimate(&wishes, length, total));
        let threads = self
            .engine
            .host
            .transport
            .parallel()
            .clamp(1, wishes.len().max(1));
        let transfer = self.repository.transfer();
        let forks = (0..threads as u64).map(|number| transfer.fork(number));
        let mut progress = Some(&mut self.progress);
        let mut fetchers: Vec<Fetcher<'_, 'e>> = forks
            .map(|transfer| Fetcher {
                transfer,
                progress: progress.take(),
            })
            .collect();
        let received = AtomicU64::new(0);
        let jobs: Vec<(Sha256Digest, Wish<'_>)> = wishes.into_iter().collect();
        let outcome = share(&mut fetchers, &jobs, |fetcher, (digest, wish)| {
            fetcher.fetch(assembly, digest, wish, &received)
        });
        let transfer = self.repository.transfer();
        fetchers
            .iter()
            .for_each(|fetcher| transfer.join(&fetcher.transfer));
        outcome
    }
}

impl Fetcher<'_, '_> {
    fn fetch(
        &mut self,
        assembly: &Assembly<'_>,
        digest: &Sha256Digest,
        wish: &[&FileEntry],
        received: &AtomicU64,
    ) -> Result<(), Error> {
        let size = wish.first().map_or(0, |file| file.size);
        if size == 0 {
            return drafts(assembly, wish)?.into_iter().try_for_each(Draft::finish);
        }
        let path = format!("files/{digest}.zst");
        let wanted = Wanted {
            place: Place::Repository(&path),
            max_bytes: limits::single_file_bytes(size),
            absence: Absence::Fails,
        };
        let progress = &mut self.progress;
        let got = self.transfer.persist(wanted, &mut |transfer, url| {
            let mut drafts = drafts(assembly, wish)?;
            let mut frame = Frame::plain(WHAT, size)?;
            let get = Get::whole(url, wanted.max_bytes);
            let got = transfer.ask(&get, Expects::Packed, &mut |piece: &[u8]| {
                let bytes = received.fetch_add(piece.len() as u64, Ordering::Relaxed) + piece.len() as u64;
                if let Some(progress) = progress {
                    progress.report(bytes);
                }
                frame.push(piece, &mut |plain| {
                    drafts.iter_mut().try_for_each(|draft| draft.write(plain))
                })
            })?;
            match got {
                Got::Body => {
                    frame.finish()?;
                    drafts.into_iter().try_for_each(Draft::finish)?;
                    Ok(Leg::Done(()))
                }
                Got::Missing => Ok(Leg::Missing),
                Got::NotThisRange => Ok(Leg::Again),
            }
        })?;
        got.ok_or_else(|| self.transfer.missing(wanted.place))
    }
}

/// Begins every file that is to have one content.
fn drafts<'a, 'c>(assembly: &'a Assembly<'c>, wish: &[&FileEntry]) -> Result<Vec<Draft<'a, 'c>>, Error> {
    let missing = wish.iter().filter_map(|file| assembly.missing_at(&file.path));
    missing.map(|file| assembly.draft(file)).collect()
}

/// What is missing, by content.
fn wishes<'c>(assembly: &Assembly<'c>) -> BTreeMap<Sha256Digest, Wish<'c>> {
    let mut wishes: BTreeMap<Sha256Digest, Wish<'c>> = BTreeMap::new();
    for file in assembly.missing() {
        wishes.entry(file.digest).or_default().push(file);
    }
    wishes
}

fn estimate(wishes: &BTreeMap<Sha256Digest, Wish<'_>>, archive: u64, total: u64) -> u64 {
    let sizes = wishes.values().filter_map(|wish| wish.first());
    let bytes: u64 = sizes.map(|file| file.size).sum();
    let shrunk = u128::from(bytes) * u128::from(archive) / u128::from(total.max(1));
    let requests = (wishes.len() as u64).saturating_mul(REQUEST_BYTES);
    u64::try_from(shrunk).unwrap_or(u64::MAX).saturating_add(requests)
}
