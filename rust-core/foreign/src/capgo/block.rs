//! The block inside an RSA operation: PKCS#1 v1.5 padding of type 1 (RFC 8017 section 9.2, without DigestInfo).

/// Bytes of an RSA-2048 modulus, and so of every block.
pub(super) const BLOCK_BYTES: usize = 256;

/// The payload of `block`, if the block is to the byte the one that this payload is padded to:
/// `00 01 FF … FF 00 <N bytes>`.
///
/// Rebuilt and compared as a whole instead of searched through: what a search skips (padding that is not FF,
/// too little of it, a payload that is longer or shorter) is where forgeries fit (Bleichenbacher 2006,
/// "BERserk" 2014). With payloads of 16 and 32 bytes there are 237 and 221 bytes FF, far above the 8 that the
/// standard demands.
pub(super) fn payload<const N: usize>(block: &[u8; BLOCK_BYTES]) -> Option<[u8; N]> {
    let payload = *block.last_chunk::<N>()?;
    (padded(&payload)? == *block).then_some(payload)
}

fn padded(payload: &[u8]) -> Option<[u8; BLOCK_BYTES]> {
    let fill = BLOCK_BYTES.checked_sub(payload.len())?.checked_sub(3)?;
    let block = [&[0, 1][..], &vec![0xff; fill], &[0], payload].concat();
    block.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good<const N: usize>() -> [u8; BLOCK_BYTES] {
        padded(&[0xab; N]).unwrap()
    }

    #[test]
    fn the_payload_of_a_whole_block_is_found() {
        assert_eq!(payload::<16>(&good::<16>()), Some([0xab; 16]));
        assert_eq!(payload::<32>(&good::<32>()), Some([0xab; 32]));
    }

    #[test]
    fn no_byte_before_the_payload_may_differ() {
        for at in 0..BLOCK_BYTES {
            for other in [0, 1, 2, 0xfe, 0xff] {
                let mut block = good::<32>();
                if std::mem::replace(&mut block[at], other) != other {
                    let read = payload::<32>(&block);
                    assert_eq!(read.is_some(), at >= BLOCK_BYTES - 32, "byte {at} as {other}");
                }
            }
        }
    }

    #[test]
    fn a_payload_of_another_length_is_refused() {
        assert_eq!(payload::<16>(&good::<15>()), None);
        assert_eq!(payload::<16>(&good::<17>()), None);
        assert_eq!(payload::<32>(&good::<31>()), None);
        assert_eq!(payload::<32>(&good::<33>()), None);
        assert_eq!(payload::<16>(&good::<32>()), None);
        assert_eq!(payload::<32>(&good::<16>()), None);
    }
}
