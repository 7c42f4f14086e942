//! The peer's encryption: only what the holder of the private key made is opened, whatever way it arrives.

use std::sync::LazyLock;

use airlock_foreign::PlainChecksumJson;
use airlock_foreign::capgo::{ChannelAnswer, Error, Listed, PublicKey, SealedArchive};
use airlock_protocol::{Sha256Digest, hex, keys};
use serde_json::Value;

use crate::Verdict;

/// A key, an archive and its two texts, made by node's crypto for the tests of foreign.
pub(crate) static VECTOR: LazyLock<Vector> = LazyLock::new(|| {
    let text = include_str!("../../../../rust-core/foreign/tests/capgo/data/node.json");
    let value: Value = serde_json::from_str(text).unwrap();
    let field = |name: &str| value[name].as_str().unwrap().to_owned();
    Vector {
        public_key: field("publicKey"),
        checksum: field("checksum"),
        session_key: field("sessionKey"),
        zip: hex::decode(&field("zip")).unwrap(),
        archive: hex::decode(&field("archive")).unwrap(),
    }
});

pub(crate) struct Vector {
    pub(crate) public_key: String,
    pub(crate) checksum: String,
    pub(crate) session_key: String,
    zip: Vec<u8>,
    pub(crate) archive: Vec<u8>,
}

/// A letter for what is attacked: the key, the two texts (a line each), the archive (after the length of its pieces),
/// the older checksum.json, or an answer about channels.
pub(crate) fn capgo(data: &[u8]) -> Verdict {
    match data.split_first() {
        Some((b'k', text)) => std::str::from_utf8(text).map_or(Verdict::Refused, key),
        Some((b't', texts)) => std::str::from_utf8(texts).map_or(Verdict::Refused, texts_of),
        Some((b'a', archive)) => archive
            .split_first()
            .map_or(Verdict::Refused, |(piece, archive)| {
                decrypted(usize::from(*piece).max(1), archive)
            }),
        Some((b'c', document)) => plain_checksum_json(document),
        Some((b'n', answer)) => channels(answer),
        _ => Verdict::Refused,
    }
}

fn key(text: &str) -> Verdict {
    let parsed = PublicKey::from_pem(text);
    if let Ok(key) = &parsed {
        assert!(
            keys::PublicKey::from_pem(text).is_ok(),
            "the kernel refuses this key"
        );
        assert_eq!(
            PublicKey::from_pem(text).unwrap().fingerprint(),
            key.fingerprint()
        );
        assert!(
            !text.contains("PRIVATE KEY"),
            "a private key is taken for a public one"
        );
    }
    Verdict::of(&parsed)
}

/// Nobody here has the private key: what opens is the honest pair of texts, in one case of letters or the other.
fn texts_of(texts: &str) -> Verdict {
    let (checksum, session_key) = texts.split_once('\n').unwrap_or((texts, ""));
    let vector = &*VECTOR;
    let opened = SealedArchive::open(&honest_key(), checksum, session_key);
    if opened.is_ok() {
        assert_eq!(
            checksum.to_lowercase(),
            vector.checksum,
            "a forged checksum is believed"
        );
        let (_, signed) = session_key.split_once(':').unwrap();
        assert!(
            vector.session_key.ends_with(signed),
            "a forged session key is believed"
        );
    }
    Verdict::of(&opened)
}

fn decrypted(piece: usize, archive: &[u8]) -> Verdict {
    let vector = &*VECTOR;
    let opened = SealedArchive::open(&honest_key(), &vector.checksum, &vector.session_key).unwrap();
    let at_once = decrypt(&opened, archive, archive.len().max(1));
    assert_eq!(
        decrypt(&opened, archive, piece).ok(),
        at_once.as_ref().ok().cloned(),
        "pieces matter"
    );
    if let Ok(zip) = &at_once {
        assert_eq!(zip, &vector.zip, "another archive is believed");
        assert_eq!(Sha256Digest::of(zip), opened.digest());
    }
    Verdict::of(&at_once)
}

fn decrypt(opened: &SealedArchive, archive: &[u8], piece: usize) -> Result<Vec<u8>, Error> {
    let mut decryptor = opened.decryptor();
    let mut zip = Vec::new();
    for piece in archive.chunks(piece) {
        zip.extend_from_slice(decryptor.update(piece));
        assert!(zip.len() < archive.len().max(1), "more comes out than went in");
    }
    zip.extend(decryptor.finish()?);
    Ok(zip)
}

fn honest_key() -> PublicKey {
    PublicKey::from_pem(&VECTOR.public_key).unwrap()
}

/// The older form is never taken for the signed one, and never the other way round.
fn plain_checksum_json(document: &[u8]) -> Verdict {
    let parsed = PlainChecksumJson::parse(document);
    if let (Ok(plain), true) = (&parsed, PlainChecksumJson::is_written_in(document)) {
        assert!(airlock_protocol::ChecksumJson::parse(document).is_err());
        assert!(!plain.files().is_empty() && plain.weakest().is_some());
        let mut keys: Vec<String> = plain.files().iter().map(|file| file.path.fold_key()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(
            keys.len(),
            plain.files().len(),
            "two files are one on some systems"
        );
        return Verdict::Accepted;
    }
    Verdict::Refused
}

/// One answer is never both a list and a word, and whatever is taken over is one short line.
fn channels(answer: &[u8]) -> Verdict {
    let (told, listed) = (ChannelAnswer::parse(answer), Listed::parse(answer));
    assert!(told.is_err() || listed.is_err(), "an object and a list at once");
    let told_name = match &told {
        Ok(ChannelAnswer::Told(told)) => told.channel.clone(),
        _ => None,
    };
    let names = listed.iter().flatten().map(|listed| listed.name.clone());
    for name in names.chain(told_name) {
        assert!(name.len() <= 256 && !name.chars().any(char::is_control));
    }
    match told.is_ok() || listed.is_ok() {
        true => Verdict::Accepted,
        false => Verdict::Refused,
    }
}
