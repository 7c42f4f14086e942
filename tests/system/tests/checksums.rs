//! Checksums in use: MD5, SHA-1 and SHA-256 at `download()`, strict and lenient; the older checksum.json at
//! `airlock verify`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

use airlock_protocol::{Checksum, ChecksumAlgorithm};
use airlock_system_tests::{Device, Run, World, airlock, zip_of};
use serde_json::{Value, json};

const ALGORITHMS: [ChecksumAlgorithm; 3] = [
    ChecksumAlgorithm::Md5,
    ChecksumAlgorithm::Sha1,
    ChecksumAlgorithm::Sha256,
];

/// A device that trusts checksums alone, and an archive for it.
struct Shop {
    world: World,
    archive: Vec<u8>,
    config: PathBuf,
}

impl Shop {
    fn new() -> Self {
        let world = World::new();
        let archive = zip_of(&[("index.html", b"by url"), ("a/b.js", b"b()")]);
        fs::write(world.path("project/repository/own.zip"), &archive).unwrap();
        let config = world.config(|config| {
            config.as_object_mut().unwrap().remove("publicKey");
            config["allowUnsigned"] = json!(true);
        });
        Self {
            world,
            archive,
            config,
        }
    }

    fn device(&self) -> Device<'_> {
        self.world.device().with_config(self.config.clone())
    }

    fn checksum(&self, algorithm: ChecksumAlgorithm) -> Checksum {
        Checksum::of(algorithm, &self.archive)
    }

    fn download(&self, device: &Device<'_>, checksum: &str) -> Run {
        let url = format!("{}/own.zip", self.world.server.url());
        let verb = [
            "download",
            "--url",
            &url,
            "--version",
            "7",
            "--checksum",
            checksum,
        ];
        device.run(&verb[..if checksum.is_empty() { 5 } else { 7 }])
    }

    /// The refusal changed nothing and left nothing behind.
    fn refuses(&self, device: &Device<'_>, checksum: &str, exit: i32, code: &str) {
        let before = device.essence();
        self.download(device, checksum).refused(exit, code);
        assert_eq!(device.essence(), before);
        for folder in ["staging", "downloads", "bundles"] {
            let left = fs::read_dir(device.state().join(folder)).map_or(0, Iterator::count);
            assert_eq!(left, 0, "{folder}");
        }
    }

    fn installs(&self, device: &Device<'_>, checksum: &str) -> Value {
        let run = self.download(device, checksum);
        let warned = run.stderr.contains("verification");
        let downloaded = run.ok();
        assert_eq!(warned, downloaded.get("warnings").is_some(), "{downloaded}");
        let id = downloaded["bundle"]["id"].as_str().unwrap();
        assert_eq!(device.ok(&["set", id])["launch"]["bundle"]["version"], "7");
        downloaded
    }
}

#[test]
fn every_algorithm_in_either_case_and_with_its_name_is_held_to_the_bytes() {
    for algorithm in ALGORITHMS {
        let shop = Shop::new();
        let device = shop.device();
        device.ok(&["launch"]);
        let right = shop.checksum(algorithm);
        let wrong = Checksum::of(algorithm, b"other bytes").to_hex();
        shop.refuses(&device, &wrong, 115, "checksum_mismatch");
        for text in [right.to_hex(), right.to_hex().to_uppercase(), right.to_string()] {
            let warnings = shop.installs(&device, &text)["warnings"].clone();
            let weak = algorithm != ChecksumAlgorithm::Sha256;
            assert_eq!(warnings.as_array().map(Vec::len), weak.then_some(1), "{warnings}");
            if weak {
                assert!(warnings[0].as_str().unwrap().contains(algorithm.as_str()));
            }
        }
    }
}

#[test]
fn without_a_checksum_it_warns() {
    let shop = Shop::new();
    let warnings = shop.installs(&shop.device(), "")["warnings"].clone();
    assert!(
        warnings[0].as_str().unwrap().contains("no checksum"),
        "{warnings}"
    );
}

