//! checksum.json.sig: what is accepted can be written again, and nothing verifies that the key did not sign.

use std::sync::LazyLock;

use airlock_protocol::envelope::{Envelope, PAYLOAD_TYPE, Signature, pae};
use airlock_protocol::keys::{PublicKey, PublicKeys};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::Verdict;

/// What the honest author signs.
pub(crate) const PAYLOAD: &[u8] = b"{\"the\":\"checksum.json\"}";

struct Author {
    keys: PublicKeys,
    signature: Signature,
}

static AUTHOR: LazyLock<Author> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
    let public = PublicKey::from_ed25519(pair.public_key().as_ref().try_into().unwrap()).unwrap();
    let signature = Signature {
        keyid: public.key_id(),
        sig: pair.sign(&pae(PAYLOAD_TYPE, PAYLOAD)).as_ref().to_vec(),
    };
    Author {
        keys: PublicKeys::new(vec![public], 1).unwrap(),
        signature,
    }
});

/// The bytes of the honest checksum.json.sig, for the seeds.
pub(crate) fn honest() -> Vec<u8> {
    Envelope::new(vec![AUTHOR.signature.clone()]).to_bytes()
}

/// The author's public key, 32 bytes.
pub(crate) fn public_point() -> [u8; 32] {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
    pair.public_key().as_ref().try_into().unwrap()
}

pub(crate) fn envelope(data: &[u8]) -> Verdict {
    let parsed = Envelope::parse(data);
    let Ok(envelope) = &parsed else {
        return Verdict::Refused;
    };
    let again = envelope.to_bytes();
    assert_eq!(&Envelope::parse(&again).unwrap(), envelope);
    // Ed25519 has one signature for one message, and base64 one text for it.
    let author = &*AUTHOR;
    let signed = String::from_utf8(again)
        .unwrap()
        .contains(&String::from_utf8(text_of(&author.signature)).unwrap());
    assert_eq!(envelope.verify(PAYLOAD, &author.keys).is_ok(), signed);
    assert!(envelope.verify(b"another payload", &author.keys).is_err());
    match signed {
        true => Verdict::Accepted,
        false => Verdict::Refused,
    }
}

/// One signature as an envelope writes it, braces included.
fn text_of(signature: &Signature) -> Vec<u8> {
    let whole = Envelope::new(vec![signature.clone()]).to_bytes();
    let start = whole.iter().position(|byte| *byte == b'[').unwrap() + 1;
    whole[start..whole.len() - 2].to_vec()
}
