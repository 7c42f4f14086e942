//! What the configuration says of servers and of the way to them.

use super::Config;
use super::fields::Fields;
use super::signature::{self, Signature};
use crate::error::Error;
use crate::ports::{
    Clock, Credentials, HttpTransport, Pin, Pins, Proxy, Random, RequestHeaders, RequestKey, RequestSigner,
};

/// Whom to talk to, and how.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    pins: Option<Pins>,
    proxy: Proxy,
    headers: RequestHeaders,
    signature: Option<Signature>,
    wifi_only: bool,
}

impl Network {
    /// Reads its keys of the plugin's section. Errors: `config_invalid`.
    pub(super) fn read(fields: Fields<'_>) -> Result<Self, Error> {
        let pinned = fields.texts("pinnedCertificates")?;
        let proxy = fields.text("proxy")?;
        Ok(Self {
            pins: pinned.map(|texts| pins(&texts)).transpose()?,
            proxy: proxy.map_or(Ok(Proxy::System), |text| Proxy::parse(&text))?,
            headers: RequestHeaders::parse(&fields.named_texts("requestHeaders")?)?,
            signature: fields
                .object("requestSignature", "requestSignature.")?
                .map(signature::read)
                .transpose()?,
            wifi_only: fields.flag("wifiOnly")?.unwrap_or(false),
        })
    }

    pub(super) fn warning(&self) -> Option<&'static str> {
        self.pins.as_ref().filter(|pins| !pins.has_spare())?;
        Some(
            "pinnedCertificates has one pin: if the server's key is lost or changed, no installed app can be updated \
             again; add the pin of a second key that is kept elsewhere",
        )
    }
}

/// An unreadable pin is never no pin, and none at all would let nobody in.
fn pins(texts: &[String]) -> Result<Pins, Error> {
    let rule = "write the base64 of a key's sha-256 (`sha256/…`) or the hex fingerprint of a certificate";
    let pins = texts.iter().map(|text| {
        let shown: String = text.chars().take(80).collect();
        Pin::parse(text)
            .ok_or_else(|| Error::config(format!("pinnedCertificates: `{shown}` is no pin; {rule}")))
    });
    let pins = Pins::new(pins.collect::<Result<_, _>>()?);
    pins.ok_or_else(|| Error::config(format!("pinnedCertificates is empty; leave it out, or {rule}")))
}

impl Config {
    /// The network as the configuration wants it: its timeout, its pins, its proxy. What the platform adds (trust, a client
    /// certificate) is the host's to add.
    pub fn transport(&self) -> HttpTransport {
        let http =
            HttpTransport::new(self.response_timeout, self.insecure).by_way_of(self.network.proxy.clone());
        match &self.network.pins {
            Some(pins) => http.pinned(pins.clone()),
            None => http,
        }
    }

    /// Whether bundles wait for a connection that is not metered, and for a battery that is not low (`wifiOnly`). Default
    /// no.
    pub fn wifi_only(&self) -> bool {
        self.network.wifi_only
    }

    /// The file that holds the key for request signatures (`keyFile`), on hosts that have files for it.
    pub fn request_key_file(&self) -> Option<&str> {
        self.network.signature.as_ref()?.key_file.as_deref()
    }

    /// What this app's servers, those of `updateUrl` and `mirrors`, are told of who asks. `key` is what
    /// [`Self::request_key_file`] holds; without it the key lies in the secure store that the host adds
    /// ([`Credentials::kept_in`]). Errors: `config_invalid` for a key that cannot be used.
    pub fn credentials(
        &self,
        key: Option<&str>,
        clock: Box<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Result<Credentials, Error> {
        let bases = self.bases();
        let credentials = Credentials::new(bases.iter().map(String::as_str), self.network.headers.clone());
        let Some(signature) = &self.network.signature else {
            return Ok(credentials);
        };
        let key = key
            .map(|text| RequestKey::parse(signature.algorithm, text))
            .transpose();
        let key =
            key.map_err(|why| Error::config(format!("requestSignature: the keyFile cannot be used: {why}")))?;
        Ok(credentials.signed_by(RequestSigner {
            algorithm: signature.algorithm,
            key_id: signature.key_id.clone(),
            key,
            clock,
            random,
        }))
    }
}

#[cfg(test)]
mod tests {
    use airlock_protocol::{Code, base64};

    use super::*;

    fn read(more: &str) -> Result<Config, Error> {
        Config::parse(format!(r#"{{"appId":"com.example.app",{more}}}"#).as_bytes())
    }

    fn pins(pins: &[&str]) -> Result<Config, Error> {
        read(&format!(r#""pinnedCertificates":{pins:?}"#))
    }

    #[test]
    fn pins_are_read_or_named() {
        let (one, two) = (
            base64::encode(&[1; 32]),
            format!("sha256/{}", base64::encode(&[2; 32])),
        );
        assert!(pins(&[&one, &two]).unwrap().warnings().is_empty());
        assert!(pins(&[&one, &"ab".repeat(32)]).unwrap().network.pins.is_some());
        assert_eq!(read(r#""pinnedCertificates":null"#).unwrap().network.pins, None);
        for (bad, named) in [
            (vec!["nonsense"], "`nonsense`"),
            (vec![one.as_str(), "sha256/"], "`sha256/`"),
            (vec![], "empty"),
        ] {
            let error = pins(&bad).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid);
            assert!(error.to_string().contains(named), "{error}");
            assert!(error.to_string().contains("pinnedCertificates"), "{error}");
        }
        assert_eq!(
            read(r#""pinnedCertificates":"one""#).unwrap_err().code(),
            Code::ConfigInvalid
        );
    }

    #[test]
    fn a_single_pin_is_warned_of() {
        let one = base64::encode(&[1; 32]);
        for single in [vec![one.as_str()], vec![one.as_str(), one.as_str()]] {
            let warnings = pins(&single).unwrap().warnings();
            assert!(
                warnings.iter().any(|text| text.contains("second key")),
                "{warnings:?}"
            );
        }
    }

    #[test]
    fn headers_are_read_or_named() {
        assert!(read(r#""requestHeaders":{"X-Api-Key":"1"}"#).is_ok());
        let error = read(r#""requestHeaders":{"Range":"1"}"#).unwrap_err();
        assert!(error.to_string().contains("requestHeaders: `Range`"), "{error}");
        assert_eq!(
            read(r#""requestHeaders":{"a":1}"#).unwrap_err().code(),
            Code::ConfigInvalid
        );
    }

    #[test]
    fn a_proxy_is_read_or_refused() {
        assert_eq!(read(r#""proxy":"none""#).unwrap().network.proxy, Proxy::Nobody);
        assert_eq!(read(r#""version":"1""#).unwrap().network.proxy, Proxy::System);
        assert_eq!(
            read(r#""proxy":"somewhere""#).unwrap_err().code(),
            Code::ConfigInvalid
        );
    }
}
