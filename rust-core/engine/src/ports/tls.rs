//! TLS by rustls with ring: who is trusted, who we are, and what went wrong in words.

use std::io;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{AlertDescription, CertificateError, ClientConfig};

use super::identity::Presents;
use super::pins::{Pinned, Pins};
use super::trust::HostVerifier;
use super::{ClientIdentity, ServerTrust};
use crate::error::Error;

/// ring as the only crypto; trust is the host's, or the platform's (system store, user CAs, MDM), and of those whom it
/// trusts only the pinned. A client certificate is shown to every server that asks over a connection with `identity`.
pub(super) fn config(
    trust: Option<&Arc<dyn ServerTrust>>,
    pins: Option<&Pins>,
    identity: Option<&Arc<dyn ClientIdentity>>,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verdict: Arc<dyn ServerCertVerifier> = match trust {
        Some(trust) => Arc::new(HostVerifier::new(Arc::clone(trust), Arc::clone(&provider))),
        None => platform_trust(&provider)?,
    };
    let verifier = match pins {
        Some(pins) => Arc::new(Pinned {
            verdict,
            pins: pins.clone(),
            algorithms: provider.signature_verification_algorithms,
        }),
        None => verdict,
    };
    let trusting = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(match identity {
        Some(identity) => trusting.with_client_cert_resolver(Arc::new(Presents(Arc::clone(identity)))),
        None => trusting.with_no_client_auth(),
    })
}

#[cfg(not(target_os = "android"))]
fn platform_trust(provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    Ok(Arc::new(super::trust::Platform::new(Arc::clone(provider))))
}

/// Android's trust can be asked through Java only, which is the host's.
#[cfg(target_os = "android")]
fn platform_trust(_: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    Err(Error::Internal(
        "the app gave no ServerTrust, and on Android nobody else can judge servers".to_owned(),
    ))
}

fn failed(error: rustls::Error) -> Error {
    Error::Internal(format!("cannot set up tls: {error}"))
}

/// What a failed connection's innermost cause says of TLS, for people; `None` when it is about something else.
pub(super) fn explain(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    // What fails in the handshake comes wrapped twice, what fails after it once.
    let mut inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    while let Some(wrapped) = inner.downcast_ref::<io::Error>() {
        inner = wrapped.get_ref()?;
    }
    Some(match inner.downcast_ref::<rustls::Error>()? {
        rustls::Error::Other(said) => said.to_string(),
        rustls::Error::InvalidCertificate(CertificateError::Other(said)) => said.to_string(),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server demands a client certificate; set clientIdentity".to_owned()
        }
        rustls::Error::AlertReceived(alert) if is_about_our_certificate(*alert) => {
            format!("the server refused the client certificate ({alert:?})")
        }
        other => other.to_string(),
    })
}

/// Alerts a server can only mean our certificate with (RFC 8446 section 6.2).
fn is_about_our_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}
