//! Who we say that we are, to the app's own servers and to nobody else.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use airlock_protocol::hex;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use url::{Origin, Position};

use super::headers::RequestHeaders;
use super::sign::{RequestAlgorithm, RequestKey, Signed};
use super::{Clock, Random, SecureStore};
use crate::error::Error;

/// Where the token lies in a secure store.
const TOKEN: &str = "request-token";
/// Where the key of request signatures lies.
const KEY: &str = "request-key";
const SIGNATURE: HeaderName = HeaderName::from_static("airlock-signature");
/// Longest token, in bytes: beside it the rest of a request must fit into the 8 KiB that servers read.
const TOKEN_BYTES: usize = 4096;
const NONCE_BYTES: usize = 16;

/// Gets a new token when a server refuses the old one, from wherever the app gets its tokens.
pub trait TokenSource: Send + Sync {
    /// A new one; `None` when there is none now. Blocks a download, on a worker; asked at most once a run.
    fn refresh(&self) -> Option<String>;
}

/// How requests are signed, and with which key.
pub struct RequestSigner {
    /// How.
    pub algorithm: RequestAlgorithm,
    /// By what name the server knows the key.
    pub key_id: String,
    /// The key; `None` when it lies in the secure store.
    pub key: Option<RequestKey>,
    /// The time of day that goes along.
    pub clock: Box<dyn Clock>,
    /// Makes nonces.
    pub random: Box<dyn Random>,
}

/// What is asked of a server, as far as it is signed.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) body: &'a [u8],
}

/// What goes along with requests to the app's own servers: headers, a token, a signature. Send and Sync; shared by all
/// requests of a process. Nothing of it is ever sent to another origin (scheme, host and port), by a redirect neither.
pub struct Credentials {
    own: Vec<Origin>,
    headers: RequestHeaders,
    store: Option<Box<dyn SecureStore>>,
    source: Option<Box<dyn TokenSource>>,
    signer: Option<RequestSigner>,
    token: Mutex<Token>,
    key: Mutex<Option<Arc<RequestKey>>>,
    /// Held while a new token is fetched, so that requests that run side by side ask once.
    renewing: Mutex<()>,
    asked_in_this_run: AtomicBool,
    nonces: AtomicU64,
}

#[derive(Clone)]
enum Token {
    /// The store has not been asked, or would not say.
    Unknown,
    Known(Option<String>),
}

