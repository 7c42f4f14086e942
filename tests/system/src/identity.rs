//! Real certificates, made when a test runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airlock_protocol::{Sha256Digest, base64};
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// A certificate that signs itself, and its key.
pub struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Identity {
    /// For a server of this name, valid now.
    pub fn of(name: &str) -> Self {
        Self::valid(name, 2020, 2100)
    }

    /// The same, valid from the beginning of one year to that of another.
    pub fn valid(name: &str, from: i32, to: i32) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate, key }
    }

    /// Writes the certificate where a client can be told to trust it.
    pub fn write(&self, path: &Path) -> PathBuf {
        fs::write(path, self.certificate.pem()).unwrap();
        path.to_owned()
    }

    /// Writes the key where its owner can be told to read it.
    pub fn write_key(&self, path: &Path) -> PathBuf {
        fs::write(path, self.key.serialize_pem()).unwrap();
        path.to_owned()
    }

    /// The pin of its key.
    pub fn pin(&self) -> String {
        let key = Sha256Digest::of(&self.key.subject_public_key_info());
        format!("sha256/{}", base64::encode(key.as_bytes()))
    }

    /// For a server that talks to nobody but `client`, or to everybody.
    pub(crate) fn server_config(&self, client: Option<&Identity>) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a private key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let clients = match client {
            None => WebPkiClientVerifier::no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots
                    .add(client.certificate.der().clone())
                    .expect("a certificate");
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build()
                    .expect("somebody is trusted")
            }
        };
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring offers the default versions")
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![self.certificate.der().clone()], key)
            .expect("key and certificate belong together");
        Arc::new(config)
    }
}
