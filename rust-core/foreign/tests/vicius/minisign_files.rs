//! Signatures of the real tool, of another library, and every mistake beside the good case it comes from.

use airlock_foreign::minisign::{PublicKey, SIGNATURE_BYTES, Signature};
use airlock_foreign::remote_config::{PlainHttp, RemoteConfig, Trust};
use airlock_foreign::{Error, MinisignFault};
use airlock_protocol::{Code, base64};

use crate::support::{Parts, Signer};

const BODY: &[u8] = include_bytes!("vectors/updates.json");
const KEY: &str = include_str!("vectors/key.pub");
const PREHASHED: &str = include_str!("vectors/updates.json.minisig");
const RAW: &str = include_str!("vectors/updates.json.legacy.minisig");

/// Both kinds of signature of the real tool.
const BOTH: [&str; 2] = [PREHASHED, RAW];

fn verify(key: &str, body: &[u8], signature: &str) -> Result<String, Error> {
    let signature = Signature::parse(signature.as_bytes())?;
    let verified = PublicKey::parse(key)?;
    let verified = verified.verify(body, &signature)?;
    assert_eq!(verified.body(), body);
    Ok(verified.trusted_comment().to_owned())
}

/// Refused for this reason, whatever the trust is asked through.
fn refused(signature: &str, body: &[u8]) -> MinisignFault {
    let trust = Trust::Key(PublicKey::parse(KEY).unwrap());
    let error = trust.accept(body, Some(signature.as_bytes())).unwrap_err();
    assert_eq!(error.code(), Code::MetadataInvalid, "{error}");
    match error {
        Error::Minisign(fault) => fault,
        other => panic!("{other}"),
    }
}

fn malformed(signature: &str, words: &str) {
    match refused(signature, BODY) {
        MinisignFault::Malformed { rule } => assert!(rule.contains(words), "no {words:?} in {rule:?}"),
        other => panic!("{other} for {signature:?}"),
    }
}

#[test]
fn what_the_real_tool_signed_is_read_both_ways() {
    assert_eq!(&Parts::of(PREHASHED).signature[..2], b"ED");
    assert_eq!(&Parts::of(RAW).signature[..2], b"Ed");
    for signature in BOTH {
        let comment = verify(KEY, BODY, signature).unwrap();
        assert!(comment.contains("file:updates.json"), "{comment}");
        let trust = Trust::Key(PublicKey::parse(KEY).unwrap());
        let accepted = trust.accept(BODY, Some(signature.as_bytes())).unwrap();
        assert_eq!(accepted.trusted_comment(), Some(comment.as_str()));
        let config = RemoteConfig::parse(&accepted, PlainHttp::Refused).unwrap();
        assert_eq!(config.releases()[0].version.to_string(), "2.0.0");
    }
    // The key line alone, as `minisign -P` takes it, and a last line without its end.
    let line = KEY.lines().nth(1).unwrap();
    assert!(verify(line, BODY, PREHASHED.trim_end()).is_ok());
    let named = PublicKey::parse(KEY).unwrap().id().to_string();
    assert!(
        KEY.lines().next().unwrap().ends_with(&named),
        "{named} is what the tool calls it"
    );
}

#[test]
fn what_another_library_signed_is_read() {
    let signer = Signer::new();
    for body in [&b""[..], b"{}", &[0xff; 100_000]] {
        let signature = signer.sign(body, "for a test\twith a tab");
        let comment = verify(&signer.public_text(), body, &signature).unwrap();
        assert_eq!(comment, "for a test\twith a tab");
    }
}

#[test]
fn another_key_and_another_id_are_refused() {
    let other = Signer::new();
    let theirs = other.sign(BODY, "x");
    assert!(verify(&other.public_text(), BODY, &theirs).is_ok());
    assert!(matches!(refused(&theirs, BODY), MinisignFault::OtherKey { .. }));
    // Their signature under our id: the id alone opens nothing.
    let id = Parts::of(PREHASHED).signature[2..10].to_vec();
    let renamed = Parts::of(&theirs).with(|parts| parts.signature[2..10].copy_from_slice(&id));
    assert_eq!(refused(&renamed, BODY), MinisignFault::Body);
    // Our signature under another id: good bytes, and still not ours by name.
    for signature in BOTH {
        let parts = Parts::of(signature);
        assert!(verify(KEY, BODY, &parts.text()).is_ok());
        let renamed = parts.with(|parts| parts.signature[5] ^= 1);
        assert!(matches!(refused(&renamed, BODY), MinisignFault::OtherKey { .. }));
    }
}

