//! What other update systems wrote.

use super::Seed;
use crate::{capgo, remote_config};

pub(super) fn capgo() -> Vec<Seed> {
    let vector = &*capgo::VECTOR;
    let seed = |name: &str, letter: &[u8], rest: &[u8]| Seed::new("capgo", name, [letter, rest].concat());
    let texts = |checksum: &str, session_key: &str| format!("{checksum}\n{session_key}").into_bytes();
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let plain = format!(
        r#"{{"id":"1","timestamp":"2026-11-24T00:00:00Z","files":[{{"path":"index.html","hash":"{digest}"}}]}}"#
    );
    let spki = vector.public_key.replace("RSA PUBLIC", "PUBLIC");
    let cut = &vector.archive[..vector.archive.len() - 16];
    vec![
        seed("good-key", b"k", vector.public_key.as_bytes()),
        seed("bad-key-label", b"k", spki.as_bytes()),
        seed("good-texts", b"t", &texts(&vector.checksum, &vector.session_key)),
        seed("bad-plain-hash", b"t", &texts(digest, &vector.session_key)),
        seed("bad-no-session-key", b"t", &texts(&vector.checksum, "")),
        seed("good-archive", b"a\x07", &vector.archive),
        seed("bad-archive-cut", b"a\x07", cut),
        seed("good-plain-list", b"c", plain.as_bytes()),
        seed(
            "bad-plain-list-path",
            b"c",
            plain.replace("index.html", "../index.html").as_bytes(),
        ),
        seed(
            "good-channels",
            b"n",
            br#"[{"id":7,"name":"beta","public":true,"allow_self_set":true}]"#,
        ),
        seed("bad-channels-id", b"n", br#"[{"id":"7","name":"beta"}]"#),
        seed(
            "good-channel",
            b"n",
            br#"{"channel":"beta","status":"override","allowSet":true}"#,
        ),
    ]
}

pub(super) fn remote_configs() -> Vec<Seed> {
    let seed =
        |name: &str, letter: &[u8], rest: &[u8]| Seed::new("remote_config", name, [letter, rest].concat());
    let text = std::str::from_utf8(remote_config::BODY).unwrap();
    let signature = std::str::from_utf8(remote_config::SIGNATURE).unwrap();
    let commented = signature.replacen("trusted comment: ", "trusted comment: not ", 2);
    vec![
        seed("good-unsigned", b"u", remote_config::BODY),
        seed("bad-http", b"u", text.replace("https:", "http:").as_bytes()),
        seed(
            "bad-checksum-without-algorithm",
            b"u",
            text.replace("checksumAlg", "checksumAlgo").as_bytes(),
        ),
        seed("good-signed", b"b", remote_config::BODY),
        seed(
            "bad-signed-changed",
            b"b",
            text.replace("2.0.0", "2.0.1").as_bytes(),
        ),
        seed("good-signature", b"s", remote_config::SIGNATURE),
        seed("bad-signature-comment", b"s", commented.as_bytes()),
        seed("good-key", b"k", remote_config::KEY.as_bytes()),
        seed("bad-key", b"k", remote_config::SIGNATURE),
    ]
}
