//! One Zstandard frame on its way out of what was fetched.
//!
//! Pieces go in as they come, bytes come out as they are ready. The memory it takes is the window and two buffers, and the
//! window is bounded before: by [`PatchHead`] for a patch, by the decoder itself for a single file.

use airlock_protocol::{Code, PatchHead, limits};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use crate::error::Error;

/// As much as one block can hold (RFC 8878 section 3.1.1.2.4), so that each comes out at once.
const BUFFER_BYTES: usize = 128 * 1024;

/// Takes the bytes that come out.
pub(crate) type Out<'f> = dyn FnMut(&[u8]) -> Result<(), Error> + 'f;

/// A frame being decoded.
pub(crate) struct Frame<'d> {
    what: &'static str,
    decoder: DCtx<'d>,
    buffer: Vec<u8>,
    /// Bytes that are still to come out.
    left: u64,
    has_ended: bool,
}

impl<'d> Frame<'d> {
    /// A frame without a dictionary, from which `content_bytes` must come. Errors: `internal`.
    pub(crate) fn plain(what: &'static str, content_bytes: u64) -> Result<Self, Error> {
        Self::start(what, limits::PATCH_WINDOW_BYTES, content_bytes)
    }

    /// A frame whose head was judged. Errors: `internal`.
    pub(crate) fn patch(what: &'static str, head: &PatchHead, dictionary: &'d [u8]) -> Result<Self, Error> {
        let mut frame = Self::start(what, head.window_bytes(), head.content_bytes())?;
        if !dictionary.is_empty() {
            frame.decoder.ref_prefix(dictionary).map_err(unusable)?;
        }
        Ok(frame)
    }

    fn start(what: &'static str, window_bytes: u64, content_bytes: u64) -> Result<Self, Error> {
        let mut decoder = DCtx::try_create().ok_or_else(|| unusable(0))?;
        let window_log = window_bytes.max(1024).next_power_of_two().ilog2();
        decoder
            .set_parameter(DParameter::WindowLogMax(window_log))
            .map_err(unusable)?;
        Ok(Self {
            what,
            decoder,
            buffer: vec![0; BUFFER_BYTES],
            left: content_bytes,
            has_ended: false,
        })
    }

    /// Takes the next bytes of the frame and gives what they yield, never more in all than was declared. Errors:
    /// `archive_unsafe`, `checksum_mismatch`, and those of `out`.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Out<'_>) -> Result<(), Error> {
        let mut input = InBuffer::around(piece);
        let mut was_filled = false;
        while input.pos() < piece.len() || was_filled {
            if self.has_ended {
                return Err(self.refused("data lies behind its end"));
            }
            let mut output = OutBuffer::around(self.buffer.as_mut_slice());
            let hint = self.decoder.decompress_stream(&mut output, &mut input);
            let count = output.pos();
            let hint = hint.map_err(|code| self.refused(zstd_safe::get_error_name(code)))?;
            let bytes = self.buffer.get(..count).unwrap_or_default();
            match self.left.checked_sub(count as u64) {
                Some(left) => self.left = left,
                None => return Err(self.wrong_length("longer")),
            }
            out(bytes)?;
            self.has_ended = hint == 0;
            was_filled = !self.has_ended && count == BUFFER_BYTES;
        }
        Ok(())
    }

    /// To be called behind the last byte: was it all there?
    pub(crate) fn finish(self) -> Result<(), Error> {
        match (self.has_ended, self.left) {
            (true, 0) => Ok(()),
            (true, _) => Err(self.wrong_length("shorter")),
            (false, _) => Err(self.refused("it ends too early")),
        }
    }

    fn refused(&self, rule: &str) -> Error {
        Error::bundle(Code::ArchiveUnsafe, format!("{} is refused: {rule}", self.what))
    }

    fn wrong_length(&self, how: &str) -> Error {
        let text = format!("{} is refused: what it holds is {how} than was signed", self.what);
        Error::bundle(Code::ChecksumMismatch, text)
    }
}

/// The decoder itself refuses to work: it has no memory, or does not know what it is asked.
fn unusable(code: usize) -> Error {
    Error::Internal(format!("the zstd decoder: {}", zstd_safe::get_error_name(code)))
}
