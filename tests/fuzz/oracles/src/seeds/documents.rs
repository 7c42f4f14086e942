//! checksum.json, its signature, and keys.

use airlock_protocol::{ChecksumFields, ChecksumJson, FileEntry, Platform, Sha256Digest, UnixMillis};

use super::Seed;
use crate::envelope;

pub(super) fn checksums() -> Vec<Seed> {
    let plain = text(&["index.html"], None);
    let rich = text(
        &["assets/app.js", "assets/img/a.svg", "index.html", "\u{fc}ber.txt"],
        Some(UnixMillis::new(1_900_000_000_000)),
    );
    let replaced = |from: &str, to: &str| {
        let text = String::from_utf8(rich.clone()).unwrap();
        assert!(text.contains(from));
        text.replacen(from, to, 1)
    };
    vec![
        Seed::new("checksum_json", "good-plain", plain),
        Seed::new("checksum_json", "good-rich", rich.clone()),
        // The target puts in the right id, so these are refused for what they are.
        Seed::new(
            "checksum_json",
            "bad-path",
            replaced("assets/app.js", "../app.js"),
        ),
        Seed::new(
            "checksum_json",
            "bad-order",
            replaced("assets/app.js", "zzz/app.js"),
        ),
        Seed::new("checksum_json", "bad-twins", replaced("assets/img", "Assets/img")),
        Seed::new(
            "checksum_json",
            "bad-no-index",
            replaced("index.html", "index.htm"),
        ),
        Seed::new("checksum_json", "bad-algorithm", replaced("SHA256", "SHA1")),
        Seed::new(
            "checksum_json",
            "bad-size",
            replaced("\"size\":1", "\"size\":1.5"),
        ),
        Seed::new(
            "checksum_json",
            "bad-own-name",
            replaced("assets/app.js", "Checksum.json"),
        ),
    ]
}

fn text(paths: &[&str], expires: Option<UnixMillis>) -> Vec<u8> {
    let files = paths.iter().enumerate().map(|(index, path)| FileEntry {
        path: path.parse().unwrap(),
        digest: Sha256Digest::of(path.as_bytes()),
        size: index as u64 + 1,
    });
    let fields = ChecksumFields {
        app_id: "com.example.app".parse().unwrap(),
        version: "1.4.2".to_owned(),
        sequence: 1042.try_into().unwrap(),
        platforms: expires.map_or(Vec::new(), |_| Platform::ALL.to_vec()),
        native: expires
            .iter()
            .map(|_| (Platform::Android, ">=1.4.0 <2.0.0".parse().unwrap()))
            .collect(),
        timestamp: UnixMillis::new(1_795_000_000_000),
        expires,
    };
    ChecksumJson::new(fields, files.collect()).unwrap().to_bytes()
}

pub(super) fn envelopes() -> Vec<Seed> {
    let honest = String::from_utf8(envelope::honest()).unwrap();
    let other_key = honest.replacen("\"keyid\":\"", "\"keyid\":\"f", 1);
    let other_type = honest.replacen("checksum+json", "release+json", 1);
    let signatures = honest.find('[').unwrap();
    vec![
        Seed::new("envelope", "good-honest", honest.as_str()),
        Seed::new("envelope", "bad-another-key", other_key),
        Seed::new("envelope", "bad-another-type", other_type),
        Seed::new(
            "envelope",
            "bad-no-signature",
            format!("{}[]}}", &honest[..signatures]),
        ),
    ]
}

pub(super) fn keys() -> Vec<Seed> {
    let ed25519 = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let point = [&envelope::public_point()[..], &[0]].concat();
    let spki = |length: usize| [&[0], &ed25519[..], &point[..length]].concat();
    let integer = |length: usize| {
        let [high, low] = u16::try_from(length + 1).unwrap().to_be_bytes();
        [&[0x02, 0x82, high, low, 0x00][..], &vec![0xc5; length]].concat()
    };
    let pkcs1 = |bytes: usize, exponent: [u8; 3]| {
        let body = [integer(bytes), vec![0x02, 0x03], exponent.to_vec()].concat();
        let [high, low] = u16::try_from(body.len()).unwrap().to_be_bytes();
        [vec![1, 0x30, 0x82, high, low], body].concat()
    };
    vec![
        Seed::new("public_key", "good-ed25519.der", spki(32)),
        Seed::new("public_key", "bad-ed25519-short.der", spki(31)),
        Seed::new("public_key", "bad-ed25519-long.der", spki(33)),
        Seed::new("public_key", "good-rsa-2048.der", pkcs1(256, [1, 0, 1])),
        Seed::new("public_key", "bad-rsa-2040.der", pkcs1(255, [1, 0, 1])),
        Seed::new("public_key", "bad-rsa-exponent.der", pkcs1(256, [0, 0, 3])),
    ]
}
