//! Keys that live behind a program: a real script holds a real key and signs with OpenSSL.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

mod support;

use std::os::unix::fs::PermissionsExt;

use support::{Desk, NOW};

/// Signs with the key that its first argument names; what the protocol asks for and nothing else.
const SIGNER: &str = r#"#!/usr/bin/env python3
import base64, json, subprocess, sys, tempfile
key = sys.argv[1]
request = json.load(sys.stdin)
if request["request"] == "public-key":
    pem = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True, capture_output=True).stdout
    print(json.dumps({"publicKey": pem.decode()}))
else:
    message = base64.b64decode(request["message"])
    with tempfile.NamedTemporaryFile() as file:
        file.write(message)
        file.flush()
        how = {"ed25519": ["-rawin"], "ecdsa-sha2-nistp256": ["-rawin", "-digest", "sha256"]}[request["algorithm"]]
        made = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-in", file.name] + how,
                              check=True, capture_output=True).stdout
    print(json.dumps({"signature": base64.b64encode(made).decode()}))
"#;

fn desk() -> Desk {
    let desk = Desk::with_project();
    script(&desk, "sign.py", SIGNER);
    desk
}

fn script(desk: &Desk, name: &str, text: &str) {
    desk.write(name, text);
    std::fs::set_permissions(desk.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Replaces the signer in airlock.json.
fn use_signer(desk: &Desk, signer: &serde_json::Value) {
    let mut project: serde_json::Value = serde_json::from_slice(&desk.read("airlock.json")).unwrap();
    project["keys"]["release"] = signer.clone();
    desk.write("airlock.json", project.to_string());
}

#[test]
fn a_program_takes_over_a_role_publishes_and_refreshes() {
    for key_type in ["ed25519", "ecdsa-p256"] {
        let desk = desk();
        let made = [
            "keys",
            "generate",
            "hsm.pem",
            "--no-passphrase",
            "--key-type",
            key_type,
        ];
        desk.run(made).succeeds();
        let rotate = [
            "keys",
            "rotate",
            "--role",
            "release",
            "--now",
            NOW,
            "--new-signer",
        ];
        desk.run(rotate.iter().chain(&["./sign.py hsm.pem"])).succeeds();
        let project: serde_json::Value = serde_json::from_slice(&desk.read("airlock.json")).unwrap();
        assert_eq!(
            project["keys"]["release"],
            serde_json::json!({"command": ["./sign.py", "hsm.pem"], "publicKey": "keys/release-2.pub.pem"})
        );
        assert_eq!(desk.read("keys/release-2.pub.pem"), desk.read("hsm.pub.pem"));
        desk.run(["publish", "dist", "--version", "1.0.0", "--now", NOW])
            .succeeds();
        desk.run(["refresh", "--now", NOW]).succeeds();
        let verify = ["verify", ".", "--public-key", "keys/root.pub.pem", "--now", NOW];
        desk.run(verify).succeeds();
        let list = desk.run(["keys", "list", "--json"]).succeeds().json();
        let program = list["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["type"] == key_type);
        assert!(program.is_some(), "{list}");
        assert!(list.to_string().contains("program ./sign.py hsm.pem"), "{list}");

        // A bundle without a project, signed through --signer.
        let facts = ["--app-id", "a.b", "--version", "1", "--sequence", "1"];
        let pack = ["pack", "dist", "-o", "a.zip", "--signer", "./sign.py hsm.pem"];
        desk.run(pack.iter().chain(&facts)).succeeds();
        desk.run(["verify", "a.zip", "--public-key", "hsm.pub.pem"])
            .succeeds();
    }
}

#[test]
fn a_program_that_fails_is_explained_and_nothing_changes() {
    let desk = desk();
    let before = desk.tree("repository");
    let bodies = [
        ("echo 'no slot' >&2; exit 3", "exit status: 3"),
        ("cat > /dev/null; echo nonsense", "docs/protocol.md"),
        ("cat > /dev/null; echo '{\"signature\": \"!\"}'", "is not base64"),
        (
            "cat > /dev/null; echo '{\"signature\": \"AAAA\"}'",
            "does not verify",
        ),
        ("cat > /dev/null; exec yes", "longer than 65536 bytes"),
        ("exec tail -f /dev/null", "within 1 seconds"),
        (
            "cat > /dev/null; exec > /dev/null; exec tail -f /dev/null",
            "within 1 seconds",
        ),
    ];
    for (body, words) in bodies {
        script(&desk, "bad.sh", &format!("#!/bin/sh\n{body}\n"));
        let signer = serde_json::json!({
            "command": ["./bad.sh"], "publicKey": "keys/release.pub.pem", "timeoutSeconds": 1
        });
        use_signer(&desk, &signer);
        desk.run(["publish", "dist", "--version", "1.0.0"])
            .fails_with(2, "config_invalid", words);
        assert_eq!(desk.tree("repository"), before, "{body}");
    }
    for (signer, words) in [
        (serde_json::json!({"command": []}), "is empty"),
        (serde_json::json!({"command": ["./missing"]}), "cannot be started"),
        (
            serde_json::json!({"command": ["./sign.py"], "publicKey": "keys/release.pub.pem", "timeoutSeconds": 0}),
            "1 to 600",
        ),
    ] {
        use_signer(&desk, &signer);
        desk.run(["publish", "dist", "--version", "1.0.0"])
            .fails_with(2, "config_invalid", words);
    }
    // The positive control: the key of the file, behind the program.
    use_signer(
        &desk,
        &serde_json::json!({"command": ["./sign.py", "keys/release.pem"]}),
    );
    desk.run(["publish", "dist", "--version", "1.0.0"]).succeeds();
}

#[test]
fn another_key_behind_the_program_is_noticed_before_it_signs() {
    let desk = desk();
    desk.run(["keys", "generate", "other.pem", "--no-passphrase"])
        .succeeds();
    use_signer(&desk, &serde_json::json!({"command": ["./sign.py", "other.pem"]}));
    desk.run(["publish", "dist", "--version", "1.0.0"]).fails(
        2,
        "config_invalid",
        "must be signed by 1 of 1 keys",
    );
    use_signer(
        &desk,
        &serde_json::json!({"command": ["./sign.py", "other.pem"], "publicKey": "keys/release.pub.pem"}),
    );
    desk.run(["publish", "dist", "--version", "1.0.0"])
        .fails(2, "config_invalid", "does not verify");
    use_signer(&desk, &serde_json::json!("keys/release.pem"));
    desk.run(["publish", "dist", "--version", "1.0.0"]).succeeds();
}
