//! The server: a thread that accepts, and one for each connection.

use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::faults::{After, Fault};
use crate::request::Request;
use crate::site::Site;
use crate::wire::Wire;

/// Which requests meet which fault.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Those whose path contains this.
    pub part: &'static str,
    /// What happens to them.
    pub fault: &'static Fault,
}

/// A running server; it stops when dropped.
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    site: Mutex<Arc<Site>>,
    plan: Mutex<Option<Plan>>,
    elsewhere: Mutex<Option<String>>,
    /// Answers that the plan has spoiled.
    spoiled: AtomicUsize,
    log: Mutex<Vec<Request>>,
    stopped: AtomicBool,
}

impl FaultServer {
    /// Serves a site on a free loopback port.
    pub fn start(site: Arc<Site>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("bound");
        let shared = Arc::new(Shared {
            url: format!("http://{address}"),
            site: Mutex::new(site),
            plan: Mutex::default(),
            elsewhere: Mutex::default(),
            spoiled: AtomicUsize::new(0),
            log: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// Its address, without a `/` at the end.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Serves another site from now on.
    pub fn site(&self, site: Arc<Site>) {
        *self.shared.site.lock().unwrap() = site;
    }

    /// Misbehaves from now on; `None` heals it.
    pub fn plan(&self, plan: Option<Plan>) {
        self.shared.spoiled.store(0, Ordering::SeqCst);
        *self.shared.plan.lock().unwrap() = plan;
    }

    /// Where redirects to another server lead.
    pub fn elsewhere(&self, url: &str) {
        *self.shared.elsewhere.lock().unwrap() = Some(url.to_owned());
    }

    /// The requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.shared.log.lock().unwrap())
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _wake = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        let _best_effort = stream.set_nodelay(true);
        let elsewhere = self.elsewhere.lock().unwrap().clone();
        let Ok(second) = stream.try_clone() else { return };
        let mut wire = Wire::new(second, self.url.clone(), elsewhere);
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader) {
            self.log.lock().unwrap().push(request.clone());
            if !matches!(self.respond(&mut wire, &request), Ok(After::Open)) {
                return;
            }
        }
    }

    fn respond(&self, wire: &mut Wire, request: &Request) -> std::io::Result<After> {
        let site = Arc::clone(&self.site.lock().unwrap());
        let plan = *self.plan.lock().unwrap();
        let Some(file) = site.file(&request.path) else {
            return wire.answer(404, &[], b"no such file").map(|()| After::Open);
        };
        match plan.filter(|plan| request.path.contains(plan.part)) {
            Some(plan) => {
                let turn = self.spoiled.fetch_add(1, Ordering::SeqCst);
                plan.fault.answer(wire, request, &file, turn)
            }
            None => wire.honest(request, &file).map(|()| After::Open),
        }
    }
}
