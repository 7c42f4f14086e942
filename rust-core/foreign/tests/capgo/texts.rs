//! The two texts: what is missing, plain, of an older form, or mangled.

use airlock_foreign::capgo::{Error, Part};
use airlock_protocol::{Code, Sha256Digest, base64};

use crate::support::Vector;

#[test]
fn what_node_signed_is_read() {
    let vector = Vector::read();
    let opened = vector.open_with("", "").unwrap();
    assert_eq!(opened.digest(), Sha256Digest::of(&vector.bytes("zip")));
    let upper = vector.text("checksum").to_uppercase();
    assert_eq!(vector.open_with("checksum", &upper).unwrap(), opened);
}

#[test]
fn a_missing_text_is_a_missing_signature() {
    let vector = Vector::read();
    for (name, part) in [("checksum", Part::Checksum), ("sessionKey", Part::SessionKey)] {
        let error = vector.open_with(name, "").unwrap_err();
        assert_eq!(
            (error.code(), error),
            (Code::SignatureMissing, Error::Missing { part })
        );
    }
}

#[test]
fn a_plain_hash_is_a_missing_signature() {
    let vector = Vector::read();
    let sha256 = Sha256Digest::of(&vector.bytes("zip")).to_string();
    for plain in [&sha256, &sha256[..40], &sha256[..32], &sha256[..8]] {
        let error = vector.open_with("checksum", plain).unwrap_err();
        assert_eq!(
            (error.code(), error),
            (Code::SignatureMissing, Error::PlainChecksum),
            "{plain}"
        );
    }
}

#[test]
fn the_older_form_is_refused_by_name() {
    let vector = Vector::read();
    let error = vector
        .open_with("checksum", vector.text("checksumV2"))
        .unwrap_err();
    assert_eq!(error.code(), Code::SignatureInvalid);
    assert!(error.to_string().contains("V2"), "{error}");
}

#[test]
fn mangled_texts_are_refused() {
    let vector = Vector::read();
    let (checksum, session) = (vector.text("checksum"), vector.text("sessionKey"));
    let (iv, key) = session.split_once(':').unwrap();
    let malformed = |name, text: &str| {
        let error = vector.open_with(name, text).unwrap_err();
        assert!(
            matches!(error, Error::Malformed { .. }),
            "{name} {text:?}: {error}"
        );
        assert_eq!(error.code(), Code::SignatureInvalid);
    };
    for text in [
        &checksum[1..],
        &checksum[2..],
        &format!("{checksum}00"),
        &format!(" {checksum}"),
        &format!("0x{}", &checksum[2..]),
        &checksum.replace(|letter: char| letter == checksum.chars().next().unwrap(), "g"),
        "é",
    ] {
        malformed("checksum", text);
    }
    for text in [
        ":",
        iv,
        key,
        &format!("{iv}{key}"),
        &format!("{iv}:{key}:"),
        &format!(":{iv}:{key}"),
        &format!("{iv}: {key}"),
        &format!("{key}:{iv}"),
        &format!("{}:{key}", &iv[..iv.len() - 1]),
        &format!("{}:{key}", base64::encode(&[1; 15])),
        &format!("{}:{key}", base64::encode(&[1; 17])),
        &format!("{iv}:{}", base64::encode(&[1; 255])),
        &format!("{iv}:{}", base64::encode(&[1; 257])),
        &format!("{iv}:{}", key.replace(['+', '/', 'A'], "_")),
        &"A".repeat(1_000_000),
    ] {
        malformed("sessionKey", text);
    }
}

#[test]
fn every_changed_digit_of_the_checksum_is_refused() {
    let vector = Vector::read();
    let checksum = vector.text("checksum");
    // A public-key operation each: every eighth digit is enough to find a digit that does not count.
    for at in (0..checksum.len()).step_by(8) {
        let mut other = checksum.as_bytes().to_vec();
        other[at] = if other[at] == b'0' { b'1' } else { b'0' };
        let other = String::from_utf8(other).unwrap();
        let error = vector.open_with("checksum", &other).unwrap_err();
        assert_eq!(error, Error::NotSigned { part: Part::Checksum }, "digit {at}");
    }
}
