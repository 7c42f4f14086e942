//! `clientIdentity`: who the device is to a server that demands a certificate.

use super::fields::Fields;
use crate::error::Error;

/// The files of a client certificate on a desktop host. On phones the key is in Keystore or Keychain, and what
/// `clientIdentity` says of it (`alias`) is the platform's to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFiles {
    /// PEM certificates, the client's own first.
    pub certificate: String,
    /// Its private key, as PEM.
    pub key: String,
}

pub(super) fn read(fields: Option<Fields<'_>>) -> Result<Option<IdentityFiles>, Error> {
    let file = |key: &str| fields.map_or(Ok(None), |fields| fields.text(key));
    match (file("certificate")?, file("key")?) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(IdentityFiles { certificate, key })),
        _ => Err(Error::config(
            "clientIdentity needs both, `certificate` and `key` (pem files), or the `alias` of a key on the phone",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn read(identity: &str) -> Result<Option<IdentityFiles>, Error> {
        let json = format!(r#"{{"appId":"com.example.app","clientIdentity":{identity}}}"#);
        Config::parse(json.as_bytes()).map(|config| config.client_identity)
    }

    #[test]
    fn both_files_or_none() {
        let files = read(r#"{"certificate":"a.pem","key":"b.pem"}"#).unwrap().unwrap();
        assert_eq!(
            (files.certificate.as_str(), files.key.as_str()),
            ("a.pem", "b.pem")
        );
        assert_eq!(read("null").unwrap(), None);
        assert_eq!(read(r#"{"alias":"device"}"#).unwrap(), None, "a phone's");
        for half in [r#"{"certificate":"a.pem"}"#, r#"{"key":"b.pem"}"#, r#""a.pem""#] {
            assert_eq!(
                read(half).unwrap_err().code().as_str(),
                "config_invalid",
                "{half}"
            );
        }
    }
}
