//! Releases that are validly signed and meant for somebody else: another channel, platform or time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use airlock_protocol::UnixMillis;
use airlock_system_tests::{Fault, Scene};
use serde_json::{Value, json};

/// The role of a channel under the same key is no substitute for another one: the snapshot names each.
#[test]
fn another_channels_metadata_in_place_of_this_ones() {
    let scene = Scene::new();
    let project = scene.world.path("project/airlock.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&project).unwrap()).unwrap();
    settings["channels"].as_array_mut().unwrap().push("beta".into());
    fs::write(&project, settings.to_string()).unwrap();
    let beta = ["--sequence", "9", "--channel", "beta"];
    scene.world.publish("v3", "9.0.0", &beta).ok();
    let metadata = scene.world.path("project/repository/metadata");
    let names = fs::read_dir(metadata).unwrap().map(|entry| entry.unwrap().path());
    let newest = names
        .filter(|path| path.to_str().unwrap().ends_with(".beta.json"))
        .max();
    let bytes = fs::read(newest.expect("beta was published")).unwrap();
    scene.world.server.fault(Some(Fault::Body(".stable.json", bytes)));
    scene.refuses(&scene.device(), 118, "metadata_invalid");
    scene.heals();
}

/// What a channel's role says of another channel's folder is none of its business.
#[test]
fn a_release_of_another_channel() {
    let scene = Scene::new();
    scene.world.forge().edit_channel(|targets| {
        for file in ["checksum.json", "bundle.zip"] {
            let mut entry = targets[format!("stable/3/{file}")].clone();
            if file == "checksum.json" {
                entry["custom"]["sequence"] = json!(9);
            }
            targets[format!("beta/9/{file}")] = entry;
        }
    });
    let sync = scene.device().ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["bundle"]["version"]),
        (&json!("staged"), &json!("3.0.0"))
    );
    assert_eq!(scene.device().confirm(), "3.0.0");
    let beta = scene.world.config(|config| {
        config["channel"] = json!("beta");
    });
    let refused = scene.device().with_config(beta).run(&["sync"]);
    let refused = refused.refused(118, "metadata_invalid");
    assert!(refused.stderr.contains("no channel beta"), "{}", refused.stderr);
    assert_eq!(scene.device().launched(), "3.0.0");
    scene.world.web("v4", &[("index.html", "<h1>four</h1>")]);
    scene.world.publish("v4", "4.0.0", &[]).ok();
    assert_eq!(scene.device().ok(&["sync"])["result"], "staged");
    assert_eq!(scene.device().confirm(), "4.0.0");
}

/// The repository says nothing of platforms, checksum.json does.
#[test]
fn a_release_for_another_platform() {
    let scene = Scene::new();
    let checksum = scene.world.forge().target("stable/3/checksum.json");
    let with_platforms = |platforms: Value| {
        let mut document: Value = serde_json::from_slice(&checksum).unwrap();
        document["platforms"] = platforms;
        let bytes = document.to_string().into_bytes();
        scene
            .world
            .forge()
            .replace_target("stable/3/checksum.json", &bytes);
    };
    with_platforms(json!(["ios"]));
    scene.refuses(&scene.device(), 121, "incompatible_platform");
    with_platforms(json!(["ios", "android"]));
    scene.forge_archive(|_| {});
    assert_eq!(scene.device().ok(&["sync"])["result"], "staged");
    assert_eq!(scene.device().confirm(), "3.0.0");
    scene.heals();
}

/// A bundle has a date of its own, beside those of the metadata.
#[test]
fn an_expired_bundle() {
    let scene = Scene::new();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = u64::try_from(now).unwrap();
    let in_an_hour = now + 3_600_000;
    let expires = UnixMillis::new(in_an_hour).to_rfc3339();
    scene.world.web("v4", &[("index.html", "for an hour")]);
    let options = ["--sequence", "4", "--expires", &expires];
    scene.world.publish("v4", "4.0.0", &options).ok();
    let forge = scene.world.forge();
    forge.edit_channel(|targets| {
        let all = targets.as_object_mut().unwrap();
        all.retain(|name, _| name.starts_with("stable/4/"));
    });
    let at = |time: u64| time.to_string();
    scene.refuses(
        &scene.world.device().with(&["--now", &at(in_an_hour)]),
        121,
        "bundle_expired",
    );
    let in_time = scene
        .world
        .device()
        .with(&["--now", &at(in_an_hour - 1)])
        .ok(&["sync"]);
    assert_eq!(
        (&in_time["result"], &in_time["bundle"]["version"]),
        (&json!("staged"), &json!("4.0.0"))
    );
}
