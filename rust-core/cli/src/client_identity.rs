//! A client certificate of this machine, from PEM files (`clientIdentity`), for servers that demand one. The key signs
//! in this process, which is a desktop's; a phone's stays in Keystore or Keychain.

use std::path::{Path, PathBuf};

use airlock_engine::IdentityFiles;
use airlock_engine::ports::{ClientIdentity, SignatureScheme};
use airlock_protocol::Code;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::exit::Failure;

/// Certificates and the key that belongs to the first.
pub(crate) struct PemIdentity(CertifiedKey);

impl PemIdentity {
    /// Reads the files; relative ones are beside the configuration. Errors: `config_invalid`.
    pub(crate) fn read(files: &IdentityFiles, config: &Path) -> Result<Self, Failure> {
        let beside = |file: &str| {
            config
                .parent()
                .map_or_else(|| PathBuf::from(file), |folder| folder.join(file))
        };
        let (certificates, key) = (beside(&files.certificate), beside(&files.key));
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(&certificates).and_then(Iterator::collect);
        let chain = chain.map_err(|error| unusable(&certificates, error))?;
        if chain.is_empty() {
            return Err(unusable(&certificates, "it holds no pem certificate"));
        }
        let secret = PrivateKeyDer::from_pem_file(&key).map_err(|error| unusable(&key, error))?;
        let secret = any_supported_type(&secret).map_err(|error| unusable(&key, error))?;
        let identity = CertifiedKey::new(chain, secret);
        identity.keys_match().map_err(|error| {
            let text = format!(
                "it does not belong to the first certificate of {} ({error})",
                files.certificate
            );
            unusable(&key, text)
        })?;
        Ok(Self(identity))
    }
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(
        Code::ConfigInvalid,
        format!("clientIdentity: cannot use {}: {why}", path.display()),
    )
}

impl ClientIdentity for PemIdentity {
    fn certificates(&self) -> Result<Vec<Vec<u8>>, String> {
        Ok(self
            .0
            .cert
            .iter()
            .map(|certificate| certificate.to_vec())
            .collect())
    }

    fn schemes(&self) -> Result<Vec<SignatureScheme>, String> {
        let fits = |scheme: &SignatureScheme| self.0.key.choose_scheme(&[(*scheme).into()]).is_some();
        Ok(SignatureScheme::ALL.into_iter().filter(fits).collect())
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, String> {
        let signer = self.0.key.choose_scheme(&[scheme.into()]);
        let signer = signer.ok_or("the key has no such scheme")?;
        signer.sign(message).map_err(|error| error.to_string())
    }
}
