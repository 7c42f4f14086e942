//! The head of a part of a patch: a Zstandard frame made with the base bundle's bytes as its dictionary.
//!
//! The container is `dcz` (RFC 9842 section 5): eight fixed bytes, the SHA-256 of the dictionary, then a
//! Zstandard stream. The head of its first frame (RFC 8878 section 3.1.1) says how much memory decoding
//! takes and how much comes out; both are judged here, before a decoder sees a byte. What follows the head
//! is the decoder's business, which must give exactly [`PatchHead::content_bytes`] and nothing more.

use crate::{Error, PatchFault, Sha256Digest, limits};

/// The bytes every `dcz` stream begins with: a skippable frame of 32 bytes to a decoder that does not know `dcz`.
pub const DCZ_MAGIC: [u8; 8] = [0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0];

/// The bytes every Zstandard frame begins with (RFC 8878 section 3.1.1).
const FRAME_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What is known of a part before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchBase {
    /// SHA-256 of the dictionary, as this device puts it together from the base bundle.
    pub dictionary: Sha256Digest,
    /// Its length in bytes; decides how large a window may be.
    pub dictionary_bytes: u64,
    /// How many bytes the patch must yield: those of the new bundle's files that the base lacks.
    pub content_bytes: u64,
}

/// A patch for the base it was read against, whose decoding takes a bounded amount of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchHead {
    window_bytes: u64,
    content_bytes: u64,
}

impl PatchHead {
    /// Where the Zstandard stream begins, in bytes from the start of the patch.
    pub const STREAM_START: usize = 40;

    /// As many bytes as the longest head has: 40 of `dcz`, 4 of magic, 14 of frame header.
    pub const BYTES_MAX: usize = Self::STREAM_START + 4 + 14;

    /// Reads the head at the beginning of `bytes`, which may be the whole patch or its first
    /// [`PatchHead::BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// `checksum_mismatch` for another dictionary or another length of the content; `archive_unsafe` for
    /// bytes that are no `dcz`, end too early, do not say their length, name a dictionary by id, use the
    /// reserved bit, or want a larger window than [`limits::patch_window_bytes`].
    pub fn parse(bytes: &[u8], base: &PatchBase) -> Result<PatchHead, Error> {
        let Some((magic, rest)) = bytes.split_first_chunk::<8>() else {
            return Err(PatchFault::Short.into());
        };
        if *magic != DCZ_MAGIC {
            return Err(PatchFault::NotDcz.into());
        }
        let (digest, stream) = rest.split_first_chunk::<32>().ok_or(PatchFault::Short)?;
        if Sha256Digest::from_bytes(*digest) != base.dictionary {
            return Err(PatchFault::Dictionary.into());
        }
        let head = frame_head(stream)?;
        if head.content_bytes != base.content_bytes {
            return Err(PatchFault::Content {
                expected: base.content_bytes,
                actual: head.content_bytes,
            }
            .into());
        }
        let max = limits::patch_window_bytes(base.dictionary_bytes);
        if head.window_bytes > max {
            return Err(PatchFault::Window {
                bytes: head.window_bytes,
                max,
            }
            .into());
        }
        Ok(head)
    }

    /// The most bytes a decoder must keep to look back at, beside the dictionary.
    pub fn window_bytes(&self) -> u64 {
        self.window_bytes
    }

    /// How many bytes come out: exactly what was expected.
    pub fn content_bytes(&self) -> u64 {
        self.content_bytes
    }
}

