//! `clientIdentity` on the desktop host: PEM files for a server that demands a certificate.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::path::PathBuf;

use airlock_system_tests::{Identity, Run, Server, World};
use serde_json::{Value, json};

/// A world whose release lies on a server that talks to one client alone.
struct Closed {
    world: World,
    server: Server,
    trusted: PathBuf,
}

impl Closed {
    /// Beside the configuration lie the client's files, `client.pem` and `client.key`.
    fn new() -> Self {
        let world = World::with_v2();
        let (identity, client) = (Identity::of("localhost"), Identity::of("device.example"));
        let server = Server::start_mutual_tls(&world.path("project/repository"), &identity, &client);
        let trusted = identity.write(&world.path("trusted.pem"));
        let closed = Self {
            world,
            server,
            trusted,
        };
        client.write(&closed.beside("client.pem"));
        client.write_key(&closed.beside("client.key"));
        closed
    }

    fn config(&self, identity: &Value) -> PathBuf {
        self.world.config(|config| {
            config["allowInsecureLoopback"] = json!(false);
            config["clientIdentity"] = identity.clone();
        })
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.config(&Value::Null).with_file_name(name)
    }

    fn run(&self, identity: &Value, verb: &str) -> Run {
        let device = self.world.device().with_config(self.config(identity));
        let device = device.with(&["--url", self.server.url()]);
        Run::of(device.command(&[verb]).env("SSL_CERT_FILE", &self.trusted))
    }
}

fn files(certificate: &str, key: &str) -> Value {
    json!({"certificate": certificate, "key": key})
}

#[test]
fn a_server_that_demands_a_certificate_is_shown_it() {
    let closed = Closed::new();
    let run = closed.run(&Value::Null, "sync").refused(107, "download_failed");
    assert!(
        run.stderr.contains("demands a client certificate"),
        "{}",
        run.stderr
    );
    assert_eq!(closed.server.requests(), Vec::<String>::new());
    let own = files("client.pem", "client.key");
    assert_eq!(closed.run(&own, "sync").ok()["result"], "staged");
}

#[test]
fn files_that_are_no_identity_are_named_and_stop_no_launch() {
    let closed = Closed::new();
    fs::write(closed.beside("nonsense.pem"), "no certificate").unwrap();
    Identity::of("other.example").write_key(&closed.beside("other.key"));
    for (certificate, key, named) in [
        ("missing.pem", "client.key", "missing.pem"),
        ("client.pem", "missing.key", "missing.key"),
        ("nonsense.pem", "client.key", "nonsense.pem"),
        ("client.pem", "nonsense.pem", "nonsense.pem"),
        ("client.pem", "other.key", "does not belong"),
    ] {
        let identity = files(certificate, key);
        let run = closed.run(&identity, "sync").refused(2, "config_invalid");
        assert!(run.stderr.contains(named), "{}", run.stderr);
        assert_eq!(closed.run(&identity, "launch").ok()["bundle"]["version"], "1.0.0");
    }
    let run = closed.run(&json!({"certificate": "client.pem"}), "sync");
    let run = run.refused(2, "config_invalid");
    assert!(run.stderr.contains("needs both"), "{}", run.stderr);
    let own = files("client.pem", "client.key");
    assert_eq!(closed.run(&own, "sync").ok()["result"], "staged");
}