#[test]
fn every_changed_byte_of_the_body_is_noticed() {
    for signature in BOTH {
        assert!(verify(KEY, BODY, signature).is_ok());
        for position in 0..BODY.len() {
            let mut body = BODY.to_vec();
            body[position] ^= 1;
            assert_eq!(refused(signature, &body), MinisignFault::Body, "byte {position}");
        }
        for body in [&BODY[..BODY.len() - 1], &[BODY, b" "].concat(), b""] {
            assert_eq!(refused(signature, body), MinisignFault::Body);
        }
    }
}

#[test]
fn every_changed_bit_of_the_signatures_is_noticed() {
    for signature in BOTH {
        let parts = Parts::of(signature);
        for position in 10..74 {
            let changed = parts.with(|parts| parts.signature[position] ^= 0x10);
            assert_eq!(refused(&changed, BODY), MinisignFault::Body, "byte {position}");
        }
        for position in 0..64 {
            let changed = parts.with(|parts| parts.global[position] ^= 0x10);
            assert_eq!(
                refused(&changed, BODY),
                MinisignFault::TrustedComment,
                "byte {position}"
            );
        }
    }
}

#[test]
fn the_trusted_comment_is_covered_and_the_untrusted_one_is_not() {
    for signature in BOTH {
        let parts = Parts::of(signature);
        for comment in [
            format!("{}x", parts.trusted),
            "trusted comment: ".to_owned(),
            "trusted comment: timestamp:1\tfile:updates.json".to_owned(),
        ] {
            let changed = parts.with(|parts| parts.trusted = comment);
            assert_eq!(refused(&changed, BODY), MinisignFault::TrustedComment);
        }
        let changed = parts.with(|parts| parts.untrusted = "untrusted comment: anything".to_owned());
        assert!(
            verify(KEY, BODY, &changed).is_ok(),
            "nobody signed that one, by design of the format"
        );
    }
    // A global signature of another document by the same key does not fit either.
    let signer = Signer::new();
    let (one, two) = (signer.sign(b"1", "c"), signer.sign(b"2", "c"));
    let mixed = Parts::of(&one).with(|parts| parts.global = Parts::of(&two).global);
    assert!(verify(&signer.public_text(), b"1", &one).is_ok());
    let error = verify(&signer.public_text(), b"1", &mixed).unwrap_err();
    assert_eq!(error, MinisignFault::TrustedComment.into());
}

#[test]
fn the_algorithm_is_one_of_two_and_bound_to_the_signature() {
    let parts = Parts::of(PREHASHED);
    for algorithm in [b"ed", b"eD", b"Ee", b"\0\0", b"RS"] {
        malformed(
            &parts.with(|parts| parts.signature[..2].copy_from_slice(algorithm)),
            "algorithm",
        );
    }
    // The other known one: the bytes were not signed that way.
    for signature in BOTH {
        let swapped = Parts::of(signature).with(|parts| parts.signature[1] ^= b'd' ^ b'D');
        assert_eq!(refused(&swapped, BODY), MinisignFault::Body);
    }
}