/// RFC 8878 section 3.1.1.1. The unused bit is not looked at, as section 3.1.1.1.1.3 demands.
fn frame_head(stream: &[u8]) -> Result<PatchHead, PatchFault> {
    let (magic, rest) = stream.split_first_chunk::<4>().ok_or(PatchFault::Short)?;
    if *magic != FRAME_MAGIC {
        return Err(PatchFault::Frame {
            rule: "no Zstandard frame follows its first 40 bytes",
        });
    }
    let (descriptor, rest) = rest.split_first().ok_or(PatchFault::Short)?;
    if descriptor & 0b0000_1000 != 0 {
        return Err(PatchFault::Frame {
            rule: "it sets the reserved bit",
        });
    }
    // A raw dictionary has no id (RFC 9842 section 5): a frame that names one was made with another kind.
    if descriptor & 0b0000_0011 != 0 {
        return Err(PatchFault::Frame {
            rule: "it names its dictionary by an id",
        });
    }
    let single_segment = descriptor & 0b0010_0000 != 0;
    let (window, rest) = if single_segment {
        (None, rest)
    } else {
        let (window, rest) = rest.split_first().ok_or(PatchFault::Short)?;
        (Some(window_bytes(*window)), rest)
    };
    let content_bytes = content_bytes(descriptor >> 6, single_segment, rest)?;
    Ok(PatchHead {
        // A single segment is decoded into one buffer, which is the window.
        window_bytes: window.unwrap_or(content_bytes),
        content_bytes,
    })
}

/// `Window_Descriptor` (section 3.1.1.1.2): five bits of exponent, three of mantissa; 1 KiB to 3.75 TiB.
fn window_bytes(descriptor: u8) -> u64 {
    let base = 1024_u64 << (descriptor >> 3);
    base + base / 8 * u64::from(descriptor & 0b111)
}

/// `Frame_Content_Size` (section 3.1.1.1.4), little endian; the form of two bytes begins at 256.
fn content_bytes(flag: u8, single_segment: bool, field: &[u8]) -> Result<u64, PatchFault> {
    match flag {
        0 if single_segment => little_endian(field, 1),
        0 => Err(PatchFault::Frame {
            rule: "it does not say how many bytes it holds",
        }),
        1 => little_endian(field, 2).map(|bytes| bytes + 256),
        2 => little_endian(field, 4),
        _ => little_endian(field, 8),
    }
}

