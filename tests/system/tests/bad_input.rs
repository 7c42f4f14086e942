//! Bad input: a stable code, a sentence that says what to do, the running bundle and the state as
//! they were, and a clean sync right after without manual cleaning. Each test runs on a device that
//! has already confirmed an update, and ends with the positive control.

use std::fs;

use airlock_system_tests::{Device, Fault, Run, World, zip_of};
use serde_json::json;

/// A device that runs 2.0.0, and a 3.0.0 on the server that is about to go wrong.
struct Scene {
    world: World,
}

impl Scene {
    fn new() -> Self {
        let world = World::with_v2();
        world.device().ok(&["sync"]);
        assert_eq!(world.device().confirm(), "2.0.0");
        world.web("v3", &[("index.html", "<h1>three</h1>"), ("app.js", "three()")]);
        world.publish("v3", "3.0.0", &["--sequence", "3"]).ok();
        Self { world }
    }

    fn device(&self) -> Device<'_> {
        self.world.device()
    }

    /// The refusal, and that it changed nothing.
    fn refuses(&self, device: &Device<'_>, exit: i32, code: &str) -> Run {
        let before = device.essence();
        let run = device.run(&["sync"]).refused(exit, code);
        assert_eq!(device.essence(), before, "a refusal changes nothing");
        assert_eq!(self.device().confirm(), "2.0.0", "the running bundle still runs");
        run
    }

    /// The positive control: the same device, a good release, no cleaning.
    fn heals(&self) {
        self.world.server.fault(None);
        self.world.web("v4", &[("index.html", "<h1>four</h1>")]);
        self.world.publish("v4", "4.0.0", &["--sequence", "4"]).ok();
        assert_eq!(self.device().ok(&["sync"])["result"], "staged");
        assert_eq!(self.device().confirm(), "4.0.0");
    }

    /// Replaces the archive of 3.0.0 by a validly signed one.
    fn forge_archive(&self, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) {
        let forge = self.world.forge();
        let checksum = forge.target("stable/3/checksum.json");
        let mut entries = vec![
            ("app.js".to_owned(), b"three()".to_vec()),
            ("checksum.json".to_owned(), checksum),
            ("index.html".to_owned(), b"<h1>three</h1>".to_vec()),
        ];
        change(&mut entries);
        let entries: Vec<_> = entries
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        forge.replace_target("stable/3/bundle.zip", &zip_of(&entries));
    }
}

#[test]
fn a_forged_but_right_archive_installs() {
    let scene = Scene::new();
    scene.forge_archive(|_| {});
    assert_eq!(scene.device().ok(&["sync"])["result"], "staged");
    assert_eq!(scene.device().confirm(), "3.0.0");
}

#[test]
fn a_wrong_key() {
    let scene = Scene::new();
    let other = World::new();
    let foreign = fs::read(other.path("project/keys/root.pub.pem")).unwrap();
    let foreign = String::from_utf8(foreign).unwrap();
    let config = scene.world.config(|config| config["publicKey"] = json!(foreign));
    scene.refuses(
        &scene.device().with_config(config.clone()),
        118,
        "metadata_invalid",
    );
    let fresh = scene
        .world
        .device_in(scene.world.path("fresh"))
        .with_config(config);
    fresh.run(&["sync"]).refused(118, "metadata_invalid");
    assert_eq!(fresh.launched(), "1.0.0");
    scene.heals();
}

