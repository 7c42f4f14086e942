//! Blocks that the holder's private operation was really applied to, and whose padding is not to the byte the
//! one it must be. With a lenient reader these are forgeries.

use airlock_foreign::capgo::{Error, Part};
use airlock_protocol::{Code, hex};
use crypto_bigint::{CheckedAdd as _, U2048};

use crate::support::{AES_KEY, Vector, padded, session_key};

/// The verdicts on one signed block, as checksum and as session key.
fn verdicts(vector: &Vector, signed: &[u8; 256]) -> [Option<Error>; 2] {
    [
        vector.open_with("checksum", &hex::encode(signed)).err(),
        vector.open_with("sessionKey", &session_key(signed)).err(),
    ]
}

const NOT_SIGNED: [Option<Error>; 2] = [
    Some(Error::NotSigned { part: Part::Checksum }),
    Some(Error::NotSigned {
        part: Part::SessionKey,
    }),
];

#[test]
fn sound_padding_is_read_as_what_its_length_says_and_nothing_else() {
    let vector = Vector::read();
    let digest = verdicts(&vector, &vector.sign(&padded(&[7; 32])));
    assert_eq!(
        digest,
        [None, NOT_SIGNED[1].clone()],
        "32 bytes are a digest and no key"
    );
    let key = verdicts(&vector, &vector.sign(&padded(&AES_KEY)));
    assert_eq!(
        key,
        [NOT_SIGNED[0].clone(), None],
        "16 bytes are a key and no digest"
    );
}

#[test]
fn payloads_of_other_lengths_are_refused() {
    let vector = Vector::read();
    for length in [0, 1, 15, 17, 31, 33, 48, 64, 253] {
        let signed = vector.sign(&padded(&vec![7; length]));
        assert_eq!(verdicts(&vector, &signed), NOT_SIGNED, "{length}");
    }
}

#[test]
fn padding_that_is_not_ff_or_of_another_type_is_refused() {
    let vector = Vector::read();
    for payload in [&[7; 32][..], &AES_KEY] {
        let sound = padded(payload);
        let last_fill = 256 - payload.len() - 2;
        for (at, byte) in [
            (2, 0xfe),
            (100, 0),
            (last_fill, 0x7f),
            (1, 2),
            (1, 0),
            (last_fill + 1, 1),
        ] {
            let mut block = sound;
            block[at] = byte;
            assert_eq!(
                verdicts(&vector, &vector.sign(&block)),
                NOT_SIGNED,
                "byte {at} as {byte}"
            );
        }
    }
}

#[test]
fn short_padding_with_the_payload_moved_forward_is_refused() {
    let vector = Vector::read();
    for (payload, fill) in [(&[7; 32][..], 8), (&AES_KEY, 8), (&[7; 32], 0), (&AES_KEY, 1)] {
        // 00 01, `fill` bytes FF, 00, the payload, and whatever a forger needs behind it.
        let mut block = [0x42; 256];
        block[..2].copy_from_slice(&[0, 1]);
        block[2..2 + fill].fill(0xff);
        block[2 + fill] = 0;
        block[3 + fill..3 + fill + payload.len()].copy_from_slice(payload);
        assert_eq!(
            verdicts(&vector, &vector.sign(&block)),
            NOT_SIGNED,
            "{fill} bytes FF"
        );
    }
}

#[test]
fn a_block_without_any_padding_is_refused() {
    let vector = Vector::read();
    // What a reader would take that looks at the last bytes only, or returns the whole block.
    for payload in [&[7; 32][..], &AES_KEY] {
        let mut block = [0; 256];
        block[256 - payload.len()..].copy_from_slice(payload);
        assert_eq!(verdicts(&vector, &vector.sign(&block)), NOT_SIGNED);
    }
}

#[test]
fn a_number_at_or_above_the_modulus_is_refused() {
    let vector = Vector::read();
    let modulus = vector.modulus();
    // The same residue, written twice: s and s + n. A sound s that leaves room for n is searched for.
    let (small, large) = (0..=255_u8)
        .find_map(|byte| {
            let signed = vector.sign(&padded(&[byte; 32]));
            let sum = U2048::from_be_slice(&signed)
                .checked_add(&modulus)
                .into_option()?;
            Some((signed, sum))
        })
        .unwrap();
    assert_eq!(verdicts(&vector, &small)[0], None);
    assert_eq!(verdicts(&vector, &large.to_be_bytes().into()), NOT_SIGNED);
    assert_eq!(verdicts(&vector, &modulus.to_be_bytes().into()), NOT_SIGNED);
    assert_eq!(verdicts(&vector, &[0xff; 256]), NOT_SIGNED);
    for trivial in [0_u64, 1] {
        assert_eq!(
            verdicts(&vector, &U2048::from(trivial).to_be_bytes().into()),
            NOT_SIGNED
        );
    }
}

#[test]
fn an_operation_with_another_key_is_refused() {
    let vector = Vector::read();
    let other: serde_json::Value = serde_json::from_str(include_str!("data/keys.json")).unwrap();
    let other = airlock_foreign::capgo::PublicKey::from_pem(other["sound"].as_str().unwrap()).unwrap();
    let open = |key| {
        airlock_foreign::capgo::SealedArchive::open(key, vector.text("checksum"), vector.text("sessionKey"))
    };
    let error = open(&other).unwrap_err();
    assert_eq!(
        (error.code(), error),
        (Code::SignatureInvalid, Error::NotSigned { part: Part::Checksum })
    );
    assert!(open(&vector.key()).is_ok());
}
