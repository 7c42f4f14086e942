//! Releases and metadata that lie, are old, or are for somebody else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Fault, Scene, World};
use serde_json::json;

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
        &scene.world.device().with(&["--now", &in_two_years.to_string()]),
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
fn a_bad_newest_release_does_not_hide_an_older_good_one() {
    let world = World::with_v2();
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world.publish("v3", "3.0.0", &["--sequence", "3"]).ok();
    let checksum = world.forge().target("stable/3/checksum.json");
    let foreign = String::from_utf8(checksum)
        .unwrap()
        .replace("com.example.app", "com.example.bad");
    world
        .forge()
        .replace_target("stable/3/checksum.json", foreign.as_bytes());
    let device = world.device();
    assert_eq!(device.ok(&["sync"])["bundle"]["version"], "2.0.0");
    assert_eq!(device.confirm(), "2.0.0");
    device.run(&["sync"]).refused(121, "incompatible_app");
}
