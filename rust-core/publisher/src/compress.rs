//! Zstandard on the author's side: slow and small, because a bundle is packed once and downloaded many times.

use airlock_protocol::{DCZ_MAGIC, Sha256Digest, limits};
use zstd_safe::{CCtx, CParameter};

use crate::error::{Error, Result};

/// The highest level that needs no `--ultra`.
const LEVEL: i32 = 19;

/// The highest level there is. It saves another percent of a patch and takes some ten times its input in memory.
const PATCH_LEVEL: i32 = 22;

/// Dictionary and content that are compressed at [`PATCH_LEVEL`]; more of them at [`LEVEL`].
const PATCH_LEVEL_BYTES: usize = 32 * 1024 * 1024;

/// Log of the largest window of a patch: the 128 MiB of [`limits::PATCH_WINDOW_BYTES_MAX`].
const PATCH_WINDOW_LOG: u32 = 27;

/// Longest match that the optimal parser takes as it is, in bytes. A patch is mostly long matches.
const PATCH_TARGET_LENGTH: u32 = 4096;

/// One file by itself: a frame that says how long the content is, with a window that every device accepts.
pub(crate) fn frame(content: &[u8]) -> Result<Vec<u8>> {
    let window = limits::PATCH_WINDOW_BYTES.ilog2();
    let parameters = [CParameter::CompressionLevel(LEVEL), CParameter::WindowLog(window)];
    compress(content, &parameters, None)
}

/// A `dcz` stream (RFC 9842 section 5) that yields `content` from `dictionary`.
pub(crate) fn dcz(dictionary: &[u8], content: &[u8]) -> Result<Vec<u8>> {
    let level = match dictionary.len().saturating_add(content.len()) {
        0..PATCH_LEVEL_BYTES => PATCH_LEVEL,
        _ => LEVEL,
    };
    let parameters = [
        CParameter::CompressionLevel(level),
        CParameter::WindowLog(window_log(dictionary.len() as u64, content.len() as u64)),
        CParameter::EnableLongDistanceMatching(true),
        CParameter::TargetLength(PATCH_TARGET_LENGTH),
    ];
    let frame = compress(content, &parameters, Some(dictionary))?;
    let digest = Sha256Digest::of(dictionary);
    Ok([&DCZ_MAGIC[..], digest.as_bytes(), &frame].concat())
}

/// A window that holds all of the content needs no other limit, where a device accepts it; else the largest that
/// one accepts.
fn window_log(dictionary_bytes: u64, content_bytes: u64) -> u32 {
    let accepted = limits::patch_window_bytes(dictionary_bytes);
    match content_bytes <= accepted {
        true => PATCH_WINDOW_LOG,
        false => accepted.ilog2(),
    }
}

fn compress(content: &[u8], parameters: &[CParameter], prefix: Option<&[u8]>) -> Result<Vec<u8>> {
    let mut context = CCtx::create();
    for parameter in parameters {
        context.set_parameter(*parameter).map_err(failed)?;
    }
    if let Some(prefix) = prefix {
        context.ref_prefix(prefix).map_err(failed)?;
    }
    let mut bytes = Vec::with_capacity(zstd_safe::compress_bound(content.len()));
    context.compress2(&mut bytes, content).map_err(failed)?;
    Ok(bytes)
}

fn failed(code: zstd_safe::ErrorCode) -> Error {
    Error::Internal(format!("compressing: {}", zstd_safe::get_error_name(code)))
}

#[cfg(test)]
mod tests {
    use airlock_protocol::{PatchBase, PatchHead};

    use super::*;

    fn text(seed: u64, lines: u64) -> Vec<u8> {
        let line = |number: u64| format!("line {} of {seed}\n", number.wrapping_mul(2_654_435_761) ^ seed);
        (0..lines).map(line).collect::<String>().into_bytes()
    }

    fn accepts(dictionary: &[u8], content: &[u8]) -> bool {
        let base = PatchBase {
            dictionary: Sha256Digest::of(dictionary),
            dictionary_bytes: dictionary.len() as u64,
            content_bytes: content.len() as u64,
        };
        PatchHead::parse(&dcz(dictionary, content).unwrap(), &base).is_ok()
    }

    #[test]
    fn a_device_accepts_the_head_of_every_patch() {
        let large = vec![7; 9_000_000];
        for (dictionary, content) in [
            (0, 0),
            (0, 10),
            (10, 0),
            (1_000, 100_000),
            (large.len(), large.len()),
        ] {
            assert!(
                accepts(&large[..dictionary], &large[..content]),
                "{dictionary} {content}"
            );
        }
        // Longer than its window may be.
        assert!(accepts(b"small", &large));
    }

    #[test]
    fn what_the_dictionary_holds_costs_next_to_nothing() {
        let old = text(7, 20_000);
        let mut new = old.clone();
        new.splice(200_000..200_010, *b"a change!!");
        assert!(dcz(&old, &new).unwrap().len() < 300);
        assert!(dcz(b"", &new).unwrap().len() > 10_000);
    }

    #[test]
    fn a_file_by_itself_says_how_long_it_is() {
        let content = text(3, 10_000);
        let bytes = frame(&content).unwrap();
        assert!(bytes.len() < content.len() / 2);
        let length = zstd_safe::get_frame_content_size(&bytes).unwrap();
        assert_eq!(length, Some(content.len() as u64));
    }
}
