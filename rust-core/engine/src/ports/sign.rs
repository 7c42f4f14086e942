//! `requestSignature`: a request that its server can check (docs/adr/0023-pins-and-signed-requests.md).

use std::fmt;

use airlock_protocol::{Sha256Digest, UnixMillis, base64, hex};
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;

/// First line of what is signed; another form gets another number.
const FORM: &str = "airlock-request-v1";

/// Shortest HMAC secret in bytes: as long as the digest (RFC 2104 section 3).
const SECRET_BYTES: usize = 32;

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestAlgorithm {
    /// HMAC-SHA256 (RFC 2104): the server has the same secret.
    HmacSha256,
    /// Ed25519 (RFC 8032): the server has the public key.
    Ed25519,
}

impl RequestAlgorithm {
    /// By its name in the configuration and in requests.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::HmacSha256, Self::Ed25519]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "HMAC-SHA256",
            Self::Ed25519 => "Ed25519",
        }
    }
}

/// What signs. Nothing shows it.
pub struct RequestKey(Secret);

enum Secret {
    Hmac(hmac::Key),
    Ed25519(Box<Ed25519KeyPair>),
}

impl RequestKey {
    /// From the text that a file or a secure store holds: for HMAC the base64 of at least 32 bytes, for Ed25519 a PKCS#8 key
    /// as PEM, both as openssl writes them. The error is for people and repeats nothing of it.
    pub fn parse(algorithm: RequestAlgorithm, text: &str) -> Result<Self, &'static str> {
        match algorithm {
            RequestAlgorithm::HmacSha256 => {
                let rule = "it is not the base64 of at least 32 bytes; `openssl rand -base64 32` makes one";
                let secret = base64::decode(text.trim()).filter(|secret| secret.len() >= SECRET_BYTES);
                let secret = secret.ok_or(rule)?;
                Ok(Self(Secret::Hmac(hmac::Key::new(hmac::HMAC_SHA256, &secret))))
            }
            RequestAlgorithm::Ed25519 => {
                let rule = "it is not an ed25519 key in pem; `openssl genpkey -algorithm ed25519` makes one";
                let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| rule)?;
                // openssl writes the older form, without the public half.
                let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der());
                Ok(Self(Secret::Ed25519(Box::new(key.map_err(|_| rule)?))))
            }
        }
    }

    fn algorithm(&self) -> RequestAlgorithm {
        match self.0 {
            Secret::Hmac(_) => RequestAlgorithm::HmacSha256,
            Secret::Ed25519(_) => RequestAlgorithm::Ed25519,
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Secret::Hmac(key) => hmac::sign(key, message).as_ref().to_vec(),
            Secret::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// The value of `Airlock-Signature` for one request.
    pub(super) fn header(&self, key_id: &str, request: &Signed<'_>) -> String {
        let signature = base64::encode(&self.sign(request.text().as_bytes()));
        format!(
            "keyid={key_id}, algorithm={}, timestamp={}, nonce={}, signature={signature}",
            self.algorithm().as_str(),
            request.seconds(),
            request.nonce,
        )
    }
}

/// What a signature covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Host, and port where it is not 443, as in `Host`.
    pub(super) authority: &'a str,
    /// Path and query, as in the request line.
    pub(super) target: &'a str,
    pub(super) at: UnixMillis,
    /// Never the same twice.
    pub(super) nonce: &'a str,
    pub(super) body: &'a [u8],
}

