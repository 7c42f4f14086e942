//! An authority, what it issues, servers that ask for it, and devices that hold it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use airlock_engine::Error;
use airlock_engine::ports::{
    ClientIdentity, Get, Got, HttpTransport, Insecure, ServerTrust, SignatureScheme, Transport as _,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedKey, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, generate_simple_self_signed,
};
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

type Chain = Vec<Vec<u8>>;

/// Issues client certificates.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("the operator")
    }

    pub(crate) fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    /// A key of the kind that signs with `scheme`, and its certificate.
    pub(crate) fn issue(&self, scheme: SignatureScheme) -> Arc<Holder> {
        let key = KeyPair::generate_for(match scheme {
            SignatureScheme::EcdsaP384Sha384 => &PKCS_ECDSA_P384_SHA384,
            SignatureScheme::Ed25519 => &PKCS_ED25519,
            _ => &PKCS_ECDSA_P256_SHA256,
        });
        let key = key.unwrap();
        let params = CertificateParams::new(vec!["device.example".to_owned()]).unwrap();
        let own = params.signed_by(&key, &self.issuer).unwrap();
        Arc::new(Holder {
            key,
            mood: Mutex::new(Mood {
                chain: vec![own.der().to_vec(), self.certificate.to_vec()],
                schemes: vec![scheme],
                ..Mood::default()
            }),
        })
    }
}

/// The platform: it has the key.
pub(crate) struct Holder {
    key: KeyPair,
    mood: Mutex<Mood>,
}

#[derive(Default)]
struct Mood {
    chain: Chain,
    schemes: Vec<SignatureScheme>,
    asked: usize,
    no_certificates: Option<String>,
    no_schemes: Option<String>,
    no_signature: Option<String>,
    nonsense: bool,
}

impl Holder {
    pub(crate) fn chain(&self) -> Chain {
        self.mood.lock().unwrap().chain.clone()
    }

    pub(crate) fn asked(&self) -> usize {
        self.mood.lock().unwrap().asked
    }

    pub(crate) fn break_certificates(&self, why: Option<&str>) {
        self.mood.lock().unwrap().no_certificates = why.map(str::to_owned);
    }

    pub(crate) fn break_schemes(&self, why: Option<&str>) {
        self.mood.lock().unwrap().no_schemes = why.map(str::to_owned);
    }

    pub(crate) fn break_signing(&self, why: Option<&str>) {
        self.mood.lock().unwrap().no_signature = why.map(str::to_owned);
    }

    pub(crate) fn sign_nonsense(&self) {
        self.mood.lock().unwrap().nonsense = true;
    }

    pub(crate) fn drop_certificates(&self) {
        self.mood.lock().unwrap().chain.clear();
    }

    pub(crate) fn claim(&self, schemes: Vec<SignatureScheme>) {
        self.mood.lock().unwrap().schemes = schemes;
    }
}

impl ClientIdentity for Holder {
    fn certificates(&self) -> Result<Chain, String> {
        let mut mood = self.mood.lock().unwrap();
        mood.asked += 1;
        mood.no_certificates.clone().map_or(Ok(mood.chain.clone()), Err)
    }

    fn schemes(&self) -> Result<Vec<SignatureScheme>, String> {
        let mood = self.mood.lock().unwrap();
        mood.no_schemes.clone().map_or(Ok(mood.schemes.clone()), Err)
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, String> {
        let mood = self.mood.lock().unwrap();
        if let Some(why) = &mood.no_signature {
            return Err(why.clone());
        }
        if mood.nonsense {
            return Ok(vec![7; 70]);
        }
        let key = any_supported_type(&private(&self.key)).unwrap();
        let signer = key.choose_scheme(&[scheme.into()]).unwrap();
        Ok(signer.sign(message).unwrap())
    }
}

/// What a server wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    Nothing,
    Optional,
    Required,
    RequiredTls12,
}

/// What a server says.
pub(crate) enum Answer {
    Hello,
    RedirectTo(String),
}

/// Answers one request a connection, for as long as the test lives.
pub(crate) struct Server {
    url: String,
    certificate: Vec<u8>,
    shown: Mutex<Vec<Option<Chain>>>,
}

