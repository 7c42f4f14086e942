//! `pinnedCertificates`: the servers' own keys, on top of what the platform says of them.

use std::fmt;
use std::sync::Arc;

use airlock_protocol::{Sha256Digest, base64, hex};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};

/// What one of a server's certificates must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// SHA-256 of its `SubjectPublicKeyInfo` (RFC 7469 section 2.4): a certificate that is renewed for the same key keeps it.
    Key(Sha256Digest),
    /// SHA-256 of the whole certificate, its fingerprint: each renewal is another one.
    Certificate(Sha256Digest),
}

impl Pin {
    /// Base64 of 32 bytes, `sha256/` before it or not, is a key's; 64 hexadecimal digits, in pairs with `:` between them
    /// or not, are a certificate's.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fingerprint = match text.contains(':') {
            true if text.split(':').any(|pair| pair.len() != 2) => return None,
            true => text.replace(':', ""),
            false => text.to_owned(),
        };
        if let Some(bytes) = hex::decode(&fingerprint.to_ascii_lowercase()) {
            return digest(&bytes).map(Self::Certificate);
        }
        let key = text.strip_prefix("sha256/").unwrap_or(text);
        digest(&base64::decode(key)?).map(Self::Key)
    }

    fn fits(&self, certificate: &CertificateDer<'_>) -> bool {
        match self {
            Self::Certificate(digest) => *digest == Sha256Digest::of(certificate),
            Self::Key(digest) => Some(*digest) == key_digest(certificate),
        }
    }
}

fn digest(bytes: &[u8]) -> Option<Sha256Digest> {
    Some(Sha256Digest::from_bytes(bytes.try_into().ok()?))
}

fn key_digest(certificate: &CertificateDer<'_>) -> Option<Sha256Digest> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    Some(Sha256Digest::of(parsed.subject_public_key_info().as_ref()))
}

/// All of an app's pins; one that fits is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins(Vec<Pin>);

impl Pins {
    /// Nothing for no pins at all, which would let nobody in.
    pub fn new(pins: Vec<Pin>) -> Option<Self> {
        (!pins.is_empty()).then_some(Self(pins))
    }

    /// Whether there is a second key to go on with when the first is lost.
    pub fn has_spare(&self) -> bool {
        self.0.iter().any(|pin| Some(pin) != self.0.first())
    }

    fn hold(&self, certificate: &CertificateDer<'_>) -> bool {
        self.0.iter().any(|pin| pin.fits(certificate))
    }
}

/// Asks somebody else for the verdict, and then for a pin.
pub(super) struct Pinned {
    pub(super) verdict: Arc<dyn ServerCertVerifier>,
    pub(super) pins: Pins,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl Pinned {
    /// The server's own certificate has a pin, or one that vouches for it does. A server may send along whatever it likes,
    /// so a certificate counts only if the server's own can be traced to it by signatures.
    fn is_met(&self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>], now: UnixTime) -> bool {
        let pinned = others.iter().filter(|other| self.pins.hold(other));
        self.pins.hold(own)
            || pinned
                .into_iter()
                .any(|issuer| self.vouches(issuer, own, others, now))
    }

    fn vouches(
        &self,
        issuer: &CertificateDer<'_>,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let mut roots = RootCertStore::empty();
        let (Ok(()), Ok(own)) = (
            roots.add(issuer.clone().into_owned()),
            ParsedCertificate::try_from(own),
        ) else {
            return false;
        };
        verify_server_cert_signed_by_trust_anchor(&own, &roots, others, now, self.algorithms.all).is_ok()
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.verdict
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        if self.is_met(end_entity, intermediates, now) {
            return Ok(verified);
        }
        let stranger = Arc::new(Unpinned(key_digest(end_entity)));
        Err(Error::InvalidCertificate(CertificateError::Other(OtherError(
            stranger,
        ))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verdict
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verdict
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verdict.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.verdict.requires_raw_public_keys()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.verdict.root_hint_subjects()
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}

/// A server that the platform trusts and the app does not. Its key is public, and its digest tells an operator who was met.
#[derive(Debug)]
struct Unpinned(Option<Sha256Digest>);

impl fmt::Display for Unpinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("none of the server's certificates is one of pinnedCertificates")?;
        match self.0 {
            Some(own) => write!(f, " (its own key is sha256/{})", base64::encode(own.as_bytes())),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Unpinned {}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";

    #[test]
    fn a_key_is_written_in_base64_and_a_certificate_in_hex() {
        let bytes = hex::decode(&HEX.to_ascii_lowercase()).unwrap();
        let digest = Sha256Digest::from_bytes(bytes.as_slice().try_into().unwrap());
        let key = base64::encode(&bytes);
        let pairs: Vec<_> = HEX
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap())
            .collect();
        assert_eq!(Pin::parse(&key), Some(Pin::Key(digest)));
        assert_eq!(Pin::parse(&format!("sha256/{key}")), Some(Pin::Key(digest)));
        assert_eq!(Pin::parse(HEX), Some(Pin::Certificate(digest)));
        assert_eq!(Pin::parse(&pairs.join(":")), Some(Pin::Certificate(digest)));
    }

    #[test]
    fn anything_else_is_no_pin() {
        let key = base64::encode(&[7; 32]);
        for bad in [
            "",
            "sha256/",
            &HEX[1..],
            &format!("{HEX}00"),
            &format!("sha256/{HEX}"),
            &format!("sha1/{key}"),
            &key[..43],
            &base64::encode(&[7; 31]),
            &HEX.replace('0', "0:"),
            "-----BEGIN CERTIFICATE-----",
        ] {
            assert_eq!(Pin::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_spare_is_another_pin() {
        let pin = |byte| Pin::Key(Sha256Digest::from_bytes([byte; 32]));
        assert_eq!(Pins::new(Vec::new()), None);
        for (pins, has_spare) in [
            (vec![pin(1)], false),
            (vec![pin(1), pin(1)], false),
            (vec![pin(1), pin(2)], true),
        ] {
            assert_eq!(Pins::new(pins).unwrap().has_spare(), has_spare);
        }
    }
}
