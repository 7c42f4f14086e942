//! Authorities, servers, and devices that ask them.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use airlock_engine::Error;
use airlock_engine::ports::{Get, Got, HttpTransport, Insecure, Pin, Pins, ServerTrust, Transport as _};
use airlock_protocol::{Code, Sha256Digest, base64, hex};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData as _, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// Vouches for servers and for other authorities.
pub(crate) struct Authority {
    /// Its own certificate, then those that vouch for it; no root.
    chain: Vec<CertificateDer<'static>>,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority(name);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            chain: Vec::new(),
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority(name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let chain = [vec![certificate.clone()], self.chain.clone()].concat();
        Self {
            chain,
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn issue(&self, validity: Validity, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let own = validity.params(name).signed_by(&key, &self.issuer).unwrap();
        let chain = [vec![own.der().clone()], self.chain.clone()].concat();
        Identity { chain, key }
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(crate) fn key_pin(&self) -> String {
        key_pin(self.issuer.key())
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// When a certificate counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Validity {
    Now,
    Over,
    NotYet,
}

impl Validity {
    fn params(self, name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let (from, to) = match self {
            Self::Now => (2020, 2100),
            Self::Over => (2020, 2021),
            Self::NotYet => (2099, 2100),
        };
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params
    }
}

/// A server's certificates and key.
pub(crate) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Identity {
    pub(crate) fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let own = Validity::Now.params(name).self_signed(&key).unwrap();
        Self {
            chain: vec![own.der().clone()],
            key,
        }
    }

    /// The same, sending along a certificate that has nothing to do with it.
    pub(crate) fn and(mut self, other: &CertificateDer<'static>) -> Self {
        self.chain.push(other.clone());
        self
    }

    /// The same, keeping to itself who vouches for it.
    pub(crate) fn alone(mut self) -> Self {
        self.chain.truncate(1);
        self
    }

    pub(crate) fn key_pin(&self) -> String {
        key_pin(&self.key)
    }

    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(Sha256Digest::of(&self.chain[0]).as_bytes())
    }
}

fn key_pin(key: &KeyPair) -> String {
    base64::encode(Sha256Digest::of(&key.subject_public_key_info()).as_bytes())
}

/// What a server says, by the head of the request.
type Answer = dyn Fn(&str) -> String + Send + Sync;

pub(crate) const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";

pub(crate) fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// Answers one request a connection, for as long as the test lives.
pub(crate) struct Server {
    port: u16,
    heads: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) fn hello(identity: &Identity) -> Arc<Self> {
        Self::tls(identity, |_| HELLO.to_owned())
    }

    pub(crate) fn tls(
        identity: &Identity,
        answer: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Arc<Self> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(identity.chain.clone(), key)
            .unwrap();
        Self::start(Some(Arc::new(config)), Box::new(answer))
    }

    pub(crate) fn plain(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Arc<Self> {
        Self::start(None, Box::new(answer))
    }

    fn start(config: Option<Arc<ServerConfig>>, answer: Box<Answer>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Arc::new(Self {
            port: listener.local_addr().unwrap().port(),
            heads: Mutex::default(),
        });
        let shared = Arc::clone(&server);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let socket = socket.unwrap();
                match &config {
                    Some(config) => shared.converse_in_tls(config, socket, &answer),
                    None => shared.converse(socket, &answer),
                }
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/hello", self.port)
    }

    pub(crate) fn plain_url(&self) -> String {
        format!("http://localhost:{}/hello", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What was asked, request line and headers.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn converse_in_tls(&self, config: &Arc<ServerConfig>, mut socket: TcpStream, answer: &Answer) {
        let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
        while connection.is_handshaking() {
            if connection.complete_io(&mut socket).is_err() {
                let _ = socket.shutdown(Shutdown::Write);
                let _ = std::io::copy(&mut socket, &mut std::io::sink());
                return;
            }
        }
        self.converse(StreamOwned::new(connection, socket), answer);
    }

    fn converse(&self, mut stream: impl std::io::Read + std::io::Write, answer: &Answer) {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let said = answer(&head);
        self.heads.lock().unwrap().push(head);
        let _ = stream.write_all(said.as_bytes());
        let _ = stream.flush();
    }
}

/// A trust store with these roots, asked as a phone's is.
pub(crate) struct Roots(Arc<WebPkiServerVerifier>);

impl Roots {
    pub(crate) fn of(authorities: &[&Authority]) -> Arc<dyn ServerTrust> {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority.certificate.clone()).unwrap();
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
        Arc::new(Self(verifier.build().unwrap()))
    }
}

impl ServerTrust for Roots {
    fn verify(&self, host: &str, chain: &[&[u8]]) -> Result<(), String> {
        let certificates: Vec<_> = chain
            .iter()
            .map(|der| CertificateDer::from(der.to_vec()))
            .collect();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let verdict =
            self.0
                .verify_server_cert(&certificates[0], &certificates[1..], &name, &[], UnixTime::now());
        verdict.map(|_| ()).map_err(|error| error.to_string())
    }
}

pub(crate) fn http(trusted: &[&Authority]) -> HttpTransport {
    HttpTransport::new(Duration::from_secs(20), Insecure::Refused).trusting(Roots::of(trusted))
}

pub(crate) fn pins(texts: &[&str]) -> Pins {
    Pins::new(texts.iter().map(|text| Pin::parse(text).unwrap()).collect()).unwrap()
}

pub(crate) fn get(transport: &HttpTransport, url: &str) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let got = transport.get(&Get::whole(url, 100), &mut |piece: &[u8]| {
        body.extend_from_slice(piece);
        Ok(())
    })?;
    assert_eq!(got, Got::Body);
    Ok(body)
}

/// Fails before anything is said, with a text that has `words`.
pub(crate) fn refused(transport: &HttpTransport, server: &Server, words: &str) {
    let before = server.heads().len();
    let error = get(transport, &server.url()).unwrap_err();
    assert!(
        matches!(error, Error::Handshake { .. }),
        "waiting does not mend it: {error:?}"
    );
    assert_eq!(error.code(), Code::DownloadFailed);
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(server.heads().len(), before, "nothing was said to it");
}
