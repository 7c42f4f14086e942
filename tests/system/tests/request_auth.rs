//! Who asks, from the desktop host: `requestHeaders`, `AIRLOCK_REQUEST_TOKEN`, and `requestSignature` with a `keyFile`.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use airlock_system_tests::{Run, World};
use serde_json::{Value, json};

const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A server that notes who asks and lets nobody in.
struct Doorman {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Doorman {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/app/", listener.local_addr().unwrap());
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&heads);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let mut socket = socket.unwrap();
                let lines = BufReader::new(socket.try_clone().unwrap()).lines();
                let head: Vec<String> = lines
                    .map(Result::unwrap)
                    .take_while(|line| !line.is_empty())
                    .collect();
                noted.lock().unwrap().push(head.join("\n"));
                let _ = socket.write_all(
                    b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                );
            }
        });
        Self { url, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn config(world: &World, signature: &Value) -> PathBuf {
    world.config(|config| {
        config["requestHeaders"] = json!({"X-Api-Key": "k3y"});
        config["requestSignature"] = signature.clone();
    })
}

fn check(world: &World, doorman: &Doorman, signature: &Value, token: &str) -> Run {
    let device = world.device().with_config(config(world, signature));
    let device = device.with(&["--url", &doorman.url]);
    Run::of(device.command(&["check"]).env("AIRLOCK_REQUEST_TOKEN", token))
}

#[test]
fn a_server_is_told_who_asks_and_its_refusal_is_understood() {
    let (world, doorman) = (World::with_v2(), Doorman::start());
    let signature = json!({"algorithm": "HMAC-SHA256", "keyId": "app-1", "keyFile": "request.key"});
    fs::write(config(&world, &signature).with_file_name("request.key"), SECRET).unwrap();
    let run = check(&world, &doorman, &signature, "t0ken").refused(104, "response_unusable");
    assert!(run.stderr.contains("it wants to know who asks"), "{}", run.stderr);
    for secret in ["k3y", "t0ken", SECRET] {
        assert!(!run.stderr.contains(secret), "{}", run.stderr);
    }
    let heads = doorman.heads();
    assert!(!heads.is_empty());
    for head in heads {
        for line in [
            "x-api-key: k3y",
            "authorization: Bearer t0ken",
            "airlock-signature: keyid=app-1, ",
        ] {
            assert!(head.contains(line), "{head}");
        }
    }
}

#[test]
fn a_key_or_token_that_cannot_be_used_is_named_before_anybody_is_asked() {
    let (world, doorman) = (World::with_v2(), Doorman::start());
    let signed = |file: &str| json!({"algorithm": "HMAC-SHA256", "keyId": "app-1", "keyFile": file});
    let bad = config(&world, &Value::Null).with_file_name("bad.key");
    fs::write(&bad, "s3cret").unwrap();
    fs::write(bad.with_file_name("good.key"), SECRET).unwrap();
    for (signature, token, code, words) in [
        (signed("missing.key"), "t0ken", "config_invalid", "missing.key"),
        (
            signed("bad.key"),
            "t0ken",
            "config_invalid",
            "`openssl rand -base64 32` makes one",
        ),
        (signed("good.key"), "no token", "usage", "a request token has"),
        (
            json!({"algorithm": "none", "keyId": "a"}),
            "t0ken",
            "config_invalid",
            "algorithm must be",
        ),
    ] {
        let run = check(&world, &doorman, &signature, token).refused(2, code);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
    }
    assert_eq!(doorman.heads(), Vec::<String>::new());
    check(&world, &doorman, &signed("good.key"), "t0ken").refused(104, "response_unusable");
    assert!(!doorman.heads().is_empty());
}