#[test]
fn an_unreadable_public_key_is_never_no_key() {
    let scene = Scene::new();
    for key in [
        json!(""),
        json!("  \n"),
        json!("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
        json!(["x"]),
    ] {
        let config = scene.world.config(|config| {
            config["publicKey"] = key.clone();
            config["allowUnsigned"] = json!(true);
        });
        let run = scene.refuses(
            &scene.device().with_config(config.clone()),
            2,
            "public_key_invalid",
        );
        assert!(run.stderr.contains("publicKey"), "{}", run.stderr);
        assert_eq!(
            scene.device().with_config(config).launched(),
            "2.0.0",
            "starting needs no key"
        );
    }
    let private = fs::read_to_string(scene.world.path("project/keys/release.pem")).unwrap();
    let config = scene.world.config(|config| config["publicKey"] = json!(private));
    let run = scene.refuses(&scene.device().with_config(config), 2, "public_key_invalid");
    let body = private.lines().nth(1).unwrap();
    assert!(
        !run.stderr.contains(body),
        "a key given by mistake is not printed"
    );
    scene.heals();
}

#[test]
fn no_key_at_all_means_no_update() {
    let scene = Scene::new();
    let config = scene
        .world
        .config(|config| drop(config.as_object_mut().unwrap().remove("publicKey")));
    scene.refuses(&scene.device().with_config(config), 2, "config_invalid");
    scene.heals();
}

#[test]
fn plain_http_is_refused_unless_allowed() {
    let scene = Scene::new();
    let config = scene
        .world
        .config(|config| config["allowInsecureLoopback"] = json!(false));
    let run = scene.refuses(&scene.device().with_config(config), 2, "config_invalid");
    assert!(run.stderr.contains("allowInsecureLoopback"), "{}", run.stderr);
    let config = scene
        .world
        .config(|config| config["updateUrl"] = json!("http://example.com/updates"));
    scene.refuses(&scene.device().with_config(config), 2, "config_invalid");
    scene.heals();
}

#[test]
fn tampered_metadata() {
    for name in ["timestamp.json", "snapshot.json", "stable.json"] {
        let scene = Scene::new();
        let metadata = scene.world.path("project/repository/metadata");
        let newest = fs::read_dir(&metadata)
            .unwrap()
            .flatten()
            .map(|entry| entry.path());
        let newest = newest
            .filter(|path| path.to_str().unwrap().ends_with(name))
            .max_by_key(|path| path.metadata().unwrap().modified().unwrap());
        let text = fs::read_to_string(newest.unwrap()).unwrap();
        let tampered = text.replacen("2026", "2027", 1).replacen("2027", "2028", 1);
        assert_ne!(text, tampered);
        scene
            .world
            .server
            .fault(Some(Fault::Body(name, tampered.into_bytes())));
        let run = scene.device().run(&["sync"]);
        assert!([Some(115), Some(118)].contains(&run.code), "{name}: {run:?}");
        scene.heals();
    }
}

#[test]
fn metadata_that_is_not_metadata() {
    let scene = Scene::new();
    for (body, exit, code) in [
        (
            &b"<html>Please log in to the WiFi</html>"[..],
            104,
            "response_unusable",
        ),
        (b"{}", 118, "metadata_invalid"),
        (b"", 118, "metadata_invalid"),
        (b"{\"signed\":{},\"signatures\":[]", 118, "metadata_invalid"),
    ] {
        scene
            .world
            .server
            .fault(Some(Fault::Body("timestamp.json", body.to_vec())));
        scene.refuses(&scene.device(), exit, code);
    }
    scene
        .world
        .server
        .fault(Some(Fault::Body("timestamp.json", vec![b' '; 10_000_000])));
    scene.refuses(&scene.device(), 104, "response_unusable");
    scene.heals();
}

#[test]
fn expired_metadata() {
    let scene = Scene::new();
    let in_two_years = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis()
        + 63_072_000_000;
    scene.refuses(
        &scene.device().with(&["--now", &in_two_years.to_string()]),
        118,
        "metadata_expired",
    );
    scene.heals();
}

#[test]
fn metadata_of_yesterday_replayed() {
    let scene = Scene::new();
    let timestamp = scene.world.path("project/repository/metadata/timestamp.json");
    scene.device().ok(&["check"]);
    let yesterday = fs::read(&timestamp).unwrap();
    scene.world.web("v4", &[("index.html", "<h1>newer</h1>")]);
    scene.world.publish("v4", "3.9.0", &[]).ok();
    scene.device().ok(&["check"]);
    scene
        .world
        .server
        .fault(Some(Fault::Body("timestamp.json", yesterday)));
    scene.refuses(&scene.device(), 119, "downgrade_refused");
    scene.world.server.fault(None);
    assert_eq!(scene.device().ok(&["sync"])["result"], "staged");
    assert_eq!(scene.device().confirm(), "3.9.0");
}

#[test]
fn a_tampered_zip() {
    let scene = Scene::new();
    let mut archive = scene.world.forge().target("stable/3/bundle.zip");
    let middle = archive.len() / 2;
    archive[middle] ^= 1;
    scene.world.server.fault(Some(Fault::Body("bundle.zip", archive)));
    scene.refuses(&scene.device(), 115, "checksum_mismatch");
    scene.heals();
}

#[test]
fn a_zip_with_a_file_too_many() {
    let scene = Scene::new();
    scene.forge_archive(|entries| entries.push(("stowaway.js".to_owned(), b"1".to_vec())));
    let run = scene.refuses(&scene.device(), 120, "archive_unsafe");
    assert!(run.stderr.contains("stowaway.js"), "{}", run.stderr);
    scene.heals();
}

#[test]
fn a_zip_with_a_file_too_few() {
    let scene = Scene::new();
    scene.forge_archive(|entries| drop(entries.remove(0)));
    let run = scene.refuses(&scene.device(), 120, "archive_unsafe");
    assert!(run.stderr.contains("app.js"), "{}", run.stderr);
    scene.heals();
}

#[test]
fn a_zip_with_another_file_of_the_same_size() {
    let scene = Scene::new();
    scene.forge_archive(|entries| entries[0].1 = b"THREE()".to_vec());
    scene.refuses(&scene.device(), 115, "checksum_mismatch");
    scene.heals();
}

#[test]
fn an_unsafe_path() {
    for path in [
        "../outside.js",
        "/outside.js",
        "a/../../outside.js",
        "C:\\outside.js",
        "con",
    ] {
        let scene = Scene::new();
        scene.forge_archive(|entries| entries[0].0 = path.to_owned());
        scene.refuses(&scene.device(), 120, "path_unsafe");
        assert!(!scene.world.path("outside.js").exists() && !scene.world.path("device/outside.js").exists());
        scene.heals();
    }
}

#[test]
fn what_is_not_a_zip() {
    for bytes in [&b"not a zip"[..], b"", b"PK\x05\x06aaaaaaaaaaaaaaaaaa"] {
        let scene = Scene::new();
        scene.world.forge().replace_target("stable/3/bundle.zip", bytes);
        scene.refuses(&scene.device(), 120, "archive_unsafe");
        scene.heals();
    }
}

#[test]
fn a_release_for_another_app() {
    let scene = Scene::new();
    let checksum = scene.world.forge().target("stable/3/checksum.json");
    let foreign = String::from_utf8(checksum)
        .unwrap()
        .replace("com.example.app", "com.example.bad");
    scene
        .world
        .forge()
        .replace_target("stable/3/checksum.json", foreign.as_bytes());
    scene.refuses(&scene.device(), 121, "incompatible_app");
    scene.heals();
}

#[test]
fn a_release_whose_description_is_of_another_release() {
    let scene = Scene::new();
    let checksum = scene.world.forge().target("stable/2/checksum.json");
    scene
        .world
        .forge()
        .replace_target("stable/3/checksum.json", &checksum);
    scene.refuses(&scene.device(), 118, "metadata_invalid");
    scene.heals();
}

#[test]
fn a_release_without_index_html() {
    let scene = Scene::new();
    let checksum = scene.world.forge().target("stable/3/checksum.json");
    let without = String::from_utf8(checksum)
        .unwrap()
        .replace("index.html", "index.htm_");
    scene
        .world
        .forge()
        .replace_target("stable/3/checksum.json", without.as_bytes());
    let run = scene.refuses(&scene.device(), 118, "metadata_invalid");
    assert!(run.stderr.contains("index.html"), "{}", run.stderr);

    scene.world.web("empty", &[("app.js", "")]);
    let run = scene
        .world
        .publish("empty", "9.9.9", &[])
        .refused(2, "tree_invalid");
    assert!(run.stderr.contains("index.html"), "{}", run.stderr);
    scene.heals();
}

#[test]
fn a_lower_sequence() {
    let scene = Scene::new();
    let forge = scene.world.forge();
    forge.edit_channel(|targets| {
        let all = targets.as_object_mut().unwrap();
        all.retain(|_, _| false);
    });
    assert_eq!(
        scene.device().ok(&["sync"])["result"],
        "up-to-date",
        "an empty channel offers nothing"
    );
    scene.world.publish("v3", "0.9.0", &["--sequence", "1"]).ok();
    scene.refuses(&scene.device(), 119, "downgrade_refused");
    scene.heals();
}

#[test]
fn a_release_for_other_devices_is_not_an_error() {
    let scene = Scene::new();
    scene.world.web("v4", &[("index.html", "ios only")]);
    scene.world.publish("v4", "3.1.0", &["--platforms", "ios"]).ok();
    let sync = scene.device().ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["bundle"]["version"]),
        (&json!("staged"), &json!("3.0.0")),
        "the next older one"
    );
    scene.device().confirm();
    let sync = scene.device().ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["code"]),
        (&json!("blocked"), &json!("incompatible_platform"))
    );
    scene.world.web("v5", &[("index.html", "new shell only")]);
    scene
        .world
        .publish("v5", "3.2.0", &["--native", "android:>=9.0.0"])
        .ok();
    let sync = scene.device().ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["code"]),
        (&json!("blocked"), &json!("incompatible_native"))
    );
    let device = scene.device().with(&["--native-version", "9.1.0"]);
    assert_eq!(device.ok(&["sync"])["result"], "staged");
}

