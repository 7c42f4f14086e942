//! What makes a release cheap for devices that have something already: patches, and its files one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use airlock_protocol::{
    BundleId, ChannelName, ChecksumJson, Difference, FileEntry, Sequence, Sha256Digest, file_list, limits,
};
use serde_json::json;
use tough::schema::Targets;
use zip::ZipArchive;

use super::release::{self, ARCHIVE_FILE};
use super::{Repository, publish};
use crate::compress;
use crate::embedded::EmbeddedBundle;
use crate::error::{Error, Result};
use crate::files::{self, Audience};
use crate::pack::Bundle;
use crate::parallel;
use crate::progress::{Progress, Stage};

/// Releases whose patches stay in the metadata. Every device downloads the channel's metadata, and a patch takes about
/// 300 bytes of it; what is older can still be had as files and as an archive.
const PATCHED_RELEASES: usize = 2;

/// A patch must save at least this share of the archive, in percent, to be worth its place in the metadata.
const LEAST_SAVING: u64 = 10;

/// Which bundles a release gets patches from.
#[derive(Debug, Clone)]
pub struct PatchBases {
    /// So many of the channel's latest releases; default 5.
    pub releases: usize,
    /// What store builds embed.
    pub embedded: Vec<EmbeddedBundle>,
}

impl Default for PatchBases {
    fn default() -> Self {
        Self {
            releases: 5,
            embedded: Vec::new(),
        }
    }
}

/// Whether each file of a release lies in the repository by itself too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SingleFiles {
    /// It does.
    #[default]
    Written,
    /// It does not: for hosts where thousands of small objects are a burden.
    LeftOut,
}

/// What became of one patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchReport {
    /// The version of the base.
    pub from: String,
    /// The base.
    pub id: BundleId,
    /// Whether it was made.
    pub outcome: PatchOutcome,
}

/// Whether a patch was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchOutcome {
    /// It has so many bytes.
    Made(u64),
    /// It would have had so many bytes, and saved less than a tenth.
    NotWorthIt(u64),
    /// It cannot be made, and why: the files of the base could not be read, or too many changed.
    Impossible(String),
}

/// A bundle that devices have.
struct Base {
    version: String,
    checksum: ChecksumJson,
    archive: PathBuf,
}

/// The bytes of a patch: two streams, one behind the other.
struct Patch {
    bytes: Vec<u8>,
    description_bytes: u64,
}

impl Repository {
    /// The same repository, making patches from these bundles from now on.
    #[must_use]
    pub fn with_patches_from(self, bases: PatchBases) -> Self {
        Self { bases, ..self }
    }

    /// The same repository, writing or not writing each file by itself from now on.
    #[must_use]
    pub fn with_files(self, files: SingleFiles) -> Self {
        Self { files, ..self }
    }

    /// Writes the files that no earlier release had, and gives the bytes of all of the bundle's together.
    pub(super) fn write_files(&self, bundle: &Bundle<'_>, progress: &dyn Progress) -> Result<u64> {
        let folder = self.folder.join("files");
        let distinct: BTreeMap<Sha256Digest, &FileEntry> = bundle
            .tree()
            .files()
            .iter()
            .map(|file| (file.digest, file))
            .collect();
        let place = |file: &FileEntry| folder.join(format!("{}.zst", file.digest));
        let new: Vec<&FileEntry> = distinct
            .values()
            .copied()
            .filter(|file| !place(file).exists())
            .collect();
        progress.begin(Stage::Files, new.iter().map(|file| file.size).sum());
        let written = parallel::map(
            &new,
            |file| {
                let bytes = compress::frame(&bundle.tree().bytes(file)?)?;
                files::stage_bytes(&folder, Audience::Everyone, &bytes)?.keep_existing(&place(file))
            },
            |file| progress.advance(file.size),
        );
        progress.end();
        written.into_iter().collect::<Result<()>>()?;
        distinct.values().map(|file| publish::length(&place(file))).sum()
    }