#[test]
fn truncated_extended_and_repeated_files_are_refused() {
    assert!(verify(KEY, BODY, PREHASHED).is_ok());
    let lines: Vec<&str> = PREHASHED.lines().collect();
    for length in 0..PREHASHED.len() - 1 {
        refused(&PREHASHED[..length], BODY);
    }
    malformed("", "four lines");
    malformed(&lines[..3].join("\n"), "four lines");
    malformed(&format!("{PREHASHED}{PREHASHED}"), "four lines");
    malformed(&format!("{PREHASHED}\n"), "four lines");
    malformed(&format!("\n{PREHASHED}"), "four lines");
    malformed(&PREHASHED.replace('\n', "\r\n"), "Windows");
    malformed(&format!("{}\r", PREHASHED.trim_end()), "Windows");
    malformed(&PREHASHED.replacen("untrusted", "Untrusted", 1), "first line");
    malformed(&format!("\u{feff}{PREHASHED}"), "first line");
    malformed(&PREHASHED.replacen("\ntrusted", "\nuntrusted", 1), "third line");
    malformed(&[lines[2], lines[3], lines[0], lines[1]].join("\n"), "first line");
    malformed(
        &PREHASHED.replacen(lines[1], &format!("{} ", lines[1]), 1),
        "base64",
    );
    malformed(&PREHASHED.replacen('=', "", 1), "base64");
    let parts = Parts::of(PREHASHED);
    malformed(&parts.with(|parts| parts.signature.push(0)), "74 bytes");
    malformed(&parts.with(|parts| parts.signature.truncate(73)), "74 bytes");
    malformed(&parts.with(|parts| parts.signature.truncate(9)), "too short");
    malformed(&parts.with(|parts| parts.signature.truncate(1)), "too short");
    malformed(&parts.with(|parts| parts.global.push(0)), "64 bytes");
    malformed(&parts.with(|parts| parts.global.clear()), "64 bytes");
    malformed(&parts.with(|parts| parts.trusted.push('\u{1b}')), "control");
    let filler = "x".repeat(SIGNATURE_BYTES);
    malformed(&parts.with(|parts| parts.untrusted.push_str(&filler)), "too long");
    let trust = Trust::Key(PublicKey::parse(KEY).unwrap());
    let not_text = [PREHASHED.as_bytes(), b"\xff"].concat();
    assert!(trust.accept(BODY, Some(&not_text)).is_err());
}

#[test]
fn with_a_key_nothing_unsigned_is_accepted_and_without_one_nothing_is_asked() {
    let trust = Trust::Key(PublicKey::parse(KEY).unwrap());
    let missing = trust.accept(BODY, None).unwrap_err();
    assert_eq!(missing, MinisignFault::Missing.into());
    assert_eq!(missing.code(), Code::MetadataInvalid);
    assert!(trust.accept(BODY, Some(RAW.as_bytes())).is_ok());
    let unsigned = Trust::Unsigned.accept(BODY, None).unwrap();
    assert_eq!((unsigned.body(), unsigned.trusted_comment()), (BODY, None));
}

#[test]
fn what_is_no_public_key_is_never_one() {
    assert!(PublicKey::parse(KEY).is_ok());
    let line = KEY.lines().nth(1).unwrap();
    let bytes = base64::decode(line).unwrap();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        format!("untrusted comment: x\n{}\n", base64::encode(&bytes))
    };
    assert!(PublicKey::parse(&with(&|_| {})).is_ok());
    for (text, words) in [
        (String::new(), "not base64 or empty"),
        ("\n".to_owned(), "empty"),
        (KEY.replace('\n', "\r\n"), "Windows line ends"),
        (format!("{KEY}{KEY}"), "two keys"),
        (format!("{KEY}\n"), "an empty line more"),
        (format!("comment: x\n{line}"), "another first line"),
        (KEY.replacen('R', " R", 1), "space"),
        (with(&|bytes| bytes[1] = b'D'), "algorithm"),
        (with(&|bytes| bytes[0] = b'e'), "algorithm"),
        (with(&|bytes| bytes.truncate(41)), "short"),
        (with(&|bytes| bytes.truncate(3)), "very short"),
        (with(&|bytes| bytes.push(0)), "long"),
        (with(&|bytes| bytes.resize(158, 0)), "a secret key"),
        (PREHASHED.to_owned(), "a signature"),
        (
            format!("untrusted comment: {}\n{line}", "x".repeat(4000)),
            "too long",
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n".to_owned(),
            "PEM",
        ),
    ] {
        let error = PublicKey::parse(&text).unwrap_err();
        assert_eq!(error.code(), Code::PublicKeyInvalid, "{words}: {error}");
    }
    let secret = PublicKey::parse(&with(&|bytes| bytes.resize(158, 0))).unwrap_err();
    assert!(secret.to_string().contains("secret key"), "{secret}");
}
