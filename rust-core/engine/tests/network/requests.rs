//! Headers, token and signature: what the app's own servers are told, and that nobody else is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use airlock_engine::Error;
use airlock_engine::ports::{
    Credentials, FixedClock, HttpTransport, RequestAlgorithm, RequestHeaders, RequestKey, RequestSigner,
    SecureStore, SystemRandom, TokenSource, Transport as _, Unavailable,
};
use airlock_protocol::{Code, UnixMillis, base64};

use crate::support::{Authority, HELLO, Server, Validity, get, http, redirect};

const UNAUTHORIZED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const SECRET: [u8; 32] = [9; 32];

/// What nobody but the app's own servers may read.
const PRIVATE: [&str; 3] = ["x-api-key", "authorization", "airlock-signature"];

struct Home {
    ca: Authority,
    server: Arc<Server>,
}

impl Home {
    fn answering(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let ca = Authority::root("the operator");
        let server = Server::tls(&ca.issue(Validity::Now, "localhost"), answer);
        Self { ca, server }
    }

    /// Everything that can be said.
    fn credentials(&self) -> Credentials {
        let headers = BTreeMap::from([("X-Api-Key".to_owned(), "k3y".to_owned())]);
        let credentials = Credentials::new(
            [self.server.url().as_str()],
            RequestHeaders::parse(&headers).unwrap(),
        );
        let credentials = credentials.signed_by(RequestSigner {
            algorithm: RequestAlgorithm::HmacSha256,
            key_id: "app-1".to_owned(),
            key: Some(RequestKey::parse(RequestAlgorithm::HmacSha256, &base64::encode(&SECRET)).unwrap()),
            clock: Box::new(FixedClock(UnixMillis::new(1_764_000_000_000))),
            random: Box::new(SystemRandom),
        });
        credentials.set_token(Some("t0ken")).unwrap();
        credentials
    }

