//! TLS by rustls with ring: who is trusted, who we are, and what went wrong in words.

use std::io;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::{AlertDescription, CertificateError, ClientConfig, ConfigBuilder, WantsVerifier};
#[cfg(not(target_os = "android"))]
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::identity::Presents;
use super::trust::HostVerifier;
use super::{ClientIdentity, ServerTrust};
use crate::error::Error;

/// ring as the only crypto; trust is the host's, or the platform's (system store, user CAs, MDM). A client certificate is
/// shown to every server that asks over a connection with `identity`.
pub(super) fn config(
    trust: Option<&Arc<dyn ServerTrust>>,
    identity: Option<&Arc<dyn ClientIdentity>>,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let trusting = match trust {
        Some(trust) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(HostVerifier::new(Arc::clone(trust), provider))),
        None => platform_trust(builder)?,
    };
    Ok(match identity {
        Some(identity) => trusting.with_client_cert_resolver(Arc::new(Presents(Arc::clone(identity)))),
        None => trusting.with_no_client_auth(),
    })
}

#[cfg(not(target_os = "android"))]
fn platform_trust(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    builder.with_platform_verifier().map_err(failed)
}

/// Android's trust can be asked through Java only, which is the host's.
#[cfg(target_os = "android")]
fn platform_trust(
    _: ConfigBuilder<ClientConfig, WantsVerifier>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    Err(Error::Internal(
        "the app gave no ServerTrust, and on Android nobody else can judge servers".to_owned(),
    ))
}

fn failed(error: rustls::Error) -> Error {
    Error::Internal(format!("cannot set up tls: {error}"))
}

/// What a failed connection's innermost cause says of TLS, for people; `None` when it is about something else.
pub(super) fn explain(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let io = cause.downcast_ref::<io::Error>()?;
    let error = io.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
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
