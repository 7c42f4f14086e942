//! Hexadecimal, as digests, key ids and TUF signatures are written.

/// Lower-case hexadecimal of `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    let pairs: Vec<[u8; 2]> = bytes
        .iter()
        .map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect();
    // All of it is ASCII.
    String::from_utf8(pairs.into_flattened()).unwrap_or_default()
}

/// The bytes of `text`, which must be pairs of hexadecimal digits of either case and nothing else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(byte).collect()
}

/// The same for a length that is known, without a copy: a checksum.json holds thousands of digests.
pub(crate) fn decode_array<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != LENGTH {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (target, pair) in bytes.iter_mut().zip(pairs) {
        *target = byte(pair)?;
    }
    Some(bytes)
}

fn byte([high, low]: &[u8; 2]) -> Option<u8> {
    Some(value(*high)? << 4 | value(*low)?)
}

fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_every_byte() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
        assert_eq!(decode("aBfF"), Some(vec![0xab, 0xff]));
        assert_eq!(decode_array("aBfF"), Some([0xab, 0xff]));
        assert_eq!(decode_array::<1>("aBfF"), None);
        assert_eq!(decode_array::<3>("aBfF"), None);
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["a", "0x12", "gg", " ab", "ab ", "é", "+1"] {
            assert_eq!(decode(text), None, "{text:?}");
            assert_eq!(decode_array::<1>(text), None, "{text:?}");
        }
    }
}
