//! Patches as the publisher makes them, and the parts to make wrong ones of.

use airlock_protocol::{BundleId, Difference, Sha256Digest, file_list};
use zstd_safe::{CCtx, CParameter};

use super::Bundle;

/// A patch, whatever it holds.
#[derive(Clone)]
pub(crate) struct Patch {
    pub(crate) from: BundleId,
    pub(crate) bytes: Vec<u8>,
    pub(crate) description_bytes: usize,
}

impl Patch {
    /// As docs/protocol.md says.
    pub(crate) fn between(base: &Bundle, new: &Bundle) -> Self {
        let description = dcz(&file_list(base.checksum.files()), &new.text);
        Self::of_parts(
            base,
            description,
            dcz(&dictionary(base, new), &payload(base, new)),
        )
    }

    pub(crate) fn of_parts(base: &Bundle, description: Vec<u8>, files: Vec<u8>) -> Self {
        Self {
            from: base.checksum.id(),
            description_bytes: description.len(),
            bytes: [description, files].concat(),
        }
    }
}

pub(crate) fn dictionary(base: &Bundle, new: &Bundle) -> Vec<u8> {
    let difference = Difference::between(base.checksum.files(), new.checksum.files());
    let files = difference.dictionary().iter();
    files
        .flat_map(|file| base.files[file.path.as_str()].clone())
        .collect()
}

pub(crate) fn payload(base: &Bundle, new: &Bundle) -> Vec<u8> {
    let difference = Difference::between(base.checksum.files(), new.checksum.files());
    let files = difference.payload().iter();
    files
        .flat_map(|file| new.files[file.path.as_str()].clone())
        .collect()
}

/// RFC 9842 section 5.
pub(crate) fn dcz(dictionary: &[u8], content: &[u8]) -> Vec<u8> {
    let magic = [0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0];
    let digest = Sha256Digest::of(dictionary);
    [&magic[..], digest.as_bytes(), &zstd(dictionary, content)].concat()
}

/// One frame that says how long its content is.
pub(crate) fn zstd(dictionary: &[u8], content: &[u8]) -> Vec<u8> {
    let mut context = CCtx::create();
    context.set_parameter(CParameter::CompressionLevel(19)).unwrap();
    if !dictionary.is_empty() {
        context.ref_prefix(dictionary).unwrap();
    }
    let mut frame = vec![0; zstd_safe::compress_bound(content.len())];
    let length = context.compress2(frame.as_mut_slice(), content).unwrap();
    frame.truncate(length);
    frame
}

/// Bytes that do not shrink, the same in every run.
pub(crate) fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let blocks = (0..).flat_map(|block: u64| {
        let text = [seed.to_le_bytes(), block.to_le_bytes()].concat();
        *Sha256Digest::of(&text).as_bytes()
    });
    blocks.take(bytes).collect()
}
