//! From a verified patch and the bundle it is for to the files of a tree.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::time::{Duration, Instant};

use airlock_protocol::{Code, Difference, FileEntry, PatchBase, PatchHead, Sha256Digest, file_list, limits};

use super::assembly::{Assembly, Draft};
use super::base::{Base, damaged};
use super::frame::{Frame, Out};
use super::stages::Stage;
use crate::error::Error;

const BUFFER_BYTES: usize = 64 * 1024;

/// What error messages call it.
const WHAT: &str = "the patch";

/// Decodes the first part of a patch: the release's checksum.json, which has `bytes` bytes. Errors: `archive_unsafe`,
/// `checksum_mismatch`, `storage_failure`.
pub(crate) fn read_description(
    patch: &mut (impl Read + Seek),
    end: u64,
    base: &Base<'_>,
    bytes: u64,
) -> Result<Vec<u8>, Error> {
    let mut description = Vec::new();
    decode(patch, 0..end, &file_list(base.files()), bytes, &mut |piece| {
        description.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(description)
}

/// Decodes the second part of a patch into the tree, file by file, and copies the rest from the base: the tree is
/// whole. Errors: `archive_unsafe`, `checksum_mismatch`, `no_space`, `storage_failure`.
pub(crate) fn apply(
    patch: &mut (impl Read + Seek),
    part: Range<u64>,
    base: &Base<'_>,
    assembly: &Assembly<'_>,
) -> Result<(), Error> {
    let difference = Difference::between(base.files(), assembly.checksum().files());
    let bytes = difference.dictionary_bytes();
    if bytes > limits::PATCH_DICTIONARY_BYTES {
        let max = limits::PATCH_DICTIONARY_BYTES;
        let text = format!("{WHAT} is refused: it looks back at {bytes} bytes where {max} are accepted");
        return Err(Error::bundle(Code::ArchiveUnsafe, text));
    }
    let stages = assembly.stages();
    let dictionary = stages.time(Stage::Read, || base.join(difference.dictionary()))?;
    let mut payload = Payload::new(assembly, difference.payload());
    let (start, mut working) = (Instant::now(), Duration::ZERO);
    decode(
        patch,
        part,
        &dictionary,
        difference.payload_bytes(),
        &mut |piece| {
            let start = Instant::now();
            let written = payload.write(piece);
            working += start.elapsed();
            written
        },
    )?;
    stages.add(Stage::Inflate, start.elapsed().saturating_sub(working));
    payload.finish()?;
    drop(dictionary);
    base.copy_into(assembly, difference.copied())?;
    match assembly.missing().first() {
        Some(file) => Err(damaged(file)),
        None => Ok(()),
    }
}

/// Decodes one part, exactly `content_bytes` of it. Every rule that its head must keep is checked before a decoder sees a
/// byte; the digest of the dictionary is one of them, so the base's files are hashed once, joined.
fn decode(
    patch: &mut (impl Read + Seek),
    part: Range<u64>,
    dictionary: &[u8],
    content_bytes: u64,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    patch.seek(SeekFrom::Start(part.start)).map_err(unreadable)?;
    let mut rest = patch.take(part.end.saturating_sub(part.start));
    let mut first = Vec::new();
    let head_bytes = rest.by_ref().take(PatchHead::BYTES_MAX as u64);
    { head_bytes }.read_to_end(&mut first).map_err(unreadable)?;
    let expected = PatchBase {
        dictionary: Sha256Digest::of(dictionary),
        dictionary_bytes: dictionary.len() as u64,
        content_bytes,
    };
    let head = PatchHead::parse(&first, &expected).map_err(Error::rejected("reading the head of a patch"))?;
    let mut frame = Frame::patch(WHAT, &head, dictionary)?;
    frame.push(first.get(PatchHead::STREAM_START..).unwrap_or_default(), out)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = rest.read(&mut buffer).map_err(unreadable)?;
        match buffer.get(..count) {
            Some(piece) if !piece.is_empty() => frame.push(piece, out)?,
            _ => return frame.finish(),
        }
    }
}

fn unreadable(source: std::io::Error) -> Error {
    Error::storage("read the patch", source)
}

/// Cuts what a patch yields into the files that it is.
struct Payload<'a, 'c, 'f> {
    assembly: &'a Assembly<'c>,
    files: std::slice::Iter<'f, &'f FileEntry>,
    current: Option<Current<'a, 'c>>,
}

enum Current<'a, 'c> {
    Writing(Draft<'a, 'c>),
    /// The tree has it already; so many bytes of it are still to come.
    Skipping(u64),
}

impl<'a, 'c, 'f> Payload<'a, 'c, 'f> {
    fn new(assembly: &'a Assembly<'c>, files: &'f [&'f FileEntry]) -> Self {
        Self {
            assembly,
            files: files.iter(),
            current: None,
        }
    }

    fn write(&mut self, mut piece: &[u8]) -> Result<(), Error> {
        while !piece.is_empty() {
            let current = match &mut self.current {
                Some(current) => current,
                None => match self.begin_next()? {
                    Some(next) => self.current.insert(next),
                    None => return Err(too_long()),
                },
            };
            let count = usize::try_from(current.left())
                .unwrap_or(usize::MAX)
                .min(piece.len());
            let (now, later) = piece.split_at_checked(count).unwrap_or((piece, &[]));
            current.write(now)?;
            piece = later;
            if current.left() == 0 {
                self.end_current()?;
            }
        }
        Ok(())
    }

    fn begin_next(&mut self) -> Result<Option<Current<'a, 'c>>, Error> {
        let Some(file) = self.files.next() else {
            return Ok(None);
        };
        Ok(Some(match self.assembly.missing_at(&file.path) {
            Some(file) => Current::Writing(self.assembly.draft(file)?),
            None => Current::Skipping(file.size),
        }))
    }

    fn end_current(&mut self) -> Result<(), Error> {
        match self.current.take() {
            Some(Current::Writing(draft)) => draft.finish(),
            _ => Ok(()),
        }
    }

    /// Behind the last byte: only empty files may be left.
    fn finish(mut self) -> Result<(), Error> {
        self.end_current()?;
        while let Some(next) = self.begin_next()? {
            self.current = Some(next);
            self.end_current()?;
        }
        Ok(())
    }
}

impl Current<'_, '_> {
    fn left(&self) -> u64 {
        match self {
            Self::Writing(draft) => draft.left(),
            Self::Skipping(left) => *left,
        }
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        match self {
            Self::Writing(draft) => draft.write(piece),
            Self::Skipping(left) => {
                *left = left.saturating_sub(piece.len() as u64);
                Ok(())
            }
        }
    }
}

fn too_long() -> Error {
    Error::bundle(
        Code::ChecksumMismatch,
        format!("{WHAT} is refused: it yields more than the new bundle's files"),
    )
}
