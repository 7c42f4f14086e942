//! A configuration that cannot be used stops updating and never starting.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Scene, World};
use serde_json::json;

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
        json!([]),
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
fn a_config_written_for_the_peer_still_starts_the_app() {
    let scene = Scene::new();
    let config = scene.world.config(|config| {
        let section = config.take();
        *config = json!({"appId": section["appId"], "plugins": {"CapacitorUpdater": section}});
    });
    let device = || scene.device().with_config(config.clone());
    let run = scene.refuses(&device(), 2, "public_key_invalid");
    assert!(run.stderr.contains("RSA PUBLIC KEY"), "{}", run.stderr);
    let url = format!("{}/own.zip", scene.world.server.url());
    let run = device()
        .run(&["download", "--url", &url, "--version", "3.0.0"])
        .refused(2, "public_key_invalid");
    assert!(run.stderr.contains("RSA PUBLIC KEY"), "{}", run.stderr);
    assert_eq!(device().launched(), "2.0.0");
    scene.heals();
}
