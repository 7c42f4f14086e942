//! The head of a patch: what is accepted takes bounded memory, says what it must, and is judged by itself.

use airlock_protocol::{PatchBase, PatchHead, Sha256Digest, limits};

use crate::Verdict;
use crate::bytes::Bytes;

/// Two numbers (the dictionary's length, the content's), then the patch. The dictionary is the one it names,
/// so that mutations get past the hash.
pub(crate) fn patch(data: &[u8]) -> Verdict {
    let mut input = Bytes::new(data);
    let (dictionary_bytes, content_bytes) = (input.long(), input.long());
    let bytes = input.rest();
    let named = bytes.get(8..40).and_then(|digest| digest.try_into().ok());
    let base = PatchBase {
        dictionary: Sha256Digest::from_bytes(named.unwrap_or_default()),
        dictionary_bytes,
        content_bytes,
    };
    let read = PatchHead::parse(bytes, &base);
    if let Ok(head) = &read {
        assert_eq!(head.content_bytes(), content_bytes);
        assert!(head.window_bytes() <= limits::PATCH_WINDOW_BYTES_MAX);
        let quarter_more = dictionary_bytes.saturating_add(dictionary_bytes / 4);
        assert!(head.window_bytes() <= limits::PATCH_WINDOW_BYTES.max(quarter_more));
        only_the_head_counts(bytes, &base, head);
        let other = PatchBase {
            dictionary: another_than(&base.dictionary),
            ..base
        };
        assert!(PatchHead::parse(bytes, &other).is_err());
        let longer = PatchBase {
            content_bytes: content_bytes.wrapping_add(1),
            ..base
        };
        assert!(PatchHead::parse(bytes, &longer).is_err());
    }
    Verdict::of(&read)
}

/// Not a constant: libFuzzer watches comparisons, and would put a constant into the patch.
fn another_than(digest: &Sha256Digest) -> Sha256Digest {
    let mut bytes = *digest.as_bytes();
    bytes[0] ^= 1;
    Sha256Digest::from_bytes(bytes)
}

fn only_the_head_counts(bytes: &[u8], base: &PatchBase, head: &PatchHead) {
    let start = &bytes[..bytes.len().min(PatchHead::BYTES_MAX)];
    assert_eq!(PatchHead::parse(start, base).as_ref(), Ok(head));
    assert!(PatchHead::parse(&bytes[..PatchHead::STREAM_START], base).is_err());
    // Bits that a decoder of RFC 8878 must not accept.
    let descriptor = bytes[PatchHead::STREAM_START + 4];
    assert_eq!(
        descriptor & 0b1011,
        0,
        "a reserved bit or a dictionary id is accepted"
    );
}