impl Credentials {
    /// For the servers of these URLs. Does no I/O; what is no URL belongs to nobody.
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>, headers: RequestHeaders) -> Self {
        let urls = urls.into_iter().filter_map(|url| Url::parse(url).ok());
        Self {
            own: urls.map(|url| url.origin()).collect(),
            headers,
            store: None,
            source: None,
            signer: None,
            token: Mutex::new(Token::Unknown),
            key: Mutex::default(),
            renewing: Mutex::default(),
            asked_in_this_run: AtomicBool::new(false),
            nonces: AtomicU64::new(0),
        }
    }

    /// The same, keeping token and key in the platform's secure store. Without one they live as long as the process.
    #[must_use]
    pub fn kept_in(mut self, store: Box<dyn SecureStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// The same, asking for a new token when a server answers 401.
    #[must_use]
    pub fn renewed_by(mut self, source: Box<dyn TokenSource>) -> Self {
        self.source = Some(source);
        self
    }

    /// The same, signing each request.
    #[must_use]
    pub fn signed_by(mut self, signer: RequestSigner) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Sets or forgets the token (`Authorization: Bearer`, RFC 6750), from the next request on. Asks the secure store.
    /// Errors: `usage` for what is no token, and then the old one stays; `storage_failure` when the secure store does not
    /// take it, and then it counts in this process alone.
    pub fn set_token(&self, token: Option<&str>) -> Result<(), Error> {
        if token.is_some_and(|token| bearer(token).is_none()) {
            return Err(usage(format!(
                "a request token has 1 to {TOKEN_BYTES} letters of a to z, A to Z, 0 to 9 and -._~+/, and = at its end only"
            )));
        }
        *locked(&self.token) = Token::Known(token.map(str::to_owned));
        self.keep(TOKEN, token, "keep the request token")
    }

    /// Sets or forgets the key that signs requests, in the form of [`RequestKey::parse`]. Asks the secure store. Errors:
    /// `usage` for what is no such key, and without `requestSignature`; `storage_failure` as with [`Self::set_token`].
    pub fn set_key(&self, text: Option<&str>) -> Result<(), Error> {
        let Some(signer) = &self.signer else {
            return Err(usage(
                "requestSignature is not configured, so no key is used".to_owned(),
            ));
        };
        let key = text
            .map(|text| RequestKey::parse(signer.algorithm, text))
            .transpose();
        let key =
            key.map_err(|why| usage(format!("the key for request signatures cannot be used: {why}")))?;
        *locked(&self.key) = key.map(Arc::new);
        self.keep(KEY, text, "keep the key for request signatures")
    }

    fn keep(&self, key: &str, value: Option<&str>, doing: &'static str) -> Result<(), Error> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let kept = match value {
            Some(value) => store.write(key, value.as_bytes()),
            None => store.remove(key),
        };
        kept.map_err(|_| {
            let source = std::io::Error::other(
                "the secure store is locked or broken; what was set counts until the app ends",
            );
            Error::storage(doing, source)
        })
    }

    pub(super) fn belong_to(&self, url: &Url) -> bool {
        self.own.contains(&url.origin())
    }

    /// A run begins: a new token may be asked for again.
    pub(super) fn run_begins(&self) {
        self.asked_in_this_run.store(false, Ordering::SeqCst);
    }

    pub(super) fn token(&self) -> Option<String> {
        let mut token = locked(&self.token);
        if let Token::Known(known) = &*token {
            return known.clone();
        }
        let Some(store) = &self.store else {
            return None;
        };
        // A store that will not say is asked again by the next request.
        let read = store.read(TOKEN).ok()?;
        let read = read
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|text| bearer(text).is_some());
        *token = Token::Known(read.clone());
        read
    }

    /// What to try instead of a token that a server has refused; `None` when there is nothing.
    pub(super) fn renew(&self, refused: Option<&str>) -> Option<String> {
        let source = self.source.as_ref()?;
        let _one_at_a_time = locked(&self.renewing);
        // Somebody else may have got one while this request was on its way.
        let current = self.token();
        if current.as_deref() != refused {
            return current;
        }
        if self.asked_in_this_run.swap(true, Ordering::SeqCst) {
            return None;
        }
        let fresh = source.refresh().filter(|fresh| Some(fresh.as_str()) != refused)?;
        match self.set_token(Some(&fresh)) {
            Ok(()) | Err(Error::Storage { .. } | Error::NoSpace { .. }) => Some(fresh),
            Err(_) => None,
        }
    }

    /// What goes along with one request to a server of ours. Errors: `config_invalid` when a key for signatures was never
    /// handed over, `download_failed` when it cannot be had now.
    pub(super) fn headers(
        &self,
        asked: Asked<'_>,
        url: &Url,
        token: Option<&str>,
    ) -> Result<HeaderMap, Error> {
        let mut headers = self.headers.map().clone();
        if let Some(value) = token.and_then(bearer) {
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(signer) = &self.signer {
            headers.insert(SIGNATURE, self.signature(signer, asked, url)?);
        }
        Ok(headers)
    }

    fn signature(&self, signer: &RequestSigner, asked: Asked<'_>, url: &Url) -> Result<HeaderValue, Error> {
        let random = signer.random.bytes(self.nonces.fetch_add(1, Ordering::SeqCst))?;
        let nonce = hex::encode(random.get(..NONCE_BYTES).unwrap_or(&random));
        let request = Signed {
            method: asked.method,
            authority: &url[Position::BeforeHost..Position::AfterPort],
            target: &url[Position::BeforePath..Position::AfterQuery],
            at: signer.clock.now(),
            nonce: &nonce,
            body: asked.body,
        };
        let value = match &signer.key {
            Some(key) => key.header(&signer.key_id, &request),
            None => self.stored_key(signer, url)?.header(&signer.key_id, &request),
        };
        let value = HeaderValue::from_str(&value);
        let mut value =
            value.map_err(|_| Error::config("requestSignature: the keyId does not fit into a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn stored_key(&self, signer: &RequestSigner, url: &Url) -> Result<Arc<RequestKey>, Error> {
        let mut slot = locked(&self.key);
        if let Some(key) = &*slot {
            return Ok(Arc::clone(key));
        }
        let missing = || {
            Error::config("requestSignature: no key was handed over; call setRequestKey once, or set keyFile")
        };
        let store = self.store.as_ref().ok_or_else(missing)?;
        let bytes = store.read(KEY).map_err(|_| Error::Download {
            url: url[..Position::AfterPath].to_owned(),
            reason: "the key for request signatures cannot be had now (the device is locked)".to_owned(),
        })?;
        let text = String::from_utf8(bytes.ok_or_else(missing)?).unwrap_or_default();
        let key = RequestKey::parse(signer.algorithm, &text).map_err(|why| {
            Error::config(format!("requestSignature: the stored key cannot be used: {why}"))
        })?;
        let key = Arc::new(key);
        *slot = Some(Arc::clone(&key));
        Ok(key)
    }
}

/// `Bearer` and the token (RFC 6750 section 2.1).
fn bearer(token: &str) -> Option<HeaderValue> {
    let letters = token.trim_end_matches('=');
    let plain = letters
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
    if letters.is_empty() || !plain || token.len() > TOKEN_BYTES {
        return None;
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn usage(text: String) -> Error {
    Error::Usage {
        code: airlock_protocol::Code::Usage,
        text,
    }
}

/// What is behind these locks is whole at every moment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
