//! Public keys as people configure them, and signatures made by another implementation (OpenSSL).

use airlock_protocol::envelope::{Envelope, PAYLOAD_TYPE, Signature, pae};
use airlock_protocol::keys::{PublicKey, PublicKeys};
use airlock_protocol::{Code, Error, KeyFault};

use crate::support::Signer;

macro_rules! key_file {
    ($name:literal) => {
        include_str!(concat!("data/keys/", $name))
    };
}

const ED25519: &str = key_file!("ed25519.pem");
const P256: &str = key_file!("ecdsa-p256.pem");
const RSA: &str = key_file!("rsa-2048.pem");
const RSA_PKCS1: &str = key_file!("rsa-2048-pkcs1.pem");

fn refusal(pem: &str) -> KeyFault {
    let error = PublicKey::from_pem(pem).unwrap_err();
    assert_eq!(error.code(), Code::PublicKeyInvalid);
    match error {
        Error::Key(fault) => fault,
        other => panic!("expected a key fault, got {other:?}"),
    }
}

#[test]
fn keys_that_openssl_wrote_are_read_and_written_back() {
    for pem in [ED25519, P256, RSA] {
        assert_eq!(PublicKey::from_pem(pem).unwrap().to_pem(), pem);
        assert_eq!(
            PublicKey::from_pem(&pem.replace('\n', "\r\n")).unwrap().to_pem(),
            pem
        );
        assert_eq!(PublicKey::from_pem(pem.trim_end()).unwrap().to_pem(), pem);
    }
    assert_eq!(
        PublicKey::from_pem(RSA_PKCS1).unwrap(),
        PublicKey::from_pem(RSA).unwrap()
    );
}

#[test]
fn key_ids_are_those_of_tuf() {
    let key = PublicKey::from_ed25519([7; 32]).unwrap();
    let text = r#"{"keytype":"ed25519","keyval":{"public":""#.to_owned()
        + &"07".repeat(32)
        + r#""},"scheme":"ed25519"}"#;
    assert_eq!(
        key.key_id(),
        airlock_protocol::Sha256Digest::of(text.as_bytes()).to_string()
    );
    assert_ne!(key.key_id(), PublicKey::from_ed25519([8; 32]).unwrap().key_id());
}

#[test]
fn other_algorithms_and_encodings_are_refused() {
    for (name, pem) in [
        ("compressed point", key_file!("bad-ecdsa-p256-compressed.pem")),
        ("P-384", key_file!("bad-ecdsa-p384.pem")),
        ("X25519", key_file!("bad-x25519.pem")),
        ("RSASSA-PSS OID", key_file!("bad-rsa-pss-oid.pem")),
    ] {
        assert_eq!(refusal(pem), KeyFault::Unsupported, "{name}");
    }
    assert_eq!(
        refusal(key_file!("bad-certificate.pem")),
        KeyFault::WrongLabel {
            label: "CERTIFICATE".into()
        }
    );
}

#[test]
fn weak_rsa_is_refused() {
    assert_eq!(
        refusal(key_file!("bad-rsa-1024-bits.pem")),
        KeyFault::RsaSize { bits: 1024 }
    );
    assert_eq!(
        refusal(key_file!("bad-rsa-exponent-3.pem")),
        KeyFault::RsaExponent
    );
}

/// For a point of small order everybody can sign. All zeros is one, and a likely placeholder.
#[test]
fn ed25519_points_that_everybody_can_sign_for_are_refused() {
    let point = |first: u8, middle: u8, last: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    let order_8 = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ];
    let mut weak = vec![
        point(0, 0, 0),
        point(1, 0, 0),
        point(0xec, 0xff, 0x7f),
        point(0xed, 0xff, 0x7f),
        point(0xee, 0xff, 0x7f),
    ];
    weak.extend(order_8.map(|hex| {
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        std::array::from_fn(|index| digits(2 * index))
    }));
    for point in weak {
        for sign in [0, 0x80] {
            let mut point = point;
            point[31] |= sign;
            assert_eq!(
                PublicKey::from_ed25519(point).unwrap_err(),
                KeyFault::SmallOrder.into(),
                "{point:?}"
            );
        }
    }
    for ordinary in [
        point(2, 0, 0),
        point(0xeb, 0xff, 0x7f),
        point(0, 1, 0),
        point(1, 0, 1),
    ] {
        assert!(PublicKey::from_ed25519(ordinary).is_ok());
    }
    let placeholder = "MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{placeholder}\n-----END PUBLIC KEY-----\n");
    assert_eq!(refusal(&pem), KeyFault::SmallOrder);
}