    fn device(&self, credentials: Credentials) -> HttpTransport {
        http(&[&self.ca]).with_credentials(Arc::new(credentials))
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[test]
fn the_apps_own_server_reads_headers_token_and_a_signature_that_it_can_check() {
    let home = Home::answering(|_| HELLO.to_owned());
    let device = home.device(home.credentials());
    let url = format!("{}?a=%20b", home.server.url());
    for _ in 0..2 {
        assert_eq!(get(&device, &url).unwrap(), b"hello");
    }
    let heads = home.server.heads();
    let mut nonces = Vec::new();
    for head in &heads {
        assert_eq!(header(head, "x-api-key"), Some("k3y"));
        assert_eq!(header(head, "authorization"), Some("Bearer t0ken"));
        let target = head.split(' ').nth(1).unwrap();
        let (own, signature) = header(head, "airlock-signature")
            .unwrap()
            .split_once(", signature=")
            .unwrap();
        let nonce = own.rsplit_once("nonce=").unwrap().1;
        assert_eq!(
            own,
            format!("keyid=app-1, algorithm=HMAC-SHA256, timestamp=1764000000, nonce={nonce}")
        );
        let lines = [
            "airlock-request-v1",
            "GET",
            header(head, "host").unwrap(),
            target,
            "1764000000",
            nonce,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ];
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &SECRET);
        let signature = base64::decode(signature).unwrap();
        assert!(
            ring::hmac::verify(&key, lines.join("\n").as_bytes(), &signature).is_ok(),
            "{head}"
        );
        nonces.push(nonce.to_owned());
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[test]
fn a_redirect_to_another_origin_takes_nothing_along_and_one_at_home_takes_it_all() {
    let ca = Authority::root("the operator");
    let other = Server::hello(&ca.issue(Validity::Now, "localhost"));
    let away = other.url();
    let server = Server::tls(&ca.issue(Validity::Now, "localhost"), move |head| {
        match head.split(' ').nth(1).unwrap() {
            "/hello?away" => redirect(&away),
            "/hello?here" => redirect("/there"),
            _ => HELLO.to_owned(),
        }
    });
    let home = Home { ca, server };
    let device = home.device(home.credentials());
    for there in ["away", "here"] {
        assert_eq!(
            get(&device, &format!("{}?{there}", home.server.url())).unwrap(),
            b"hello"
        );
    }
    let told = |head: &String| PRIVATE.iter().filter(|name| header(head, name).is_some()).count();
    assert_eq!(
        home.server.heads().iter().map(told).collect::<Vec<_>>(),
        [3, 3, 3]
    );
    assert_eq!(other.heads().iter().map(told).collect::<Vec<_>>(), [0]);
    // Asked directly it is told nothing either, and the way home from there is as any other.
    assert_eq!(get(&device, &other.url()).unwrap(), b"hello");
    assert_eq!(other.heads().iter().map(told).sum::<usize>(), 0);
}

/// Gives tokens, one after another.
struct Tokens {
    given: Arc<AtomicUsize>,
    list: Mutex<Vec<&'static str>>,
}

impl TokenSource for Tokens {
    fn refresh(&self) -> Option<String> {
        self.given.fetch_add(1, Ordering::SeqCst);
        let mut list = self.list.lock().unwrap();
        (!list.is_empty()).then(|| list.remove(0).to_owned())
    }
}

fn tokens(list: &[&'static str]) -> (Box<Tokens>, Arc<AtomicUsize>) {
    let given = Arc::new(AtomicUsize::new(0));
    let source = Tokens {
        given: Arc::clone(&given),
        list: Mutex::new(list.to_vec()),
    };
    (Box::new(source), given)
}

fn wanting(token: &'static str) -> Home {
    Home::answering(move |head| match header(head, "authorization") {
        Some(said) if said == format!("Bearer {token}") => HELLO.to_owned(),
        _ => UNAUTHORIZED.to_owned(),
    })
}

#[test]
fn a_token_that_is_refused_is_renewed_and_the_new_one_is_kept() {
    let home = wanting("new");
    let (source, given) = tokens(&["new"]);
    let device = home.device(home.credentials().renewed_by(source));
    for _ in 0..2 {
        assert_eq!(get(&device, &home.server.url()).unwrap(), b"hello");
    }
    assert_eq!((home.server.heads().len(), given.load(Ordering::SeqCst)), (3, 1));
}

#[test]
fn a_server_that_refuses_every_token_is_asked_once_more_in_a_run_and_not_for_ever() {
    let home = wanting("right");
    let (source, given) = tokens(&["wrong", "right"]);
    let device = home.device(home.credentials().renewed_by(source));
    for (asked, tokens) in [(2, 1), (3, 1)] {
        let error = get(&device, &home.server.url()).unwrap_err();
        assert_eq!(error.code(), Code::ResponseUnusable);
        assert!(error.to_string().contains("it wants to know who asks"), "{error}");
        assert_eq!(
            (home.server.heads().len(), given.load(Ordering::SeqCst)),
            (asked, tokens)
        );
    }
    device.run_begins();
    assert_eq!(get(&device, &home.server.url()).unwrap(), b"hello");
    assert_eq!(given.load(Ordering::SeqCst), 2);
}

#[test]
fn without_a_new_token_the_refusal_is_the_answer() {
    let home = wanting("right");
    let (source, _) = tokens(&[]);
    for credentials in [home.credentials(), home.credentials().renewed_by(source)] {
        let before = home.server.heads().len();
        let device = home.device(credentials);
        assert_eq!(
            get(&device, &home.server.url()).unwrap_err().code(),
            Code::ResponseUnusable
        );
        assert_eq!(home.server.heads().len(), before + 1);
    }
    let credentials = home.credentials();
    credentials.set_token(Some("right")).unwrap();
    assert_eq!(
        get(&home.device(credentials), &home.server.url()).unwrap(),
        b"hello"
    );
}

/// A Keystore.
#[derive(Clone, Default)]
struct Vault {
    values: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    locked: Arc<Mutex<Option<Unavailable>>>,
}

impl Vault {
    fn ask<T>(&self, answer: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> Result<T, Unavailable> {
        match *self.locked.lock().unwrap() {
            Some(unavailable) => Err(unavailable),
            None => Ok(answer(&mut self.values.lock().unwrap())),
        }
    }
}

impl SecureStore for Vault {
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.ask(|values| values.get(key).cloned())
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.ask(|values| values.insert(key.to_owned(), value.to_vec()))
            .map(|_| ())
    }

    fn remove(&self, key: &str) -> Result<(), Unavailable> {
        self.ask(|values| values.remove(key)).map(|_| ())
    }
}

fn kept(home: &Home, vault: &Vault) -> Credentials {
    Credentials::new([home.server.url().as_str()], RequestHeaders::default()).kept_in(Box::new(vault.clone()))
}

#[test]
fn a_token_outlives_the_process_where_there_is_a_secure_store_and_is_gone_when_forgotten() {
    let home = wanting("right");
    let vault = Vault::default();
    kept(&home, &vault).set_token(Some("right")).unwrap();
    let hello = || get(&home.device(kept(&home, &vault)), &home.server.url());
    assert_eq!(hello().unwrap(), b"hello");

    *vault.locked.lock().unwrap() = Some(Unavailable);
    let locked = home.device(kept(&home, &vault));
    assert_eq!(
        get(&locked, &home.server.url()).unwrap_err().code(),
        Code::ResponseUnusable
    );
    *vault.locked.lock().unwrap() = None;
    assert_eq!(
        get(&locked, &home.server.url()).unwrap(),
        b"hello",
        "it is asked again"
    );

    kept(&home, &vault).set_token(None).unwrap();
    assert_eq!(hello().unwrap_err().code(), Code::ResponseUnusable);
}

#[test]
fn a_store_that_does_not_take_a_token_says_so_and_it_counts_meanwhile() {
    let home = wanting("right");
    let vault = Vault::default();
    *vault.locked.lock().unwrap() = Some(Unavailable);
    let credentials = kept(&home, &vault);
    assert_eq!(
        credentials.set_token(Some("right")).unwrap_err().code(),
        Code::StorageFailure
    );
    assert_eq!(
        get(&home.device(credentials), &home.server.url()).unwrap(),
        b"hello"
    );
}

#[test]
fn what_is_no_token_is_refused_and_the_old_one_stays() {
    let home = wanting("t0ken");
    let credentials = home.credentials();
    for bad in ["", "=", "a b", "s3cret\r\nX: y", "s3cr\u{e9}t", &"x".repeat(4097)] {
        let error = credentials.set_token(Some(bad)).unwrap_err();
        assert_eq!(error.code(), Code::Usage);
        assert!(!error.to_string().contains("s3cr"), "{error}");
    }
    assert_eq!(
        get(&home.device(credentials), &home.server.url()).unwrap(),
        b"hello"
    );
}

#[test]
fn a_signature_without_its_key_is_an_error_that_says_what_to_do() {
    let home = Home::answering(|_| HELLO.to_owned());
    let vault = Vault::default();
    let signing = || {
        kept(&home, &vault).signed_by(RequestSigner {
            algorithm: RequestAlgorithm::HmacSha256,
            key_id: "app-1".to_owned(),
            key: None,
            clock: Box::new(FixedClock(UnixMillis::new(0))),
            random: Box::new(SystemRandom),
        })
    };
    let error = get(&home.device(signing()), &home.server.url()).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
    assert!(error.to_string().contains("setRequestKey"), "{error}");
    assert!(home.server.heads().is_empty(), "nothing was said unsigned");

    let error = signing().set_key(Some("s3cret")).unwrap_err();
    assert!(
        error.code() == Code::Usage && !error.to_string().contains("s3cret"),
        "{error}"
    );
    signing().set_key(Some(&base64::encode(&SECRET))).unwrap();
    *vault.locked.lock().unwrap() = Some(Unavailable);
    let locked = home.device(signing());
    assert!(matches!(
        get(&locked, &home.server.url()),
        Err(Error::Download { .. })
    ));
    *vault.locked.lock().unwrap() = None;
    assert_eq!(get(&locked, &home.server.url()).unwrap(), b"hello");
    assert!(header(&home.server.heads()[0], "airlock-signature").is_some());
}
