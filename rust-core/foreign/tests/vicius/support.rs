//! Keys of the day, and documents to begin with.

use std::io::Cursor;

use airlock_foreign::remote_config::{PlainHttp, RemoteConfig, Trust};
use airlock_foreign::{Error, Result};
use airlock_protocol::Code;
use airlock_protocol::base64;
use minisign::KeyPair;
use serde_json::{Value, json};

/// SHA-256 of `abc`.
pub(crate) const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// A minisign key, made by another implementation than ours.
pub(crate) struct Signer {
    pair: KeyPair,
}

impl Signer {
    pub(crate) fn new() -> Signer {
        Signer {
            pair: KeyPair::generate_unencrypted_keypair().unwrap(),
        }
    }

    pub(crate) fn public_text(&self) -> String {
        self.pair.pk.to_box().unwrap().to_string()
    }

    /// The `.minisig` of `body`.
    pub(crate) fn sign(&self, body: &[u8], trusted_comment: &str) -> String {
        let signature = minisign::sign(
            Some(&self.pair.pk),
            &self.pair.sk,
            Cursor::new(body),
            Some(trusted_comment),
            Some("signature from a test"),
        );
        signature.unwrap().to_string()
    }
}

/// A `.minisig` in its four parts, to change one of them.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) untrusted: String,
    pub(crate) signature: Vec<u8>,
    pub(crate) trusted: String,
    pub(crate) global: Vec<u8>,
}

impl Parts {
    pub(crate) fn of(text: &str) -> Parts {
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        Parts {
            untrusted: lines[0].to_owned(),
            signature: base64::decode(lines[1]).unwrap(),
            trusted: lines[2].to_owned(),
            global: base64::decode(lines[3]).unwrap(),
        }
    }

    pub(crate) fn text(&self) -> String {
        let (signature, global) = (base64::encode(&self.signature), base64::encode(&self.global));
        format!("{}\n{signature}\n{}\n{global}\n", self.untrusted, self.trusted)
    }

    pub(crate) fn with(&self, change: impl FnOnce(&mut Parts)) -> String {
        let mut changed = self.clone();
        change(&mut changed);
        changed.text()
    }
}

/// A release that has all that a release needs.
pub(crate) fn release(version: &str) -> Value {
    json!({
        "name": format!("Example {version}"),
        "version": version,
        "summary": "what is new\n\n* all",
        "publishedAt": "2026-11-24T00:00:00Z",
        "downloadUrl": format!("https://updates.example.com/{version}.zip?token=secret"),
        "downloadSize": 3,
        "checksum": { "checksum": SHA256, "checksumAlg": "SHA256" },
    })
}

pub(crate) fn parse_as(document: &Value, plain: PlainHttp) -> Result<RemoteConfig> {
    let bytes = serde_json::to_vec(document).unwrap();
    RemoteConfig::parse(&Trust::Unsigned.accept(&bytes, None).unwrap(), plain)
}

pub(crate) fn parse(document: &Value) -> Result<RemoteConfig> {
    parse_as(document, PlainHttp::Refused)
}

/// Refused as unusable, with a sentence that names the place.
pub(crate) fn refused(document: &Value, words: &str) {
    let error: Error = match parse(document) {
        Err(error) => error,
        Ok(config) => panic!("accepted: {document} as {config:?}"),
    };
    assert_eq!(error.code(), Code::ResponseUnusable, "{error}");
    assert!(error.to_string().contains(words), "no {words:?} in: {error}");
}