#[test]
fn private_keys_are_recognised_and_not_quoted() {
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ] {
        let pem = format!("-----BEGIN {label}-----\nc2VjcmV0\n-----END {label}-----\n");
        assert_eq!(refusal(&pem), KeyFault::PrivateKey, "{label}");
        assert!(!refusal(&pem).to_string().contains("c2Vj"));
    }
    // Also behind a good public key.
    let both = format!("{ED25519}-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    assert_eq!(
        PublicKeys::from_pems(&[both], 1).unwrap_err(),
        KeyFault::PrivateKey.into()
    );
}

#[test]
fn nothing_is_not_a_key() {
    for text in ["", " ", "\n\t\r\n"] {
        assert_eq!(refusal(text), KeyFault::Empty);
    }
    assert_eq!(
        PublicKeys::from_pems::<&str>(&[], 1).unwrap_err(),
        KeyFault::Empty.into()
    );
    assert_eq!(
        PublicKeys::from_pems(&[""], 1).unwrap_err(),
        KeyFault::Empty.into()
    );
}

#[test]
fn text_that_is_not_strict_pem_is_refused() {
    let one_line = ED25519.replace('\n', "");
    let literal = ED25519.trim_end().replace('\n', "\\n");
    let body: String = ED25519.lines().skip(1).take(1).collect();
    let cases = [
        "junk".to_owned(),
        body.clone(),
        format!("comment\n{ED25519}"),
        format!("{ED25519}junk"),
        one_line,
        literal,
        ED25519.replace("END PUBLIC", "END RSA PUBLIC"),
        ED25519.replace("-----END PUBLIC KEY-----", ""),
        ED25519.replace("-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY----"),
        ED25519.replace(&body, &body[1..]),
        ED25519.replace(&body, &format!("{}*", &body[1..])),
        ED25519.replace(&body, &format!("Proc-Type: 4\n\n{body}")),
        ED25519.to_lowercase(),
    ];
    for text in cases {
        assert!(matches!(refusal(&text), KeyFault::NotPem { .. }), "{text:?}");
    }
}

#[test]
fn every_shortened_or_lengthened_key_is_refused() {
    for pem in [ED25519, P256, RSA, RSA_PKCS1] {
        let label = if pem == RSA_PKCS1 {
            "RSA PUBLIC KEY"
        } else {
            "PUBLIC KEY"
        };
        let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        // Without the last four letters, and with four more: still base64, no longer the key.
        for body in [
            lines[..lines.len() - 4].to_owned(),
            format!("{}AAAA", lines.trim_end_matches('=')),
        ] {
            let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            assert!(PublicKey::from_pem(&pem).is_err(), "{pem}");
        }
    }
}

#[test]
fn a_pem_label_must_fit_its_content() {
    let swapped = RSA.replace("PUBLIC KEY", "RSA PUBLIC KEY");
    assert_eq!(refusal(&swapped), KeyFault::Unsupported);
    let swapped = RSA_PKCS1.replace("RSA PUBLIC KEY", "PUBLIC KEY");
    assert_eq!(refusal(&swapped), KeyFault::Unsupported);
}

#[test]
fn several_keys_are_for_sets_only() {
    let both = format!("{ED25519}\n{P256}");
    assert_eq!(refusal(&both), KeyFault::SeveralBlocks { count: 2 });
    let set = PublicKeys::from_pems(&[both.as_str(), RSA], 2).unwrap();
    assert_eq!((set.iter().count(), set.threshold()), (3, 2));
}

