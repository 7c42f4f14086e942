//! `updateProtocol: checksum-json`.

use std::collections::BTreeMap;
use std::fs;

use airlock_system_tests::{Asked, Run, Said, airlock};
use serde_json::{Value, json};

use crate::phone::{Phone, sha256};

type Files = BTreeMap<String, Vec<u8>>;

fn files(named: &[(&str, &str)]) -> Files {
    let own = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    named.iter().map(own).collect()
}

/// The older list of these files.
fn list(id: &str, files: &Files) -> Value {
    let files: Vec<Value> = files
        .iter()
        .map(|(path, bytes)| json!({"path": path, "hash": sha256(bytes)}))
        .collect();
    json!({"id": id, "timestamp": "2026-01-31T12:00:00.000Z", "files": files})
}

fn serves(phone: &Phone, list: impl Into<Vec<u8>>, files: Files) {
    let list = list.into();
    phone.server.says(move |asked: &Asked| {
        let path = asked.path.trim_start_matches("/web/").replace("%20", " ");
        match files.get(&path) {
            _ if path == "checksum.json" => Said::new(200, list.clone()),
            Some(bytes) => Said::new(200, bytes.clone()).with("Content-Type", "text/html"),
            None => Said::new(404, ""),
        }
    });
}

fn fetched(phone: &Phone) -> Vec<String> {
    phone.server.asked().into_iter().map(|asked| asked.path).collect()
}

fn two() -> Files {
    files(&[
        ("app.js", "one()"),
        ("assets/a b.txt", "new"),
        ("index.html", "<h1>two</h1>"),
    ])
}

#[test]
fn only_what_changed_is_fetched() {
    let phone = Phone::of("checksum-json", "/web", json!({}));
    serves(&phone, list("two", &two()).to_string(), two());
    assert_eq!(phone.device().ok(&["check"])["result"], "available");
    assert_eq!(fetched(&phone), ["/web/checksum.json"]);
    phone.runs("two", "files");
    let mut asked = fetched(&phone);
    // They come several at a time.
    asked[1..].sort();
    // app.js is what the binary brought.
    assert_eq!(
        asked,
        ["/web/checksum.json", "/web/assets/a%20b.txt", "/web/index.html"]
    );
    assert_eq!(phone.device().ok(&["sync"])["result"], "up-to-date");
    let mut three = two();
    three.insert("index.html".to_owned(), b"<h1>three</h1>".to_vec());
    fetched(&phone);
    serves(&phone, list("three", &three).to_string(), three.clone());
    phone.runs("three", "files");
    assert_eq!(fetched(&phone), ["/web/checksum.json", "/web/index.html"]);
    let launch = phone.device().ok(&["launch"]);
    let root = std::path::PathBuf::from(launch["root"].as_str().unwrap());
    for (path, bytes) in three {
        assert_eq!(fs::read(root.join(path)).unwrap(), bytes);
    }
}

#[test]
fn with_a_key_the_list_is_signed() {
    let phone = Phone::of("checksum-json", "/web", json!({}));
    let key = fs::read_to_string(phone.world.path("project/keys/release.pub.pem")).unwrap();
    let config = phone.world.config(|config| {
        let fields = config.as_object_mut().unwrap();
        fields.insert("updateProtocol".to_owned(), json!("checksum-json"));
        fields.insert("publicKey".to_owned(), json!(key));
        fields.insert(
            "updateUrl".to_owned(),
            json!(format!("{}/web", phone.server.url())),
        );
    });
    let device = || phone.world.device().with_config(config.clone());
    let web = phone.world.path("v2");
    let private = phone.world.path("project/keys/release.pem");
    let mut pack = airlock();
    pack.arg("pack").arg(&web);
    pack.args([
        "--app-id",
        "com.example.app",
        "--version",
        "2.0.0",
        "--sequence",
        "2",
        "--in-place",
        "--json",
    ]);
    pack.arg("--key").arg(&private);
    Run::of(&mut pack).ok();
    let read = |name: &str| fs::read(web.join(name)).unwrap();
    let names = [
        "app.js",
        "assets/logo.svg",
        "index.html",
        "checksum.json",
        "checksum.json.sig",
    ];
    let good: Files = names
        .iter()
        .map(|name| ((*name).to_owned(), read(name)))
        .collect();

    let mut unsigned = good.clone();
    unsigned.remove("checksum.json.sig");
    serves(&phone, read("checksum.json"), unsigned);
    device().run(&["sync"]).refused(116, "signature_missing");
    let mut changed = read("checksum.json");
    changed.push(b'\n');
    serves(&phone, changed, good.clone());
    device().run(&["sync"]).refused(116, "signature_invalid");
    serves(&phone, list("two", &two()).to_string(), good.clone());
    device().run(&["sync"]).refused(116, "signature_invalid");
    let mut replaced = good.clone();
    replaced.insert("index.html".to_owned(), b"<h1>2wo</h1>".to_vec());
    serves(&phone, read("checksum.json"), replaced);
    device().run(&["sync"]).refused(115, "checksum_mismatch");

    serves(&phone, read("checksum.json"), good);
    let staged = device().ok(&["sync"]);
    assert_eq!(
        (&staged["result"], &staged["bundle"]["sequence"]),
        (&json!("staged"), &json!(2))
    );
    assert_eq!(device().confirm(), "2.0.0");
    assert_eq!(device().ok(&["sync"])["result"], "up-to-date");
}

#[test]
fn bad_web_roots_change_nothing_and_the_next_try_works() {
    let phone = Phone::of("checksum-json", "/web/", json!({}));
    for (body, exit, code) in [
        (b"<html>".to_vec(), 104, "response_unusable"),
        (vec![b' '; 8 * 1024 * 1024 + 1], 104, "response_unusable"),
        (b"not json".to_vec(), 118, "metadata_invalid"),
        (b"{}".to_vec(), 118, "metadata_invalid"),
        (
            json!({"id": 1, "timestamp": "x", "files": []})
                .to_string()
                .into_bytes(),
            118,
            "metadata_invalid",
        ),
        (
            list("two", &files(&[("a", "a")])).to_string().into_bytes(),
            118,
            "metadata_invalid",
        ),
        (
            list("two", &files(&[("../a", "a"), ("index.html", "")]))
                .to_string()
                .into_bytes(),
            120,
            "path_unsafe",
        ),
    ] {
        serves(&phone, body, two());
        phone.refuses(exit, code);
    }
    for status in [404, 500] {
        phone.server.says(move |_| Said::new(status, ""));
        phone.refuses(104, "response_unusable");
    }
    let mut lacking = two();
    lacking.remove("index.html");
    serves(&phone, list("two", &two()).to_string(), lacking);
    phone.refuses(104, "response_unusable");
    let mut other = two();
    other.insert("index.html".to_owned(), b"<h1>2wo</h1>".to_vec());
    serves(&phone, list("two", &two()).to_string(), other);
    phone.refuses(115, "checksum_mismatch");
    let strict = phone.device().with(&["--strict-verification"]);
    let mut weak = list("two", &two());
    weak["files"][0]["hash"] = json!("900150983cd24fb0d6963f7d28e17f72");
    serves(&phone, weak.to_string(), two());
    strict.run(&["sync"]).refused(115, "checksum_mismatch");
    serves(&phone, list("two", &two()).to_string(), two());
    phone.runs("two", "files");
}
