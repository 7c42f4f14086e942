//! A static file server on loopback that can be told to misbehave.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::identity::Identity;

/// How the server treats requests whose path contains the given text.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Closes the connection after this many bytes of the body.
    CloseAfter(&'static str, usize),
    /// Answers with this status and no body.
    Status(&'static str, u16),
    /// Answers 200 with these bytes instead of the file.
    Body(&'static str, Vec<u8>),
    /// Answers with a redirect to this address followed by the path.
    Redirect(&'static str, String),
    /// Sends this many bytes of the body, waits for [`Server::release`], then the rest.
    HoldAfter(&'static str, usize),
}

/// A running server; it stops when dropped.
pub struct Server {
    url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    root: PathBuf,
    fault: Mutex<Option<Fault>>,
    requests: Mutex<Vec<String>>,
    stopped: AtomicBool,
    held: Mutex<Vec<std::sync::mpsc::Sender<()>>>,
}

impl Server {
    /// Serves a directory on a free loopback port.
    pub fn start(root: &Path) -> Self {
        Self::launch(root, "http://127.0.0.1", |shared, stream| shared.answer(stream))
    }

    /// The same over TLS, as `localhost`.
    pub fn start_tls(root: &Path, identity: &Identity) -> Self {
        Self::start_rustls(root, identity.server_config(None))
    }

    /// The same for one client alone.
    pub fn start_mutual_tls(root: &Path, identity: &Identity, client: &Identity) -> Self {
        Self::start_rustls(root, identity.server_config(Some(client)))
    }

    fn start_rustls(root: &Path, config: Arc<ServerConfig>) -> Self {
        Self::launch(root, "https://localhost", move |shared, stream| {
            let session = ServerConnection::new(Arc::clone(&config)).expect("the configuration is complete");
            shared.answer(StreamOwned::new(session, stream));
        })
    }

    fn launch(
        root: &Path,
        origin: &str,
        answer: impl Fn(&Shared, TcpStream) + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("bound");
        let url = format!("{origin}:{}", address.port());
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            fault: Mutex::new(None),
            requests: Mutex::new(Vec::new()),
            stopped: AtomicBool::new(false),
            held: Mutex::new(Vec::new()),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                let answer = answer.clone();
                thread::spawn(move || answer(&shared, stream));
            }
        });
        Self { url, address, shared }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Misbehaves from now on; `None` heals it.
    pub fn fault(&self, fault: Option<Fault>) {
        *self.shared.fault.lock().unwrap() = fault;
    }

    /// The paths asked for since the last call.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.requests.lock().unwrap())
    }

    /// Lets held answers go on.
    pub fn release(&self) {
        self.shared.held.lock().unwrap().clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.release();
        let _wake = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn answer(&self, stream: impl Read + Write) {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
            let mut header = String::new();
            while reader.read_line(&mut header).unwrap_or(0) > 2 {
                header.clear();
            }
            self.requests.lock().unwrap().push(path.clone());
            if self.respond(reader.get_mut(), &path).is_none() {
                return;
            }
        }
    }

    /// `None` closes the connection.
    fn respond(&self, stream: &mut impl Write, path: &str) -> Option<()> {
        let body = fs::read(self.root.join(path.trim_start_matches('/'))).ok();
        let fault = self.fault.lock().unwrap().clone();
        match fault {
            Some(Fault::Status(part, status)) if path.contains(part) => send(stream, status, &[]),
            Some(Fault::Body(part, bytes)) if path.contains(part) => send(stream, 200, &bytes),
            Some(Fault::Redirect(part, origin)) if path.contains(part) => {
                write!(
                    stream,
                    "HTTP/1.1 302 Found\r\nLocation: {origin}{path}\r\nContent-Length: 0\r\n\r\n"
                )
                .ok()?;
                stream.flush().ok()
            }
            Some(Fault::CloseAfter(part, count)) if path.contains(part) => {
                let body = body?;
                head(stream, 200, body.len())?;
                stream.write_all(&body[..count.min(body.len())]).ok()?;
                None
            }
            Some(Fault::HoldAfter(part, count)) if path.contains(part) => {
                let body = body?;
                head(stream, 200, body.len())?;
                let (first, rest) = body.split_at(count.min(body.len()));
                stream.write_all(first).ok()?;
                stream.flush().ok()?;
                let (sender, receiver) = std::sync::mpsc::channel();
                self.held.lock().unwrap().push(sender);
                let _released = receiver.recv();
                stream.write_all(rest).ok()
            }
            _ => match body {
                Some(body) => send(stream, 200, &body),
                None => send(stream, 404, &[]),
            },
        }
    }
}

fn send(stream: &mut impl Write, status: u16, body: &[u8]) -> Option<()> {
    head(stream, status, body.len())?;
    stream.write_all(body).ok()?;
    stream.flush().ok()
}

fn head(stream: &mut impl Write, status: u16, length: usize) -> Option<()> {
    write!(
        stream,
        "HTTP/1.1 {status} Answer\r\nContent-Length: {length}\r\n\r\n"
    )
    .ok()
}
