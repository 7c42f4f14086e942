//! Whom an app trusts, and what decides it.

use airlock_foreign::{capgo, minisign};
use airlock_protocol::keys::PublicKeys;
use airlock_protocol::{Code, Sha256Digest, ordered};

use super::Config;
use crate::error::Error;

/// The feed whose servers speak the peer's protocol, and whose archives are signed the peer's way.
pub(crate) const PEER: &str = "capgo";

/// The feed whose document is signed by minisign.
const VICIUS: &str = "vicius";

/// Whom this app trusts. `updateProtocol` decides how a configured key is used; nothing received and nothing
/// about the key does (docs/adr/0012-peer-encryption.md).
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// Only what chains up to these keys through a repository's metadata.
    Keys(PublicKeys),
    /// With `updateProtocol: capgo`, only archives whose checksum and session key the holder of this key made.
    Peer(Box<capgo::PublicKey>),
    /// With `updateProtocol: vicius`, only what a document names that this minisign key signed.
    Document(Box<minisign::PublicKey>),
    /// Hashes and HTTPS are all there is (`allowUnsigned: true`, and no key).
    Unsigned,
}

impl Config {
    /// Whom to trust. No key means no remote update, unless `allowUnsigned` is written down; a key
    /// that cannot be read is never taken for "no key". Errors: `config_invalid`,
    /// `public_key_invalid`.
    pub(crate) fn trust(&self) -> Result<Trust, Error> {
        if let Some(pems) = &self.public_key {
            return match self.update_protocol.as_str() {
                PEER => self.peer_key(pems).map(|key| Trust::Peer(Box::new(key))),
                VICIUS => self.document_key(pems).map(|key| Trust::Document(Box::new(key))),
                _ => PublicKeys::from_pems(pems, self.key_threshold)
                    .map(Trust::Keys)
                    .map_err(unusable_key),
            };
        }
        match self.allow_unsigned {
            true => Ok(Trust::Unsigned),
            false => Err(Error::config(
                "no publicKey is configured, so remote updates are off; run `airlock init` and paste the key",
            )),
        }
    }

    /// The peer knows one key; a threshold above it or a second key would promise what nobody checks.
    fn peer_key(&self, pems: &[String]) -> Result<capgo::PublicKey, Error> {
        match pems {
            [pem] if self.key_threshold == 1 => capgo::PublicKey::from_pem(pem).map_err(unusable_key),
            _ => Err(unusable_key(
                "with updateProtocol `capgo` there is one key and no keyThreshold",
            )),
        }
    }

    /// A document has one signature.
    fn document_key(&self, keys: &[String]) -> Result<minisign::PublicKey, Error> {
        match keys {
            [key] if self.key_threshold == 1 => minisign::PublicKey::parse(key).map_err(unusable_key),
            _ => Err(unusable_key(
                "with updateProtocol `vicius` there is one minisign key and no keyThreshold",
            )),
        }
    }

    /// Tells configurations apart by whom they trust; `None` when that cannot be read.
    pub(crate) fn trust_fingerprint(&self) -> Option<String> {
        match self.trust().ok()? {
            Trust::Unsigned => Some("unsigned".to_owned()),
            Trust::Peer(key) => Some(format!("{PEER} {}", key.fingerprint())),
            Trust::Document(_) => {
                let key = self.public_key.as_deref()?.concat();
                Some(format!("{VICIUS} {}", Sha256Digest::of(key.trim().as_bytes())))
            }
            Trust::Keys(keys) => {
                let ids = ordered::set(keys.iter().map(|key| key.key_id()));
                let ids: Vec<String> = ids.into_iter().collect();
                let text = format!("{} of {}", keys.threshold(), ids.join(" "));
                Some(Sha256Digest::of(text.as_bytes()).to_string())
            }
        }
    }
}

fn unusable_key(why: impl std::fmt::Display) -> Error {
    Error::Config {
        code: Code::PublicKeyInvalid,
        text: format!("the configured publicKey cannot be used: {why}"),
    }
}
