//! A signed document taken apart: the `signed` part, and who says to have signed it.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::keyring::{Count, RoleKeys};
use crate::{Error, MetadataFault, UnixMillis, hex, json, keys::PublicKeys, limits, ordered};

/// The body of one type of metadata.
pub(super) trait Body: Sized {
    /// The value of `_type`.
    const TYPE: &'static str;
    /// The JSON shape.
    type Wire: DeserializeOwned;

    /// Checks what the shape alone does not. An error is the rule that is broken.
    fn read(wire: Self::Wire, header: Header) -> Result<Self, String>;

    /// Version and expiry date.
    fn header(&self) -> Header;
}

/// What every type of metadata begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u64,
    pub(super) expires: UnixMillis,
}

impl Header {
    /// # Errors
    /// `metadata_expired` from the expiry date on.
    pub(super) fn check_fresh(&self, document: &str, now: UnixMillis) -> Result<(), Error> {
        if self.expires > now {
            return Ok(());
        }
        Err(MetadataFault::Expired {
            document: document.to_owned(),
            expires: self.expires,
        }
        .into())
    }
}

#[derive(Deserialize)]
struct WireDocument {
    signatures: Vec<WireSignature>,
}

#[derive(Deserialize)]
struct WireSignature {
    keyid: String,
    sig: String,
}

#[derive(Deserialize)]
struct WireHeader {
    #[serde(rename = "_type")]
    kind: String,
    spec_version: String,
    version: u64,
    expires: UnixMillis,
}

/// Received bytes, parsed but not trusted.
#[derive(Debug)]
pub(super) struct Document {
    name: String,
    signed: Value,
    /// The canonical form of `signed` as received: what the signatures cover.
    message: Vec<u8>,
    signatures: Vec<(String, Vec<u8>)>,
}

impl Document {
    /// # Errors
    /// `metadata_invalid` if it is not strict JSON of at most `max_bytes`, or names a signing key twice.
    pub(super) fn parse(name: &str, bytes: &[u8], max_bytes: u64) -> Result<Document, Error> {
        let mut value = json::parse(bytes, max_bytes).map_err(|fault| fault.inside(name))?;
        let wire = WireDocument::deserialize(&value).map_err(|fault| MetadataFault::invalid(name, fault))?;
        let signed = value.get_mut("signed").map(Value::take);
        let signed = signed.ok_or_else(|| MetadataFault::invalid(name, "missing field `signed`"))?;
        if wire.signatures.len() > limits::SIGNATURES_MAX {
            return Err(MetadataFault::invalid(name, "it carries too many signatures").into());
        }
        let signers = ordered::set(wire.signatures.iter().map(|each| each.keyid.as_str()));
        if signers.len() != wire.signatures.len() {
            return Err(MetadataFault::invalid(name, "two signatures name one key id").into());
        }
        // A signature that is not hex (some tools leave it empty) is one that does not verify.
        let signature = |each: WireSignature| Some((each.keyid, hex::decode(&each.sig)?));
        let message = json::canonical(&signed);
        let signatures = wire.signatures.into_iter().filter_map(signature).collect();
        Ok(Document {
            name: name.to_owned(),
            signed,
            message,
            signatures,
        })
    }

    /// The body, proven to be signed by the threshold of `keys`.
    ///
    /// # Errors
    /// `metadata_invalid` if it is not, or is not of the type `T`.
    pub(super) fn verified<T: Body>(&self, keys: &RoleKeys) -> Result<T, Error> {
        self.require(keys.count(&self.message, &self.signatures))?;
        self.claims()
    }

    /// Checks signatures by those of `keys` that are `trusted`, against the threshold of `trusted`.
    ///
    /// # Errors
    /// `metadata_invalid` if there are not enough.
    pub(super) fn check_vouched(&self, keys: &RoleKeys, trusted: &PublicKeys) -> Result<(), Error> {
        self.require(keys.count_trusted(trusted, &self.message, &self.signatures))
    }

    /// What the document says of itself. Only for roots, which bring the keys that verify them.
    pub(super) fn claims<T: Body>(&self) -> Result<T, Error> {
        let header = self.header::<T>()?;
        let wire = T::Wire::deserialize(&self.signed).map_err(|fault| self.invalid(fault))?;
        T::read(wire, header).map_err(|rule| self.invalid(rule))
    }

    fn header<T: Body>(&self) -> Result<Header, Error> {
        let wire = WireHeader::deserialize(&self.signed).map_err(|fault| self.invalid(fault))?;
        if wire.kind != T::TYPE {
            return Err(self.invalid(format_args!(
                "its type is {:?}, expected {:?}",
                wire.kind,
                T::TYPE
            )));
        }
        if !wire.spec_version.starts_with("1.") {
            return Err(self.invalid("its spec_version is not 1.x"));
        }
        if wire.version == 0 {
            return Err(self.invalid("its version is 0"));
        }
        Ok(Header {
            version: wire.version,
            expires: wire.expires,
        })
    }

    fn require(&self, count: Count) -> Result<(), Error> {
        if count.is_enough() {
            return Ok(());
        }
        let Count { valid, threshold } = count;
        Err(MetadataFault::Signatures {
            document: self.name.clone(),
            valid,
            threshold,
        }
        .into())
    }

    fn invalid(&self, detail: impl ToString) -> Error {
        MetadataFault::invalid(&self.name, detail).into()
    }
}
