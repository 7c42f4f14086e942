//! What the contract promises over time: going back, damage, lost state, other keys, downloads by URL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::{Server, World};
use serde_json::json;

#[test]
fn verify_finds_damage_and_launch_falls_back_and_sync_heals() {
    let world = World::with_v2();
    let device = world.device();
    let id = device.ok(&["sync"])["bundle"]["id"].as_str().unwrap().to_owned();
    device.confirm();
    assert!(
        device
            .run(&["verify"])
            .lines
            .iter()
            .all(|line| line["valid"] == true)
    );
    fs::write(device.state().join("bundles").join(&id).join("app.js"), "two(]").unwrap();
    let verify = device.run(&["verify", &id]);
    assert_eq!(
        (verify.code, &verify.lines[0]["valid"]),
        (Some(115), &json!(false))
    );
    assert_eq!(device.launched(), "1.0.0");
    assert_eq!(device.ok(&["sync"])["result"], "staged");
    assert_eq!(device.confirm(), "2.0.0");
}

#[test]
fn download_takes_a_signed_archive_from_any_address() {
    let world = World::with_v2();
    let mirror = Server::start(&world.path("mirror"));
    fs::create_dir(world.path("mirror")).unwrap();
    fs::write(
        world.path("mirror/two.zip"),
        world.forge().target("stable/2/bundle.zip"),
    )
    .unwrap();
    let url = format!("{}/two.zip", mirror.url());
    let device = world.device();
    let bundle = device.ok(&["download", "--url", &url, "--version", "2.0.0"])["bundle"].clone();
    assert_eq!(bundle["status"], "downloaded");
    assert_eq!(device.launched(), "1.0.0", "a download is not activated");
    device.ok(&["next", bundle["id"].as_str().unwrap()]);
    assert_eq!(device.confirm(), "2.0.0");
}

#[test]
fn launch_exits_0_whatever_the_state_directory_looks_like() {
    let world = World::with_v2();
    let nowhere = world.path("file");
    fs::write(&nowhere, "not a directory").unwrap();
    assert_eq!(world.device_in(nowhere).launched(), "1.0.0");

    for slot in ["state.a", "state.b"] {
        let broken = world.path(&format!("broken-{slot}"));
        fs::create_dir_all(broken.join(slot)).unwrap();
        assert_eq!(world.device_in(broken).launched(), "1.0.0");
    }

    let garbage = world.path("garbage");
    fs::create_dir(&garbage).unwrap();
    for name in [
        "state.a",
        "state.b",
        "bundles",
        "staging",
        "downloads",
        "metadata",
        "trash",
    ] {
        fs::write(garbage.join(name), [0xff; 5000]).unwrap();
    }
    assert_eq!(world.device_in(garbage.clone()).launched(), "1.0.0");
    assert!(garbage.join("state.a.corrupt").exists(), "evidence is kept");
}

#[test]
fn both_slots_lost_is_healed_by_one_sync_without_a_download() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    device.confirm();
    for slot in ["state.a", "state.b"] {
        fs::write(device.state().join(slot), "garbage").unwrap();
    }
    assert_eq!(device.launched(), "1.0.0");
    world.server.requests();
    let sync = device.ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["route"]),
        (&json!("staged"), &json!("none"))
    );
    assert!(
        !world.server.requests().iter().any(|path| path.ends_with(".zip")),
        "the tree was still here"
    );
    assert_eq!(device.confirm(), "2.0.0");
}

#[test]
fn going_back_on_purpose_needs_no_download() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    device.confirm();
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world.publish("v3", "3.0.0", &[]).ok();
    device.ok(&["sync"]);
    assert_eq!(device.launched(), "3.0.0");
    world.publish("v2", "2.0.1", &[]).ok();
    let sync = device.ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["route"]),
        (&json!("staged"), &json!("none"))
    );
    assert_eq!(device.confirm(), "2.0.1");
    assert_eq!(device.ok(&["status"])["floor"], 4);
}

#[test]
fn a_release_pulled_back_before_its_launch_is_never_launched() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    device.confirm();
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world.publish("v3", "3.0.0", &[]).ok();
    device.ok(&["sync"]);
    world.publish("v2", "2.0.1", &[]).ok();
    let sync = device.ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["bundle"]["version"]),
        (&json!("up-to-date"), &json!("2.0.1"))
    );
    assert_eq!(device.confirm(), "2.0.1");
    assert_eq!(device.ok(&["status"])["floor"], 4);
}

#[test]
fn a_bundle_from_before_the_key_is_not_served_under_the_key() {
    let world = World::with_v2();
    let archive = airlock_system_tests::zip_of(&[("index.html", b"unsigned")]);
    fs::write(world.path("project/repository/own.zip"), archive).unwrap();
    let unsigned = world.config(|config| {
        config.as_object_mut().unwrap().remove("publicKey");
        config["allowUnsigned"] = json!(true);
    });
    let url = format!("{}/own.zip", world.server.url());
    let before = world.device().with_config(unsigned);
    before.ok(&["launch"]);
    let id = before.ok(&["download", "--url", &url, "--version", "6.6.6"])["bundle"]["id"].clone();
    before.ok(&["next", id.as_str().unwrap()]);
    assert_eq!(before.confirm(), "6.6.6");
    assert_eq!(before.launched(), "6.6.6");
    assert_eq!(world.device().launched(), "1.0.0");
    assert_eq!(world.device().ok(&["sync"])["result"], "staged");
    assert_eq!(world.device().confirm(), "2.0.0");
}

#[test]
fn a_download_is_held_to_the_floor_and_to_what_failed() {
    let world = World::with_v2();
    let device = world.device();
    let archive = |number: u32| {
        let bytes = world.forge().target(&format!("stable/{number}/bundle.zip"));
        let name = format!("{number}.zip");
        fs::write(world.path("project/repository").join(&name), bytes).unwrap();
        format!("{}/{name}", world.server.url())
    };
    device.ok(&["sync"]);
    let token = device.ok(&["launch"])["token"].as_str().unwrap().to_owned();
    device.ok(&["crash", "--token", &token]);
    device
        .run(&["download", "--url", &archive(2), "--version", "2.0.0"])
        .refused(121, "bundle_failed");
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world.publish("v3", "3.0.0", &[]).ok();
    device.ok(&["download", "--url", &archive(3), "--version", "3.0.0"]);
    world.web("v4", &[("index.html", "<h1>four</h1>")]);
    world.publish("v4", "4.0.0", &[]).ok();
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "4.0.0");
    device
        .run(&["download", "--url", &archive(3), "--version", "3.0.0"])
        .refused(119, "downgrade_refused");
}