#[test]
fn a_dead_server() {
    let scene = Scene::new();
    let dead = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let device = scene.device().with(&["--url", &format!("http://{dead}")]);
    scene.refuses(&device, 107, "download_failed");
    scene.heals();
}

#[test]
fn a_server_that_closes_midway() {
    let scene = Scene::new();
    for part in ["timestamp.json", "stable.json", "checksum.json", "bundle.zip"] {
        scene.world.server.fault(Some(Fault::CloseAfter(part, 5)));
        scene.refuses(&scene.device(), 107, "download_failed");
    }
    scene.heals();
}

#[test]
fn a_server_that_answers_nonsense() {
    let scene = Scene::new();
    for status in [500, 503, 204, 301, 418] {
        scene
            .world
            .server
            .fault(Some(Fault::Status("timestamp.json", status)));
        scene.refuses(&scene.device(), 104, "response_unusable");
    }
    scene.world.server.fault(Some(Fault::Status("bundle.zip", 404)));
    scene.refuses(&scene.device(), 104, "response_unusable");
    scene.heals();
}

#[test]
fn a_download_that_nobody_signed() {
    let scene = Scene::new();
    fs::write(
        scene.world.path("project/repository/own.zip"),
        zip_of(&[("index.html", b"mine")]),
    )
    .unwrap();
    let url = format!("{}/own.zip", scene.world.server.url());
    let device = scene.device();
    device
        .run(&["download", "--url", &url, "--version", "7.0.0"])
        .refused(116, "signature_missing");
    device
        .run(&["download", "--url", &url, "--version", "3.0.0"])
        .refused(115, "checksum_mismatch");
    device
        .run(&[
            "download",
            "--url",
            &url,
            "--version",
            "3.0.0",
            "--checksum",
            "abc",
        ])
        .refused(2, "usage");
    scene.heals();
}