impl Server {
    pub(crate) fn start(demand: Demand, clients: &Authority, answer: Answer) -> Arc<Self> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let config = Arc::new(config(demand, clients, cert.der().clone(), &signing_key));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::new(Self {
            url: format!("https://localhost:{port}/hello"),
            certificate: cert.der().to_vec(),
            shown: Mutex::default(),
        });
        let answer = match answer {
            Answer::Hello => {
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello".to_owned()
            }
            Answer::RedirectTo(url) => format!(
                "HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ),
        };
        let shared = Arc::clone(&server);
        thread::spawn(move || {
            for socket in listener.incoming() {
                shared.converse(&config, socket.unwrap(), &answer);
            }
        });
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The certificates of those that were answered.
    pub(crate) fn shown(&self) -> Vec<Option<Chain>> {
        self.shown.lock().unwrap().clone()
    }

    fn converse(&self, config: &Arc<ServerConfig>, mut socket: TcpStream, answer: &str) {
        let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
        while connection.is_handshaking() {
            if connection.complete_io(&mut socket).is_err() {
                // The alert is under way; closing on what the client still sends would take it back.
                let _ = socket.shutdown(Shutdown::Write);
                let _ = std::io::copy(&mut socket, &mut std::io::sink());
                return;
            }
        }
        let chain = connection.peer_certificates();
        let chain = chain.map(|chain| chain.iter().map(|certificate| certificate.to_vec()).collect());
        let mut stream = StreamOwned::new(connection, socket);
        let mut request = [0; 1024];
        if stream.read(&mut request).is_ok_and(|count| count > 0) {
            self.shown.lock().unwrap().push(chain);
            let _ = stream.write_all(answer.as_bytes());
            let _ = stream.flush();
        }
    }
}

fn config(
    demand: Demand,
    clients: &Authority,
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(clients.certificate.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
    let verifier: Arc<dyn ClientCertVerifier> = match demand {
        Demand::Nothing => WebPkiClientVerifier::no_client_auth(),
        Demand::Optional => verifier.allow_unauthenticated().build().unwrap(),
        Demand::Required | Demand::RequiredTls12 => verifier.build().unwrap(),
    };
    let versions = match demand {
        Demand::RequiredTls12 => &TLS12,
        _ => &TLS13,
    };
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[versions])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], private(key))
        .unwrap()
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()))
}

/// A device whose update server is the first one.
pub(crate) struct Device {
    trusted: Vec<Vec<u8>>,
    update_url: String,
    identity: Option<Arc<Holder>>,
    transport: Mutex<Option<Arc<HttpTransport>>>,
}

impl Device {
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            trusted: vec![server.certificate.clone()],
            update_url: server.url.clone(),
            identity: None,
            transport: Mutex::default(),
        }
    }

    pub(crate) fn and(mut self, server: &Server) -> Self {
        self.trusted.push(server.certificate.clone());
        self
    }

    pub(crate) fn identified(mut self, holder: &Arc<Holder>) -> Self {
        self.identity = Some(Arc::clone(holder));
        self
    }

    pub(crate) fn get(&self, url: &str) -> Result<Vec<u8>, Error> {
        let transport = self.transport();
        let mut body = Vec::new();
        let got = transport.get(&Get::whole(url, 100), &mut |piece: &[u8]| {
            body.extend_from_slice(piece);
            Ok(())
        })?;
        assert_eq!(got, Got::Body);
        Ok(body)
    }

    /// The same for all requests, as in an app.
    fn transport(&self) -> Arc<HttpTransport> {
        let mut slot = self.transport.lock().unwrap();
        Arc::clone(slot.get_or_insert_with(|| {
            let trust = Arc::new(Trusts(self.trusted.clone()));
            let http = HttpTransport::new(Duration::from_secs(20), Insecure::Refused).trusting(trust);
            Arc::new(match &self.identity {
                Some(holder) => {
                    http.identified(Arc::clone(holder) as Arc<dyn ClientIdentity>, &self.update_url)
                }
                None => http,
            })
        }))
    }
}

struct Trusts(Vec<Vec<u8>>);

impl ServerTrust for Trusts {
    fn verify(&self, _: &str, chain: &[&[u8]]) -> Result<(), String> {
        match self.0.iter().any(|trusted| *trusted == chain[0]) {
            true => Ok(()),
            false => Err("nobody knows it".to_owned()),
        }
    }
}