    /// Makes the patches and lists them; those of older releases leave the list.
    pub(super) fn add_patches(
        &self,
        listed: &mut Targets,
        channel: &ChannelName,
        (bundle, archive_bytes): (&Bundle<'_>, u64),
        place: &Path,
        progress: &dyn Progress,
    ) -> Result<Vec<PatchReport>> {
        let sequence = bundle.checksum().sequence();
        drop_old_patches(listed, sequence);
        let bases = self.patch_bases(channel, bundle.checksum());
        let work = |base: &Result<Base>| base.as_ref().map_or(0, |base| base.checksum.total_size());
        progress.begin(Stage::Patch, bases.iter().map(|(_, base)| work(base)).sum());
        let patches = parallel::map(
            &bases,
            |(_, base)| match base {
                Ok(base) => make(base, bundle),
                Err(error) => Err(Error::Checksum(error.to_string())),
            },
            |(_, base)| progress.advance(work(base)),
        );
        progress.end();
        let mut reports = Vec::new();
        for ((listed_as, _), patch) in bases.iter().zip(patches) {
            let (version, id) = listed_as.clone();
            let outcome = match patch {
                Err(error @ Error::Internal(_)) => return Err(error),
                Err(error) => PatchOutcome::Impossible(error.to_string()),
                Ok(patch) => {
                    let length = patch.bytes.len() as u64;
                    if length.saturating_mul(100) > archive_bytes.saturating_mul(100 - LEAST_SAVING) {
                        PatchOutcome::NotWorthIt(length)
                    } else {
                        let base = format!("from-{id}.dcz");
                        let staged = files::stage_bytes(&self.folder, Audience::Everyone, &patch.bytes)?;
                        let digest = publish::put(staged, place, &base)?;
                        let custom = HashMap::from([
                            ("from".to_owned(), json!(id.to_string())),
                            ("description".to_owned(), json!(patch.description_bytes)),
                        ]);
                        let target = release::target(&digest, length, custom);
                        listed.add_target(release::target_name(channel, sequence, &base)?, target);
                        PatchOutcome::Made(length)
                    }
                }
            };
            reports.push(PatchReport {
                from: version,
                id,
                outcome,
            });
        }
        Ok(reports)
    }

    /// The latest releases with other files, newest first, and what store builds embed.
    fn patch_bases(
        &self,
        channel: &ChannelName,
        new: &ChecksumJson,
    ) -> Vec<((String, BundleId), Result<Base>)> {
        let releases = self
            .channels
            .get(channel)
            .map(|channel| release::list(&channel.signed));
        let mut seen = BTreeSet::from([new.id()]);
        let mut bases = Vec::new();
        for listed in releases.unwrap_or_default().into_iter().rev() {
            let Ok(id) = listed.id.parse::<BundleId>() else {
                continue;
            };
            if bases.len() == self.bases.releases {
                break;
            }
            if seen.insert(id) {
                let base = self.released(channel, listed.sequence);
                bases.push(((listed.version, id), base));
            }
        }
        for embedded in &self.bases.embedded {
            let checksum = embedded.checksum().clone();
            if seen.insert(checksum.id()) {
                let version = checksum.version().to_owned();
                let base = Base {
                    version: version.clone(),
                    checksum,
                    archive: embedded.archive().to_owned(),
                };
                bases.push(((version, base.checksum.id()), Ok(base)));
            }
        }
        bases
    }

    fn released(&self, channel: &ChannelName, sequence: Sequence) -> Result<Base> {
        let place = self.release_folder(channel, sequence);
        let checksum = self.description(channel, sequence, &place)?;
        let (archive, _) = self.target_file(channel, sequence, &place, ARCHIVE_FILE)?;
        Ok(Base {
            version: checksum.version().to_owned(),
            checksum,
            archive,
        })
    }
}

/// Of the releases before this one, only the newest keep their patches.
fn drop_old_patches(listed: &mut Targets, sequence: Sequence) {
    let mut sequences: Vec<Sequence> = release::list(listed)
        .iter()
        .map(|release| release.sequence)
        .collect();
    sequences.push(sequence);
    sequences.dedup();
    let kept: Vec<Sequence> = sequences.into_iter().rev().take(PATCHED_RELEASES).collect();
    listed.targets.retain(|name, _| {
        !name.raw().ends_with(".dcz") || kept.iter().any(|kept| release::belongs_to(name, *kept))
    });
}

fn make(base: &Base, bundle: &Bundle<'_>) -> Result<Patch> {
    let new = bundle.checksum();
    let difference = Difference::between(base.checksum.files(), new.files());
    if difference.dictionary_bytes() > limits::PATCH_DICTIONARY_BYTES {
        return Err(Error::Checksum(format!(
            "what changed since {} is more than devices keep in memory",
            base.version
        )));
    }
    let description = compress::dcz(&file_list(base.checksum.files()), bundle.checksum_bytes())?;
    let dictionary = base.bytes_of(difference.dictionary())?;
    let mut payload = Vec::new();
    for file in difference.payload() {
        payload.extend(bundle.tree().bytes(file)?);
    }
    let content = compress::dcz(&dictionary, &payload)?;
    Ok(Patch {
        description_bytes: description.len() as u64,
        bytes: [description, content].concat(),
    })
}

impl Base {
    /// The bytes of some of its files, joined.
    fn bytes_of(&self, files: &[&FileEntry]) -> Result<Vec<u8>> {
        let unreadable = |what: String| Error::Checksum(format!("the archive of {}: {what}", self.version));
        let file = File::open(&self.archive).map_err(Error::storage("reading", &self.archive))?;
        let mut archive = ZipArchive::new(file).map_err(|error| unreadable(error.to_string()))?;
        let mut joined = Vec::new();
        for file in files {
            let start = joined.len();
            let entry = archive.by_name(file.path.as_str());
            let entry = entry.map_err(|error| unreadable(format!("{}: {error}", file.path)))?;
            // What is longer than it should be has another hash anyway.
            std::io::copy(&mut std::io::Read::take(entry, file.size), &mut joined)
                .map_err(Error::storage("reading", &self.archive))?;
            let bytes = joined.get(start..).unwrap_or_default();
            if Sha256Digest::of(bytes) != file.digest {
                return Err(unreadable(format!(
                    "{} is not the one that was published",
                    file.path
                )));
            }
        }
        Ok(joined)
    }
}
