//! Private keys: made here or elsewhere, protected or not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use airlock_protocol::Code;
use airlock_protocol::envelope::{Envelope, PAYLOAD_TYPE, Signature, pae};
use airlock_protocol::keys::PublicKeys;
use airlock_publisher::key::{KeyType, Passphrase, PrivateKey, Protection};
use airlock_publisher::{Error, Result};

fn words(words: &str) -> Result<Passphrase> {
    Passphrase::new(words.to_owned())
}

fn never_asked() -> Result<Passphrase> {
    panic!("an unprotected key needs no passphrase")
}

/// A device accepts what the key signs, and nothing else.
fn assert_devices_accept(key: &PrivateKey) {
    let public = key.public_key().unwrap();
    let signature = Signature {
        keyid: public.key_id(),
        sig: key.sign(&pae(PAYLOAD_TYPE, b"payload")).unwrap(),
    };
    let envelope = Envelope::new(vec![signature]);
    let keys = PublicKeys::new(vec![public], 1).unwrap();
    envelope.verify(b"payload", &keys).unwrap();
    assert_eq!(
        envelope.verify(b"another payload", &keys).unwrap_err().code(),
        Code::SignatureInvalid
    );
}

#[test]
fn new_keys_sign_for_devices_before_and_after_a_file() {
    for key_type in [KeyType::Ed25519, KeyType::EcdsaP256] {
        let key = PrivateKey::generate(key_type).unwrap();
        assert_devices_accept(&key);
        for protection in [
            Protection::Nothing,
            Protection::Passphrase(words("correct horse").unwrap()),
        ] {
            let pem = key.to_pem(&protection).unwrap();
            assert_eq!(
                PrivateKey::is_encrypted(&pem),
                matches!(protection, Protection::Passphrase(_))
            );
            let read = PrivateKey::from_pem(&pem, || words("correct horse")).unwrap();
            assert_eq!(read.key_type(), key_type);
            assert_eq!(read.public_key().unwrap(), key.public_key().unwrap());
            assert_devices_accept(&read);
        }
    }
}

#[test]
fn two_new_keys_differ() {
    let public = || {
        PrivateKey::generate(KeyType::Ed25519)
            .unwrap()
            .public_key()
            .unwrap()
    };
    assert_ne!(public(), public());
}

#[test]
fn rsa_keys_are_read_but_not_made() {
    assert_eq!(
        PrivateKey::generate(KeyType::Rsa).unwrap_err().code(),
        Code::Usage
    );
}

#[test]
fn keys_made_by_openssl_are_read() {
    for (pem, key_type) in [
        (include_str!("keys/ed25519.pem"), KeyType::Ed25519),
        (include_str!("keys/ecdsa-p256.pem"), KeyType::EcdsaP256),
        (include_str!("keys/rsa-2048.pem"), KeyType::Rsa),
    ] {
        let key = PrivateKey::from_pem(pem, never_asked).unwrap();
        assert_eq!(key.key_type(), key_type);
        assert_devices_accept(&key);
        let again = PrivateKey::from_pem(&key.to_pem(&Protection::Nothing).unwrap(), never_asked).unwrap();
        assert_eq!(again.public_key().unwrap(), key.public_key().unwrap());
    }
    let protected = PrivateKey::from_pem(include_str!("keys/ed25519-encrypted.pem"), || {
        words("correct-horse")
    })
    .unwrap();
    let clear = PrivateKey::from_pem(include_str!("keys/ed25519.pem"), never_asked).unwrap();
    assert_eq!(protected.public_key().unwrap(), clear.public_key().unwrap());
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_an_empty_one_protects_nothing() {
    let pem = include_str!("keys/ed25519-encrypted.pem");
    let error = PrivateKey::from_pem(pem, || words("wrong-horse")).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
    assert!(
        error.to_string().contains("passphrase") && !error.to_string().contains("wrong-horse"),
        "{error}"
    );
    assert_eq!(words("").unwrap_err().code(), Code::Usage);

    let refused = PrivateKey::from_pem(pem, || Err(Error::Usage("nobody there to ask".into())));
    assert_eq!(refused.unwrap_err().code(), Code::Usage);
}

#[test]
fn what_is_no_usable_private_key_is_refused_with_a_reason() {
    let public = PrivateKey::generate(KeyType::Ed25519)
        .unwrap()
        .public_key()
        .unwrap()
        .to_pem();
    let clear = include_str!("keys/ed25519.pem");
    for (pem, reason) in [
        ("", "not a PEM file"),
        ("secret", "not a PEM file"),
        (public.as_str(), "PUBLIC KEY"),
        (include_str!("keys/rsa-pkcs1.pem"), "openssl pkcs8 -topk8"),
        (include_str!("keys/ecdsa-p384.pem"), "unusable"),
        (include_str!("keys/rsa-1024.pem"), "unusable"),
        (&clear.replace("MC4CAQ", "MC4CAg"), "PKCS#8"),
    ] {
        let error = PrivateKey::from_pem(pem, never_asked).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid, "{error}");
        assert!(error.to_string().contains(reason), "no {reason:?} in {error}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let key = PrivateKey::generate(KeyType::Ed25519).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey { type: Ed25519, .. }");
    assert_eq!(format!("{:?}", words("correct horse").unwrap()), "Passphrase(..)");
}
