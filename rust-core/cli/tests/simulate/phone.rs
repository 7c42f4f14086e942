//! A simulator process, its app's page, its repository.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

use crate::http::{Answer, send};

/// A test that waits longer than this for a message has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A project with an embedded bundle 1.0.0, and its repository.
pub(crate) struct World {
    folder: TempDir,
}

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

/// A child that ends with the test.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn airlock() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airlock"));
    command
        .env_remove("AIRLOCK_PASSPHRASE")
        .arg("--json")
        .stderr(Stdio::null());
    command
}

impl World {
    pub(crate) fn new() -> World {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
        };
        world.run(airlock().args([
            "init",
            "project",
            "--app-id",
            "dev.airlock.test",
            "--no-passphrase",
        ]));
        world.web("embedded", "1.0.0");
        let pack = [
            "pack",
            "embedded",
            "--in-place",
            "--app-id",
            "dev.airlock.test",
            "--version",
            "1.0.0",
            "--sequence",
            "1",
        ];
        world.run(airlock().args(pack));
        std::fs::write(world.path().join("native-bridge.js"), "/* androidBridge */").unwrap();
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A small web app that names its version.
    fn web(&self, name: &str, version: &str) {
        let folder = self.path().join(name);
        std::fs::create_dir_all(folder.join("assets")).unwrap();
        let html = format!("<!doctype html><html><head><title>{version}</title></head><body></body></html>");
        std::fs::write(folder.join("index.html"), html).unwrap();
        std::fs::write(folder.join("assets/app.js"), format!("console.log('{version}')")).unwrap();
    }

    pub(crate) fn publish(&self, version: &str, sequence: &str) {
        self.web(version, version);
        self.run(airlock().args([
            "publish",
            version,
            "--version",
            version,
            "--sequence",
            sequence,
            "--project",
            "project",
        ]));
    }

    /// Serves the repository and writes the app's configuration for it.
    pub(crate) fn serve(&self, config: Value) -> Server {
        let mut command = airlock();
        command
            .args(["serve", "project/repository", "--port", "0"])
            .current_dir(self.path())
            .stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let first = first_line(&mut process);
        self.configure(config, first["url"].as_str().unwrap());
        Server(process)
    }

    /// Writes the app's configuration: that of the project, this update URL, and `config` on top.
    pub(crate) fn configure(&self, config: Value, update_url: &str) {
        let path = self.path().join("project/capacitor.airlock.json");
        let mut merged: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let fields = merged.as_object_mut().unwrap();
        fields.insert("updateUrl".into(), update_url.into());
        fields.insert("allowInsecureLoopback".into(), true.into());
        fields.extend(config.as_object().unwrap().clone());
        std::fs::write(self.path().join("config.json"), merged.to_string()).unwrap();
    }

    pub(crate) fn simulate(&self, options: &[&str]) -> Command {
        let mut command = airlock();
        command
            .args([
                "simulate",
                "--state",
                "state",
                "--embedded",
                "embedded",
                "--config",
                "config.json",
            ])
            .args(["--bridge", "native-bridge.js"])
            .args(options)
            .current_dir(self.path())
            .stdout(Stdio::piped());
        command
    }

    pub(crate) fn phone(&self, options: &[&str]) -> Phone {
        let mut process = self.simulate(options).spawn().unwrap();
        let first = first_line(&mut process);
        let url = first["url"].as_str().unwrap();
        let port = url
            .strip_prefix("http://localhost:")
            .unwrap()
            .trim_end_matches('/')
            .parse()
            .unwrap();
        assert_eq!(first["control"], format!("http://127.0.0.1:{port}/__airlock/"));
        Phone { process, port }
    }

    /// A phone that fetches nothing by itself and has nobody to ask.
    pub(crate) fn quiet_phone() -> (World, Phone) {
        let world = World::new();
        world.configure(json!({ "autoUpdate": "off" }), "http://127.0.0.1:9/");
        let phone = world.phone(&[]);
        (world, phone)
    }

    fn run(&self, command: &mut Command) {
        let output = command.current_dir(self.path()).output().unwrap();
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
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

fn first_line(process: &mut Child) -> Value {
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