#[test]
fn a_set_needs_distinct_keys_and_a_threshold_they_can_meet() {
    assert_eq!(
        PublicKeys::from_pems(&[RSA, RSA_PKCS1], 1).unwrap_err(),
        KeyFault::Duplicate.into()
    );
    for threshold in [0, 3] {
        let expected = KeyFault::Threshold { threshold, keys: 2 };
        assert_eq!(
            PublicKeys::from_pems(&[RSA, P256], threshold).unwrap_err(),
            expected.into()
        );
    }
    let many: Vec<String> = (0..=255).map(|number| Signer::new(number).pem()).collect();
    assert!(PublicKeys::from_pems(&many, 256).is_ok());
    let more = PublicKeys::new(
        many.iter()
            .map(|pem| PublicKey::from_pem(pem).unwrap())
            .chain([PublicKey::from_pem(P256).unwrap()])
            .collect(),
        1,
    );
    assert_eq!(
        more.unwrap_err(),
        KeyFault::TooMany { count: 257, max: 256 }.into()
    );
}

/// Each key meets its own signature and one that is valid under another key or padding.
#[test]
fn signatures_of_every_algorithm_verify_and_wrong_ones_do_not() {
    for (pem, good, bad) in [
        (
            ED25519,
            key_file!("ed25519.sig.b64"),
            key_file!("ecdsa-p256.der.sig.b64"),
        ),
        (
            P256,
            key_file!("ecdsa-p256.der.sig.b64"),
            key_file!("ed25519.sig.b64"),
        ),
        (
            RSA,
            key_file!("rsa-2048.pss.sig.b64"),
            key_file!("rsa-2048.pkcs1v15.sig.b64"),
        ),
    ] {
        assert!(verifies(pem, good.trim()));
        assert!(!verifies(pem, bad.trim()));
    }
}

/// Truncated and extended signatures, of every algorithm, beside the whole one.
#[test]
fn a_signature_that_is_cut_short_or_lengthened_is_refused() {
    for (pem, signature) in [
        (ED25519, key_file!("ed25519.sig.b64")),
        (P256, key_file!("ecdsa-p256.der.sig.b64")),
        (RSA, key_file!("rsa-2048.pss.sig.b64")),
    ] {
        let key = PublicKey::from_pem(pem).unwrap();
        let keys = PublicKeys::from_pems(&[pem], 1).unwrap();
        let whole = unbase64(signature.trim());
        let verdict = |sig: &[u8]| {
            let (keyid, sig) = (key.key_id(), sig.to_vec());
            Envelope::new(vec![Signature { keyid, sig }]).verify(b"airlock", &keys)
        };
        assert!(verdict(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(
                verdict(&whole[..length]).is_err(),
                "{length} bytes of {}",
                whole.len()
            );
        }
        for extended in [
            [&whole[..], &[0]].concat(),
            [&[0], &whole[..]].concat(),
            [&whole[..], &whole].concat(),
        ] {
            assert_eq!(verdict(&extended).unwrap_err().code(), Code::SignatureInvalid);
        }
    }
}

/// The bytes of canonical base64.
fn unbase64(text: &str) -> Vec<u8> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = text.trim_end_matches('=').chars().flat_map(|letter| {
        (0..6)
            .rev()
            .map(move |bit| LETTERS.find(letter).unwrap() >> bit & 1)
    });
    let bits: Vec<usize> = bits.collect();
    let byte = |bits: &[usize]| bits.iter().fold(0, |byte, bit| byte << 1 | bit);
    bits.chunks_exact(8)
        .map(|bits| u8::try_from(byte(bits)).unwrap())
        .collect()
}

fn envelope(keyid: &str, signature: &str) -> String {
    format!(r#"{{"payloadType":"{PAYLOAD_TYPE}","signatures":[{{"keyid":"{keyid}","sig":"{signature}"}}]}}"#)
}

fn verifies(pem: &str, signature: &str) -> bool {
    let keys = PublicKeys::from_pems(&[pem], 1).unwrap();
    let keyid = keys.iter().next().unwrap().key_id();
    let json = envelope(&keyid, signature);
    Envelope::parse(json.as_bytes())
        .unwrap()
        .verify(b"airlock", &keys)
        .is_ok()
}

#[test]
fn an_envelope_made_here_reads_back() {
    let signer = Signer::new(1);
    let sig = signer.sign(&pae(PAYLOAD_TYPE, b"airlock"));
    let envelope = Envelope::new(vec![Signature {
        keyid: signer.key_id(),
        sig,
    }]);
    assert_eq!(Envelope::parse(&envelope.to_bytes()).unwrap(), envelope);
}
