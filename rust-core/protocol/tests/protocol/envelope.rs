//! checksum.json.sig.

use airlock_protocol::envelope::{Envelope, PAYLOAD_TYPE, Signature, pae};
use airlock_protocol::keys::PublicKeys;
use airlock_protocol::{Code, Error};

use crate::support::Signer;

const PAYLOAD: &[u8] = b"{\"id\":\"...\"}";

fn trusted(numbers: &[u8], threshold: u32) -> PublicKeys {
    let keys = numbers
        .iter()
        .map(|number| Signer::new(*number).public())
        .collect();
    PublicKeys::new(keys, threshold).unwrap()
}

fn signed_by(numbers: &[u8], payload_type: &str, payload: &[u8]) -> Envelope {
    let message = pae(payload_type, payload);
    let sign = |number: &u8| Signature {
        keyid: Signer::new(*number).key_id(),
        sig: Signer::new(*number).sign(&message),
    };
    Envelope::new(numbers.iter().map(sign).collect())
}

fn parse(json: &str) -> Result<Envelope, Error> {
    Envelope::parse(json.as_bytes())
}

#[test]
fn the_encoding_is_that_of_dsse() {
    // The example of the DSSE protocol text.
    assert_eq!(
        pae("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
}

#[test]
fn enough_distinct_trusted_keys_must_have_signed() {
    for (signers, keys, threshold, valid) in [
        (&[1][..], &[1][..], 1, true),
        (&[1, 2], &[1, 2, 3], 2, true),
        (&[9, 1], &[1], 1, true),
        (&[1], &[1, 2], 2, false),
        (&[9], &[1], 1, false),
        (&[1, 9], &[1, 2], 2, false),
    ] {
        let verdict = signed_by(signers, PAYLOAD_TYPE, PAYLOAD).verify(PAYLOAD, &trusted(keys, threshold));
        assert_eq!(verdict.is_ok(), valid, "{signers:?} {keys:?} {threshold}");
        assert!(
            verdict
                .map_err(|refusal| refusal.code())
                .err()
                .is_none_or(|code| code == Code::SignatureInvalid)
        );
    }
}

#[test]
fn any_other_bytes_are_refused() {
    let (envelope, keys) = (signed_by(&[1], PAYLOAD_TYPE, PAYLOAD), trusted(&[1], 1));
    assert!(envelope.verify(PAYLOAD, &keys).is_ok());
    for index in 0..PAYLOAD.len() {
        let mut changed = PAYLOAD.to_vec();
        changed[index] ^= 1;
        assert!(envelope.verify(&changed, &keys).is_err(), "byte {index}");
        assert!(
            envelope.verify(&PAYLOAD[..index], &keys).is_err(),
            "{index} bytes"
        );
    }
    assert!(envelope.verify(&[PAYLOAD, b" "].concat(), &keys).is_err());
}

#[test]
fn a_signature_for_another_type_of_document_is_refused() {
    let keys = trusted(&[1], 1);
    for other in [
        "application/vnd.in-toto+json",
        "",
        "application/vnd.airlock.checksum+json ",
    ] {
        assert!(
            signed_by(&[1], other, PAYLOAD).verify(PAYLOAD, &keys).is_err(),
            "{other:?}"
        );
    }
    // And one over the bare payload, without the encoding around it.
    let bare = Signature {
        keyid: Signer::new(1).key_id(),
        sig: Signer::new(1).sign(PAYLOAD),
    };
    assert!(Envelope::new(vec![bare]).verify(PAYLOAD, &keys).is_err());
}

#[test]
fn one_signature_repeated_counts_once() {
    let keys = trusted(&[1, 2], 2);
    let signature = Signature {
        keyid: Signer::new(1).key_id(),
        sig: Signer::new(1).sign(&pae(PAYLOAD_TYPE, PAYLOAD)),
    };
    let twice = Envelope::new(vec![signature.clone(), signature]);
    assert!(twice.verify(PAYLOAD, &keys).is_err());
    assert_eq!(
        Envelope::parse(&twice.to_bytes()).unwrap_err().code(),
        Code::SignatureInvalid
    );
}

#[test]
fn the_key_id_only_selects_among_trusted_keys() {
    let stranger = Signature {
        keyid: Signer::new(1).key_id(),
        sig: Signer::new(9).sign(&pae(PAYLOAD_TYPE, PAYLOAD)),
    };
    assert!(
        Envelope::new(vec![stranger])
            .verify(PAYLOAD, &trusted(&[1], 1))
            .is_err()
    );
    let nameless = Signature {
        keyid: String::new(),
        sig: Signer::new(1).sign(&pae(PAYLOAD_TYPE, PAYLOAD)),
    };
    assert!(
        Envelope::new(vec![nameless])
            .verify(PAYLOAD, &trusted(&[1], 1))
            .is_err()
    );
}

#[test]
fn no_signature_is_a_code_of_its_own() {
    let empty = format!(r#"{{"payloadType":"{PAYLOAD_TYPE}","signatures":[]}}"#);
    assert_eq!(parse(&empty).unwrap_err().code(), Code::SignatureMissing);
}

#[test]
fn malformed_envelopes_are_refused() {
    let good = String::from_utf8(signed_by(&[1], PAYLOAD_TYPE, PAYLOAD).to_bytes()).unwrap();
    assert!(parse(&good).is_ok());
    let many: Vec<String> = (0..300)
        .map(|number| format!(r#"{{"keyid":"{number}","sig":"AA=="}}"#))
        .collect();
    for bad in [
        String::new(),
        "{}".to_owned(),
        good.replace("airlock", "someone"),
        good.replace("\"sig\"", "\"signature\""),
        good.replace("\"sig\":\"", "\"sig\":\"*"),
        good.replace("=\"", "\""),
        good.replace("\"payloadType\"", "\"payloadType\":\"x\",\"payloadType\""),
        format!("{good}{good}"),
        format!("\u{feff}{good}"),
        format!("{good}{}", " ".repeat(70_000)),
        format!(
            r#"{{"payloadType":"{PAYLOAD_TYPE}","signatures":[{}]}}"#,
            many.join(",")
        ),
    ] {
        assert_eq!(
            parse(&bad).unwrap_err().code(),
            Code::SignatureInvalid,
            "{bad:.80}"
        );
    }
}