fn little_endian(field: &[u8], length: usize) -> Result<u64, PatchFault> {
    let field = field.get(..length).ok_or(PatchFault::Short)?;
    Ok(field
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    // Heads that zstd 1.5.4 (Debian 12) wrote, up to the first block:
    //   printf 'Airlock: the files of the old bundle' > dict
    //   printf 'Airlock: the files of the new bundle\n' > tiny
    //   seq -f 'line %g of the new bundle' 0 39 > small; … 0 3999 > medium; … 0 499999 > large
    //   zstd -c -D dict tiny | xxd -p     (large: also with --long=24; unsized: zstd -c -D dict < medium)
    const DICTIONARY: &[u8] = b"Airlock: the files of the old bundle";
    const TINY: (&[u8], u64) = (&[0x24, 37], 37);
    const SMALL: (&[u8], u64) = (&[0x64, 0x06, 0x03], 1030);
    const MEDIUM: (&[u8], u64) = (&[0xa4, 0x2a, 0xb1, 0x01, 0x00], 110_890);
    const LARGE: (&[u8], u64) = (&[0x84, 0x58, 0xba, 0x2f, 0xe3, 0x00], 14_888_890);
    const LARGE_IN_ONE_SEGMENT: (&[u8], u64) = (&[0xa4, 0xba, 0x2f, 0xe3, 0x00], 14_888_890);
    const UNSIZED: &[u8] = &[0x04, 0x58];
    /// small, with a dictionary made by `zstd --train`.
    const TRAINED: (&[u8], u64) = (&[0x67, 0x40, 0xf9, 0xfc, 0x56, 0x06, 0x03], 1030);

    const MIB: u64 = 1024 * 1024;

    fn patch(head: &[u8]) -> Vec<u8> {
        let digest = Sha256Digest::of(DICTIONARY);
        [&DCZ_MAGIC[..], digest.as_bytes(), &FRAME_MAGIC, head].concat()
    }

    fn base(content_bytes: u64) -> PatchBase {
        PatchBase {
            dictionary: Sha256Digest::of(DICTIONARY),
            dictionary_bytes: DICTIONARY.len() as u64,
            content_bytes,
        }
    }

    fn refusal(bytes: &[u8], base: &PatchBase) -> (Code, String) {
        let error = PatchHead::parse(bytes, base).unwrap_err();
        (error.code(), error.to_string())
    }

    #[test]
    fn what_zstd_writes_is_read() {
        for ((head, content), window) in [(TINY, 37), (SMALL, 1030), (MEDIUM, 110_890), (LARGE, 2 * MIB)] {
            let read = PatchHead::parse(&patch(head), &base(content)).unwrap();
            assert_eq!((read.content_bytes(), read.window_bytes()), (content, window));
        }
    }

    #[test]
    fn a_head_cut_anywhere_is_refused_and_what_follows_it_is_not_looked_at() {
        for (head, content) in [TINY, SMALL, MEDIUM, LARGE] {
            let whole = patch(head);
            for end in 0..whole.len() {
                let (code, text) = refusal(&whole[..end], &base(content));
                assert_eq!(code, Code::ArchiveUnsafe, "cut at {end}");
                assert!(text.contains("ends too early"), "cut at {end}: {text}");
            }
            let more = [whole, vec![0xff; 100]].concat();
            assert!(PatchHead::parse(&more, &base(content)).is_ok());
        }
        let longest = patch(&[0xc0, 0x00, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert!(longest.len() <= PatchHead::BYTES_MAX);
        assert!(PatchHead::parse(&longest, &base(1)).is_ok());
    }

    #[test]
    fn a_patch_for_another_base_is_refused() {
        let (head, content) = SMALL;
        let other = PatchBase {
            dictionary: Sha256Digest::of(b"another bundle"),
            ..base(content)
        };
        let (code, text) = refusal(&patch(head), &other);
        assert_eq!(code, Code::ChecksumMismatch);
        assert!(text.contains("another base"), "{text}");
        let (code, text) = refusal(&patch(head), &base(content + 1));
        assert_eq!(code, Code::ChecksumMismatch);
        assert!(text.contains("1030") && text.contains("1031"), "{text}");
    }

    #[test]
    fn the_window_is_bounded_by_8_mib_or_the_dictionary_and_by_128_mib() {
        let (head, content) = LARGE_IN_ONE_SEGMENT;
        let with = |dictionary_bytes| PatchBase {
            dictionary_bytes,
            ..base(content)
        };
        assert_eq!(refusal(&patch(head), &with(8 * MIB)).0, Code::ArchiveUnsafe);
        assert!(PatchHead::parse(&patch(head), &with(12 * MIB)).is_ok());
        // Exponent 13 is 8 MiB, 17 is 128 MiB; a mantissa of 1 is an eighth more.
        let multi = |window: u8| patch(&[0x80, window, 1, 0, 0, 0]);
        let reads = |window, dictionary_bytes| {
            let base = PatchBase {
                dictionary_bytes,
                ..base(1)
            };
            PatchHead::parse(&multi(window), &base).is_ok()
        };
        assert!(reads(13 << 3, 0) && !reads(13 << 3 | 1, 0));
        assert!(reads(17 << 3, u64::MAX) && !reads(17 << 3 | 1, u64::MAX));
        assert!(!reads(31 << 3 | 7, u64::MAX));
    }

    #[test]
    fn a_frame_without_a_length_or_with_a_dictionary_id_or_a_reserved_bit_is_refused() {
        let (head, content) = TRAINED;
        for (bytes, content, rule) in [
            (UNSIZED, 110_890, "how many bytes"),
            (head, content, "by an id"),
            (&[0x2c, 37], 37, "reserved bit"),
        ] {
            let (code, text) = refusal(&patch(bytes), &base(content));
            assert_eq!(code, Code::ArchiveUnsafe);
            assert!(text.contains(rule), "{text}");
        }
        // The unused bit means nothing.
        assert!(PatchHead::parse(&patch(&[0x34, 37]), &base(37)).is_ok());
    }

    #[test]
    fn other_formats_are_refused() {
        let (head, content) = TINY;
        let good = patch(head);
        for index in (0..8).chain(40..44) {
            let mut bytes = good.clone();
            bytes[index] ^= 1;
            assert_eq!(refusal(&bytes, &base(content)).0, Code::ArchiveUnsafe);
        }
        assert!(PatchHead::parse(&good, &base(content)).is_ok());
    }
}