impl Signed<'_> {
    fn seconds(&self) -> u64 {
        self.at.get() / 1000
    }

    fn text(&self) -> String {
        let body = hex::encode(Sha256Digest::of(self.body).as_bytes());
        let Self {
            method,
            authority,
            target,
            nonce,
            ..
        } = self;
        let seconds = self.seconds();
        format!("{FORM}\n{method}\n{authority}\n{target}\n{seconds}\n{nonce}\n{body}")
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestKey({})", self.algorithm().as_str())
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, KeyPair as _, UnparsedPublicKey};

    use super::*;

    /// The example of docs/operations.md.
    fn example() -> Signed<'static> {
        Signed {
            method: "GET",
            authority: "updates.example.com",
            target: "/app/metadata/timestamp.json",
            at: UnixMillis::new(1_764_000_000_999),
            nonce: "00112233445566778899aabbccddeeff",
            body: b"",
        }
    }
    const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    /// As `openssl genpkey` writes it, without the public half.
    fn pem(seed: [u8; 32]) -> String {
        let head = hex::decode("302e020100300506032b657004220420").unwrap();
        let der = base64::encode(&[head, seed.to_vec()].concat());
        format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
    }

    #[test]
    fn the_example_of_the_documentation_is_true() {
        let key = RequestKey::parse(RequestAlgorithm::HmacSha256, SECRET).unwrap();
        let value = key.header("app-1", &example());
        let page = include_str!("../../../../docs/operations.md");
        assert!(page.contains(&format!("Airlock-Signature: {value}")), "{value}");
        assert!(page.contains(SECRET));
        let text = example().text();
        for line in text.lines() {
            assert!(page.contains(line), "{line}");
        }
        assert_eq!(text.lines().count(), 7);
    }

    #[test]
    fn every_part_of_a_request_is_covered() {
        let others = [
            Signed {
                method: "POST",
                ..example()
            },
            Signed {
                authority: "mirror.example.com",
                ..example()
            },
            Signed {
                target: "/app/metadata/timestamp.json?a=1",
                ..example()
            },
            Signed {
                at: UnixMillis::new(1_764_000_001_000),
                ..example()
            },
            Signed {
                nonce: "00112233445566778899aabbccddee00",
                ..example()
            },
            Signed {
                body: b"{}",
                ..example()
            },
        ];
        let hmac = RequestKey::parse(RequestAlgorithm::HmacSha256, SECRET).unwrap();
        let ed25519 = RequestKey::parse(RequestAlgorithm::Ed25519, &pem([7; 32])).unwrap();
        for key in [hmac, ed25519] {
            assert_eq!(
                key.sign(example().text().as_bytes()),
                key.sign(example().text().as_bytes())
            );
            for other in &others {
                assert_ne!(
                    key.sign(other.text().as_bytes()),
                    key.sign(example().text().as_bytes()),
                    "{other:?}"
                );
            }
        }
    }

    #[test]
    fn a_server_with_the_public_key_can_check_it() {
        let key = RequestKey::parse(RequestAlgorithm::Ed25519, &pem([7; 32])).unwrap();
        let value = key.header("app-1", &example());
        let (rest, signature) = value.rsplit_once(", signature=").unwrap();
        assert_eq!(
            rest,
            "keyid=app-1, algorithm=Ed25519, timestamp=1764000000, nonce=00112233445566778899aabbccddeeff"
        );
        let public = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, public.public_key().as_ref().to_vec());
        let signature = base64::decode(signature).unwrap();
        assert!(public.verify(example().text().as_bytes(), &signature).is_ok());
        assert!(public.verify(b"something else", &signature).is_err());
    }

    #[test]
    fn a_key_of_another_kind_is_refused_and_not_repeated() {
        let short = base64::encode(&[1; 31]);
        for (algorithm, bad) in [
            (RequestAlgorithm::HmacSha256, ""),
            (RequestAlgorithm::HmacSha256, "s3cret"),
            (RequestAlgorithm::HmacSha256, short.as_str()),
            (RequestAlgorithm::HmacSha256, &pem([7; 32])),
            (RequestAlgorithm::Ed25519, SECRET),
            (RequestAlgorithm::Ed25519, ""),
        ] {
            let error = RequestKey::parse(algorithm, bad).unwrap_err();
            assert!(error.contains("openssl") && !error.contains("s3cret"), "{error}");
        }
        let key = RequestKey::parse(RequestAlgorithm::HmacSha256, &format!("{SECRET}\n")).unwrap();
        assert_eq!(format!("{key:?}"), "RequestKey(HMAC-SHA256)");
    }
}
