//! `requestSignature`: whether and how requests are signed.

use super::fields::Fields;
use crate::error::Error;
use crate::ports::RequestAlgorithm;

/// Longest name of a key, in bytes: it stands in a header of each request.
const KEY_ID_BYTES: usize = 64;

/// How requests are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) algorithm: RequestAlgorithm,
    pub(super) key_id: String,
    pub(super) key_file: Option<String>,
}

/// Errors: `config_invalid`.
pub(super) fn read(fields: Fields<'_>) -> Result<Signature, Error> {
    let algorithm = fields.text("algorithm")?;
    let algorithm = algorithm.as_deref().and_then(RequestAlgorithm::parse);
    let algorithm = algorithm
        .ok_or_else(|| Error::config("requestSignature: algorithm must be `HMAC-SHA256` or `Ed25519`"))?;
    let key_id = fields.text("keyId")?.filter(|id| {
        let plain = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        plain && (1..=KEY_ID_BYTES).contains(&id.len())
    });
    let key_id = key_id.ok_or_else(|| {
        Error::config(format!(
            "requestSignature: keyId must be 1 to {KEY_ID_BYTES} letters, digits, `-`, `.` or `_`"
        ))
    })?;
    Ok(Signature {
        algorithm,
        key_id,
        key_file: fields.text("keyFile")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn read(signature: &str) -> Result<Config, Error> {
        Config::parse(format!(r#"{{"appId":"com.example.app","requestSignature":{signature}}}"#).as_bytes())
    }

    #[test]
    fn an_algorithm_and_a_name_or_an_error_that_says_which() {
        let config = read(r#"{"algorithm":"Ed25519","keyId":"app-1","keyFile":"key.pem"}"#).unwrap();
        assert_eq!(config.request_key_file(), Some("key.pem"));
        assert!(read("null").is_ok());
        assert!(read(r#"{"algorithm":"HMAC-SHA256","keyId":"a"}"#).is_ok());
        for (bad, named) in [
            (r#"{"keyId":"a"}"#, "algorithm"),
            (r#"{"algorithm":"hmac-sha1","keyId":"a"}"#, "algorithm"),
            (r#"{"algorithm":"Ed25519"}"#, "keyId"),
            (r#"{"algorithm":"Ed25519","keyId":""}"#, "keyId"),
            (r#"{"algorithm":"Ed25519","keyId":"a, b"}"#, "keyId"),
        ] {
            let error = read(bad).unwrap_err();
            assert_eq!(error.code().as_str(), "config_invalid");
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
