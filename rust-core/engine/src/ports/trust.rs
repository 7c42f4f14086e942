//! Whose word counts on a server's certificate.

use std::fmt;
use std::sync::Arc;
#[cfg(not(target_os = "android"))]
use std::sync::OnceLock;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

/// The platform's own verdict on servers, for hosts whose trust Rust cannot ask by itself: Android's trust manager with
/// the app's network security config, or pins on top.
pub trait ServerTrust: Send + Sync {
    /// Whether `host` with this chain (DER, its own certificate first) may be talked to. Blocks one handshake. The
    /// error is for people and stands in `download_failed`.
    fn verify(&self, host: &str, chain: &[&[u8]]) -> Result<(), String>;
}

/// rustls asks the host for the chain and the name, and checks by itself that the server has the certificate's key.
pub(super) struct HostVerifier {
    trust: Arc<dyn ServerTrust>,
    provider: Arc<CryptoProvider>,
}

impl HostVerifier {
    pub(super) fn new(trust: Arc<dyn ServerTrust>, provider: Arc<CryptoProvider>) -> Self {
        Self { trust, provider }
    }
}

impl ServerCertVerifier for HostVerifier {
    /// Stapled OCSP answers and the time are the host's affair: it has a store and a clock of its own.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<&[u8]> = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|certificate| certificate.as_ref())
            .collect();
        self.trust
            .verify(&server_name.to_str(), &chain)
            .map(|()| ServerCertVerified::assertion())
            .map_err(|reason| {
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Distrusted(reason)))))
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

impl fmt::Debug for HostVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostVerifier")
    }
}

/// The platform's verifier, made for the first server that shows a certificate: on Linux it reads every file of the system's
/// store, hundreds of them, which a run that talks to none must not wait for.
#[cfg(not(target_os = "android"))]
#[derive(Debug)]
pub(super) struct Platform {
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<rustls_platform_verifier::Verifier, Error>>,
}

#[cfg(not(target_os = "android"))]
impl Platform {
    pub(super) fn new(provider: Arc<CryptoProvider>) -> Self {
        let verifier = OnceLock::new();
        Self { provider, verifier }
    }

    fn verifier(&self) -> Result<&rustls_platform_verifier::Verifier, Error> {
        let make = || rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider));
        self.verifier.get_or_init(make).as_ref().map_err(Error::clone)
    }
}

#[cfg(not(target_os = "android"))]
impl ServerCertVerifier for Platform {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?
            .verify_tls13_signature(message, certificate, signature)
    }

    /// What the platform's verifier says as well: the same provider checks signatures.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The host's own words.
#[derive(Debug)]
struct Distrusted(String);

impl fmt::Display for Distrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server is not trusted: {}", self.0)
    }
}

impl std::error::Error for Distrusted {}
