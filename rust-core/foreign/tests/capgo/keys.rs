//! Which keys are the peer's.

use airlock_foreign::capgo::{Error, PublicKey};
use airlock_protocol::{Code, KeyFault, base64};
use serde_json::Value;

use crate::support::Vector;

fn key(name: &str) -> String {
    let keys: Value = serde_json::from_str(include_str!("data/keys.json")).unwrap();
    keys[name].as_str().unwrap().to_owned()
}

fn refused(pem: &str) -> Error {
    let error = PublicKey::from_pem(pem).unwrap_err();
    assert_eq!(error.code(), Code::PublicKeyInvalid);
    error
}

#[test]
fn the_peers_key_is_read_with_any_line_ends() {
    let sound = key("sound");
    let read = PublicKey::from_pem(&sound).unwrap();
    for same in [
        sound.trim_end().to_owned(),
        format!("\n{sound}\n\n"),
        sound.replace('\n', "\r\n"),
    ] {
        assert_eq!(PublicKey::from_pem(&same).unwrap(), read);
    }
    let other = Vector::read().key();
    assert_ne!(read.fingerprint(), other.fingerprint());
    assert!(!format!("{read:?}").contains("MII"));
}

#[test]
fn other_sizes_are_refused() {
    for (name, bits) in [("rsa1024", 1024), ("rsa3072", 3072), ("rsa4096", 4096)] {
        assert_eq!(refused(&key(name)), Error::KeySize { bits });
    }
}

#[test]
fn other_exponents_are_refused() {
    for name in ["exponent3", "exponent17", "exponent65539"] {
        assert_eq!(refused(&key(name)), Error::KeyExponent, "{name}");
    }
}

#[test]
fn other_kinds_and_labels_are_refused() {
    for name in ["spki", "ed25519"] {
        assert_eq!(refused(&key(name)), Error::KeyKind, "{name}");
    }
    let relabelled = key("sound").replace("RSA PUBLIC KEY", "PUBLIC KEY");
    refused(&relabelled);
    let certificate = key("sound").replace("RSA PUBLIC KEY", "CERTIFICATE");
    refused(&certificate);
}

#[test]
fn a_private_key_is_refused_before_it_is_read() {
    let private = key("sound").replace("RSA PUBLIC", "RSA PRIVATE");
    assert_eq!(refused(&private), Error::Key(KeyFault::PrivateKey.into()));
}

#[test]
fn what_is_not_exactly_one_key_is_refused() {
    let sound = key("sound");
    for text in [
        String::new(),
        "  \n".to_owned(),
        format!("{sound}{sound}"),
        format!("{sound}{}", key("spki")),
        format!("{}{sound}", key("spki")),
        format!("junk{sound}"),
        format!("{sound}junk"),
        sound.replace('\n', ""),
        sound.replace("MII", "MIA"),
        sound.replacen("-----END", "AAAA\n-----END", 1),
    ] {
        refused(&text);
    }
    // The raw modulus alone, which the peer's iOS side would take for a key.
    let bare = base64::encode(&Vector::read().bytes("modulus"));
    refused(&bare);
    refused(&format!(
        "-----BEGIN RSA PUBLIC KEY-----\n{bare}\n-----END RSA PUBLIC KEY-----\n"
    ));
}