#[test]
fn strict_verification_refuses_before_a_single_request() {
    let shop = Shop::new();
    let in_config = shop.world.path("strict.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&shop.config).unwrap()).unwrap();
    config["strictVerification"] = json!(true);
    fs::write(&in_config, config.to_string()).unwrap();
    for device in [
        shop.world.device().with_config(in_config),
        shop.device().with(&["--strict-verification"]),
    ] {
        device.ok(&["launch"]);
        shop.world.server.requests();
        for checksum in [
            String::new(),
            shop.checksum(ChecksumAlgorithm::Md5).to_hex(),
            shop.checksum(ChecksumAlgorithm::Sha1).to_hex(),
        ] {
            let before = device.essence();
            shop.download(&device, &checksum)
                .refused(115, "checksum_mismatch");
            assert_eq!(device.essence(), before);
        }
        assert_eq!(shop.world.server.requests(), [""; 0], "nothing was asked for");
        shop.installs(&device, &shop.checksum(ChecksumAlgorithm::Sha256).to_hex());
        assert_eq!(shop.world.server.requests(), ["/own.zip"]);
    }
}

#[test]
fn what_is_no_checksum_is_refused_before_a_single_request() {
    let shop = Shop::new();
    let device = shop.device();
    let sha256 = shop.checksum(ChecksumAlgorithm::Sha256).to_hex();
    for text in [
        "abc",
        &sha256[1..],
        &format!("SHA1:{sha256}"),
        &format!("sha256:{sha256}"),
        &format!("CRC32:{sha256}"),
        &format!(" {sha256}"),
    ] {
        shop.refuses(&device, text, 2, "usage");
    }
    assert_eq!(shop.world.server.requests(), [""; 0]);
    shop.installs(&device, &sha256);
}

#[test]
fn a_signed_archive_is_held_to_a_weak_checksum_besides_its_signature() {
    let world = World::with_v2();
    let bytes = world.forge().target("stable/2/bundle.zip");
    fs::write(world.path("project/repository/two.zip"), &bytes).unwrap();
    let url = format!("{}/two.zip", world.server.url());
    let device = world.device();
    let download = |device: &Device<'_>, checksum: &Checksum| {
        let checksum = checksum.to_hex();
        device.run(&[
            "download",
            "--url",
            &url,
            "--version",
            "2.0.0",
            "--checksum",
            &checksum,
        ])
    };
    let right = Checksum::of(ChecksumAlgorithm::Md5, &bytes);
    let wrong = Checksum::of(ChecksumAlgorithm::Md5, b"other bytes");
    download(&device, &wrong).refused(115, "checksum_mismatch");
    world.server.requests();
    download(&world.device().with(&["--strict-verification"]), &right).refused(115, "checksum_mismatch");
    assert_eq!(world.server.requests(), [""; 0], "nothing was asked for");
    assert_eq!(
        download(&device, &right).ok()["warnings"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_signed_archive_needs_no_checksum_in_strict_mode() {
    let world = World::with_v2();
    let bytes = world.forge().target("stable/2/bundle.zip");
    fs::write(world.path("project/repository/two.zip"), &bytes).unwrap();
    let url = format!("{}/two.zip", world.server.url());
    let device = world.device().with(&["--strict-verification"]);
    let downloaded = device.ok(&["download", "--url", &url, "--version", "2.0.0"]);
    assert_eq!(
        downloaded.get("warnings"),
        None,
        "its signed metadata has a sha-256"
    );
}

/// A folder with an older checksum.json over its files.
fn plain_folder(root: &Path, algorithm: ChecksumAlgorithm) -> Value {
    let files = [
        ("index.html", "<h1>old</h1>"),
        ("assets/app.js", "old()"),
        ("empty", ""),
    ];
    let mut list = Vec::new();
    for (path, content) in files {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), content).unwrap();
        let hash = Checksum::of(algorithm, content.as_bytes()).to_hex();
        list.push(json!({"path": path, "hash": hash}));
    }
    let list = json!({"id": "4711", "timestamp": "2024-01-31T12:00:00.000Z", "files": list});
    fs::write(root.join("checksum.json"), list.to_string()).unwrap();
    list
}

fn verify(path: &Path, options: &[&str]) -> Run {
    Run::of(airlock().arg("verify").arg(path).args(options).arg("--json"))
}

#[test]
fn a_folder_with_an_older_checksum_json_is_verified_file_by_file() {
    for algorithm in ALGORITHMS {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        plain_folder(root, algorithm);
        let verified = verify(root, &[]).ok();
        assert_eq!(
            (&verified["bundle"]["id"], &verified["bundle"]["files"]),
            (&json!("4711"), &json!(3))
        );
        let strong = algorithm == ChecksumAlgorithm::Sha256;
        assert_eq!(
            verified["warnings"].as_array().unwrap().is_empty(),
            strong,
            "{verified}"
        );
        let strict = verify(root, &["--strict-verification"]);
        match strong {
            true => drop(strict.ok()),
            false => drop(strict.refused(115, "checksum_mismatch")),
        }

        fs::write(root.join("assets/app.js"), "0ld()").unwrap();
        verify(root, &[]).refused(115, "checksum_mismatch");
        fs::write(root.join("assets/app.js"), "old()").unwrap();
        fs::write(root.join("assets/more.js"), "more()").unwrap();
        verify(root, &[]).refused(115, "checksum_mismatch");
        fs::remove_file(root.join("assets/more.js")).unwrap();
        fs::write(root.join("checksum.json.sig"), "{}").unwrap();
        verify(root, &[]).refused(115, "checksum_mismatch");
        fs::remove_file(root.join("checksum.json.sig")).unwrap();
        fs::remove_file(root.join("empty")).unwrap();
        verify(root, &[]).refused(115, "checksum_mismatch");
        fs::write(root.join("empty"), "").unwrap();
        verify(root, &[]).ok();
    }
}

#[test]
fn an_archive_with_an_older_checksum_json_is_verified_too() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("web");
    let list = plain_folder(&root, ChecksumAlgorithm::Sha256).to_string();
    let archive = |script: &[u8]| {
        let zip = zip_of(&[
            ("assets/app.js", script),
            ("checksum.json", list.as_bytes()),
            ("empty", b""),
            ("index.html", b"<h1>old</h1>"),
        ]);
        let path = directory.path().join("bundle.zip");
        fs::write(&path, zip).unwrap();
        path
    };
    verify(&archive(b"0ld()"), &[]).refused(115, "checksum_mismatch");
    assert_eq!(
        verify(&archive(b"old()"), &["--strict-verification"]).ok()["kind"],
        "archive"
    );
}

