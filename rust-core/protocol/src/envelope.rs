//! checksum.json.sig: detached signatures over the exact bytes of checksum.json.
//!
//! The form follows DSSE (<https://github.com/secure-systems-lab/dsse>): what is signed is the
//! pre-authentication encoding of the payload type and the payload, so a signature made for one kind of
//! document never fits another. Bytes are verified first and parsed afterwards, never re-serialised.

use serde::{Deserialize, Serialize};

use crate::{Error, SignatureFault, base64, json, keys::PublicKeys, limits, ordered};

/// The payload type of a signed checksum.json.
pub const PAYLOAD_TYPE: &str = "application/vnd.airlock.checksum+json";

const DOCUMENT: &str = crate::CHECKSUM_FILE;

/// The bytes that are signed: `DSSEv1 <len> <type> <len> <payload>`, lengths in decimal.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// One signature, and the id of the key that is said to have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// [`crate::keys::PublicKey::key_id`] of the signer. It only selects among trusted keys.
    pub keyid: String,
    /// The signature: raw for Ed25519 and RSA, DER for ECDSA.
    pub sig: Vec<u8>,
}

/// The contents of a checksum.json.sig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
struct WireEnvelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// An envelope around signatures made over [`pae`] of [`PAYLOAD_TYPE`] and the payload.
    pub fn new(signatures: Vec<Signature>) -> Envelope {
        Envelope { signatures }
    }

    /// Reads a checksum.json.sig.
    ///
    /// # Errors
    /// `signature_missing` if it holds no signature; `signature_invalid` if it is not the strict JSON it
    /// must be, is for another payload type, names one key twice or carries too many signatures.
    pub fn parse(bytes: &[u8]) -> Result<Envelope, Error> {
        let value = json::parse(bytes, limits::ENVELOPE_BYTES).map_err(malformed)?;
        let wire = WireEnvelope::deserialize(&value).map_err(malformed)?;
        if wire.payload_type != PAYLOAD_TYPE {
            return Err(malformed("it is for another type of document"));
        }
        if wire.signatures.is_empty() {
            return Err(SignatureFault::Missing {
                document: DOCUMENT.to_owned(),
            }
            .into());
        }
        if wire.signatures.len() > limits::SIGNATURES_MAX {
            return Err(malformed("it carries too many signatures"));
        }
        let signers = ordered::set(wire.signatures.iter().map(|each| each.keyid.as_str()));
        if signers.len() != wire.signatures.len() {
            return Err(malformed("it names a key twice"));
        }
        let signatures: Option<Vec<Signature>> = wire.signatures.into_iter().map(signature).collect();
        let signatures = signatures.ok_or_else(|| malformed("a signature is not base64"))?;
        Ok(Envelope { signatures })
    }

    /// The bytes of the checksum.json.sig.
    pub fn to_bytes(&self) -> Vec<u8> {
        let signatures = self.signatures.iter().map(|each| WireSignature {
            keyid: each.keyid.clone(),
            sig: base64::encode(&each.sig),
        });
        let wire = WireEnvelope {
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: signatures.collect(),
        };
        // Strings in structs always serialise; an empty answer would be refused by every reader.
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// Checks that enough of the trusted `keys` signed exactly these `payload` bytes.
    ///
    /// Counts distinct keys, not signatures. A wrong signature beside enough right ones does no harm.
    ///
    /// # Errors
    /// `signature_invalid` if fewer than the threshold did.
    pub fn verify(&self, payload: &[u8], keys: &PublicKeys) -> Result<(), Error> {
        let message = pae(PAYLOAD_TYPE, payload);
        let valid = ordered::set(self.signatures.iter().filter_map(|each| {
            keys.by_id(&each.keyid)
                .filter(|key| key.verifies(&message, &each.sig))
        }));
        if valid.len() >= keys.threshold() {
            return Ok(());
        }
        let document = DOCUMENT.to_owned();
        Err(SignatureFault::BelowThreshold {
            document,
            valid: valid.len(),
            threshold: keys.threshold(),
        }
        .into())
    }
}

fn signature(wire: WireSignature) -> Option<Signature> {
    Some(Signature {
        keyid: wire.keyid,
        sig: base64::decode(&wire.sig)?,
    })
}

fn malformed(detail: impl ToString) -> Error {
    SignatureFault::Malformed {
        document: DOCUMENT.to_owned(),
        detail: detail.to_string(),
    }
    .into()
}
