//! A real TLS server on loopback, judged by the host.

#![expect(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use airlock_engine::Error;
use airlock_engine::ports::{Get, Got, HttpTransport, Insecure, ServerTrust, Transport as _};
use airlock_protocol::Code;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring::default_provider;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::{ServerConfig, ServerConnection, StreamOwned, sign};

/// Shows a certificate whatever it is asked for, with a key that need not fit.
#[derive(Debug)]
struct Shows(Arc<sign::CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<sign::CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Answers one request, and ends when the client hangs up.
fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> String {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let shown = sign::CertifiedKey::new(vec![certificate], any_supported_type(&key).unwrap());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shows(Arc::new(shown))));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/hello",
        listener.local_addr().unwrap().port()
    );
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, socket);
        let mut request = [0; 1024];
        if stream.read(&mut request).is_ok() {
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
            let _ = stream.flush();
        }
    });
    url
}

/// Trusts one certificate and writes down what it was asked.
struct Pinned {
    certificate: Vec<u8>,
    asked: Mutex<Vec<(String, usize)>>,
}

impl ServerTrust for Pinned {
    fn verify(&self, host: &str, chain: &[&[u8]]) -> Result<(), String> {
        self.asked.lock().unwrap().push((host.to_owned(), chain.len()));
        match chain.first() {
            Some(own) if *own == self.certificate => Ok(()),
            _ => Err("its pin is another one".to_owned()),
        }
    }
}

fn get(url: &str, trust: &Arc<Pinned>) -> Result<Vec<u8>, Error> {
    let transport = HttpTransport::new(Duration::from_secs(20), Insecure::Refused)
        .trusting(Arc::clone(trust) as Arc<dyn ServerTrust>);
    let mut body = Vec::new();
    let request = Get { url, max_bytes: 100 };
    let got = transport.get(&request, &mut |piece| {
        body.extend_from_slice(piece);
        Ok(())
    })?;
    assert_eq!(got, Got::Body);
    Ok(body)
}

fn pinned(certificate: &CertificateDer<'_>) -> Arc<Pinned> {
    Arc::new(Pinned {
        certificate: certificate.to_vec(),
        asked: Mutex::default(),
    })
}

fn certified() -> (CertificateDer<'static>, KeyPair) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.der().clone(), signing_key)
}

#[test]
fn the_host_decides_whom_to_talk_to() {
    let (certificate, key) = certified();
    let trust = pinned(&certificate);
    assert_eq!(get(&serve(certificate.clone(), &key), &trust).unwrap(), b"hello");
    assert_eq!(*trust.asked.lock().unwrap(), [("localhost".to_owned(), 1)]);

    let (other, other_key) = certified();
    let error = get(&serve(other, &other_key), &trust).unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed);
    assert!(error.to_string().contains("its pin is another one"), "{error}");
}

#[test]
fn a_certificate_without_its_key_is_refused_whatever_the_host_says() {
    let (certificate, _) = certified();
    let (_, other_key) = certified();
    let trust = pinned(&certificate);
    let error = get(&serve(certificate, &other_key), &trust).unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed);
    assert_eq!(trust.asked.lock().unwrap().len(), 1, "the chain itself was fine");
}