#[test]
fn the_older_form_is_no_way_around_a_key() {
    let world = World::new();
    let key = world.path("project/keys/release.pub.pem");
    let with_key = ["--public-key", key.to_str().unwrap()];
    let root = world.path("old");
    plain_folder(&root, ChecksumAlgorithm::Sha256);
    verify(&root, &with_key).refused(116, "signature_missing");
    verify(&root, &[]).ok();

    // A signed bundle whose description an attacker rewrites in the older form.
    let signed = world.path("v1");
    let secret = world.path("project/keys/release.pem");
    let fields = [
        "--app-id",
        "com.example.app",
        "--version",
        "1.0.0",
        "--sequence",
        "1",
    ];
    let mut pack = airlock();
    pack.arg("pack")
        .arg(&signed)
        .args(fields)
        .args(["--in-place", "--json", "--key"]);
    Run::of(pack.arg(&secret)).ok();
    assert_eq!(verify(&signed, &with_key).ok()["signature"], "verified");
    let description: Value =
        serde_json::from_slice(&fs::read(signed.join("checksum.json")).unwrap()).unwrap();
    let older = json!({"id": description["id"], "timestamp": description["timestamp"], "files": description["files"]});
    fs::write(signed.join("checksum.json"), older.to_string()).unwrap();
    verify(&signed, &with_key).refused(116, "signature_missing");
    // One field of the signed form left in place: then its rules hold, and it breaks them.
    let mut mangled = older;
    mangled["algorithm"] = json!("SHA256");
    fs::write(signed.join("checksum.json"), mangled.to_string()).unwrap();
    verify(&signed, &[]).refused(118, "metadata_invalid");
}

#[test]
fn an_older_checksum_json_that_breaks_a_rule_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let list = plain_folder(root, ChecksumAlgorithm::Sha256);
    for (path, exit, code) in [
        ("../outside", 120, "path_unsafe"),
        ("INDEX.HTML", 118, "metadata_invalid"),
    ] {
        let mut changed = list.clone();
        changed["files"][1]["path"] = json!(path);
        fs::write(root.join("checksum.json"), changed.to_string()).unwrap();
        verify(root, &[]).refused(exit, code);
    }
    fs::write(root.join("checksum.json"), list.to_string()).unwrap();
    verify(root, &[]).ok();
}