#[test]
fn an_unsigned_download_is_held_to_its_checksum() {
    let scene = Scene::new();
    let archive = zip_of(&[("index.html", b"mine"), ("a/b.js", b"b()")]);
    fs::write(scene.world.path("project/repository/own.zip"), &archive).unwrap();
    let url = format!("{}/own.zip", scene.world.server.url());
    let unsigned = |strict: bool| {
        let config = scene.world.config(|config| {
            config.as_object_mut().unwrap().remove("publicKey");
            config["allowUnsigned"] = json!(true);
            config["strictVerification"] = json!(strict);
        });
        scene.device().with_config(config)
    };
    let wrong = "0".repeat(64);
    let right = airlock_protocol::Sha256Digest::of(&archive).to_string();
    unsigned(false)
        .run(&["download", "--url", &url, "--version", "7", "--checksum", &wrong])
        .refused(115, "checksum_mismatch");
    unsigned(true)
        .run(&["download", "--url", &url, "--version", "7"])
        .refused(115, "checksum_mismatch");
    let bundle =
        unsigned(true).ok(&["download", "--url", &url, "--version", "7", "--checksum", &right])["bundle"]
            .clone();
    assert_eq!(bundle["version"], "7");
    let id = bundle["id"].as_str().unwrap();
    assert_eq!(
        unsigned(true).ok(&["set", id])["launch"]["bundle"]["version"],
        "7"
    );
    assert_eq!(unsigned(true).run(&["verify", id]).code, Some(0));
}
