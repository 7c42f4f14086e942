//! Servers that are dead, break off or answer nonsense.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use airlock_system_tests::{Fault, Run, Scene};
use serde_json::json;

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

/// The device gives up by itself: nothing else ends its wait.
#[test]
fn a_server_that_stops_sending() {
    let scene = Scene::new();
    let impatient = scene
        .world
        .config(|config| config["responseTimeout"] = json!(1000));
    for part in ["timestamp.json", "bundle.zip"] {
        scene.world.server.fault(Some(Fault::HoldAfter(part, 5)));
        let device = scene.device().with_config(impatient.clone());
        scene.refuses(&device, 107, "download_failed");
    }
    scene.world.server.release();
    scene.heals();
}

#[test]
fn a_server_that_sends_more_than_it_may() {
    let scene = Scene::new();
    for (part, bytes) in [("timestamp.json", 16 * 1024 + 1), ("bundle.zip", 1024 * 1024)] {
        let endless = vec![b' '; bytes];
        scene.world.server.fault(Some(Fault::Body(part, endless)));
        let run = scene.refuses(&scene.device(), 104, "response_unusable");
        assert!(run.stderr.contains("longer than"), "{}", run.stderr);
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
fn a_proxy_is_not_asked_for_a_server_on_this_machine() {
    let scene = Scene::new();
    let mut command = scene.device().command(&["sync"]);
    let dead = "http://127.0.0.1:9";
    let run = Run::of(
        command
            .env("http_proxy", dead)
            .env("HTTPS_PROXY", dead)
            .env("ALL_PROXY", dead),
    );
    assert_eq!(run.ok()["result"], "staged");
}
