//! A simulator process and its app's page.

use std::net::TcpStream;
use std::process::Child;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

use crate::http::{Answer, send};

/// A test that waits longer than this for a message has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running simulator; killed when it is dropped.
pub(crate) struct Phone {
    pub(crate) process: Child,
    pub(crate) port: u16,
}

/// One page of the app: its token and its bridge.
pub(crate) struct Page {
    pub(crate) token: String,
    pub(crate) socket: WebSocket<TcpStream>,
    calls: u64,
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Phone {
    pub(crate) fn app_host(&self) -> String {
        format!("Host: localhost:{}", self.port)
    }

    pub(crate) fn control_host(&self) -> String {
        format!("Host: 127.0.0.1:{}", self.port)
    }

    /// What the web view gets for a path of the app.
    pub(crate) fn get(&self, path: &str) -> Answer {
        send(self.port, "GET", path, &[&self.app_host()])
    }

    /// Presses a key of the control page, with the headers its browser sends.
    pub(crate) fn press(&self, key: &str) -> Answer {
        let origin = format!("Origin: http://127.0.0.1:{}", self.port);
        let path = format!("/__airlock/actions/{key}");
        send(
            self.port,
            "POST",
            &path,
            &[&self.control_host(), &origin, "Sec-Fetch-Site: same-origin"],
        )
    }

    pub(crate) fn state(&self) -> Value {
        send(self.port, "GET", "/__airlock/state", &[&self.control_host()]).json()
    }

    /// Loads the page and opens its bridge.
    pub(crate) fn open_page(&self) -> Page {
        let html = self.get("/").body;
        let token = html
            .split("\"token\":\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let mut page = self.connect(token);
        // Once this is answered, the phone knows the page.
        page.call("current", json!({}));
        page.calls = 0;
        page
    }

    /// A page that says hello with this token.
    pub(crate) fn connect(&self, token: String) -> Page {
        let mut socket = self
            .socket("/__airlock/bridge", &format!("http://localhost:{}", self.port))
            .unwrap();
        socket
            .send(Message::text(json!({ "hello": { "token": token } }).to_string()))
            .unwrap();
        Page {
            token,
            socket,
            calls: 0,
        }
    }

    /// The WebSocket of a page of `origin`. The error is the HTTP status of the refusal.
    pub(crate) fn socket(&self, path: &str, origin: &str) -> Result<WebSocket<TcpStream>, u16> {
        let host = if path.ends_with("bridge") {
            "localhost"
        } else {
            "127.0.0.1"
        };
        let mut request = format!("ws://{host}:{}{path}", self.port)
            .into_client_request()
            .unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Page {
    /// Posts a call as native-bridge.js does and answers its callback id.
    pub(crate) fn post(&mut self, method: &str, options: Value) -> String {
        self.calls += 1;
        let id = self.calls.to_string();
        let call =
            json!({ "callbackId": id, "pluginId": "Airlock", "methodName": method, "options": options });
        self.socket.send(Message::text(call.to_string())).unwrap();
        id
    }

    /// Calls a method and waits for its own answer.
    pub(crate) fn call(&mut self, method: &str, options: Value) -> Value {
        let id = self.post(method, options);
        self.wait_for(|message| message["result"]["callbackId"] == id.as_str())["result"].clone()
    }

    pub(crate) fn ready(&mut self, token: &str) -> Value {
        self.call("notifyAppReady", json!({ "token": token }))
    }

    /// The next message that is the one; others are passed over.
    pub(crate) fn wait_for(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = read_json(&mut self.socket).expect("the connection ended before the message came");
            if is_it(&message) {
                return message;
            }
        }
    }
}

/// The next JSON message, or `None` when the other side closed.
pub(crate) fn read_json(socket: &mut WebSocket<TcpStream>) -> Option<Value> {
    loop {
        match socket.read().unwrap_or_else(|error| panic!("{error}")) {
            Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}
