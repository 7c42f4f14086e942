//! Channels chosen at run time: signed ones, and those of the peer's server.

use airlock_system_tests::{Asked, Said, World};
use serde_json::{Value, json};

use crate::phone::{NOW, Phone, archive, ok, sha256};

fn peer(more: Value) -> Phone {
    Phone::with(
        "capgo",
        "/updates",
        |url| json!({"channel": "stable", "channelUrl": format!("{url}/channel_self?tenant=7")}),
        more,
    )
}

fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap()
}

/// A repository with 2.0.0 in stable and 3.0.0 in beta.
fn two_channels() -> World {
    let world = World::with_v2();
    world.open_channel("beta");
    world.web("v3", &[("index.html", "<h1>three</h1>")]);
    world
        .publish("v3", "3.0.0", &["--channel", "beta", "--sequence", "3"])
        .ok();
    world
}

#[test]
fn a_signed_channel_is_followed_through_restarts_until_it_is_unset() {
    let world = two_channels();
    let device = world.device();
    let listed = device.ok(&["channel", "--list"]);
    let channel =
        |id: u64, name: &str| json!({"id": id, "name": name, "public": true, "allow_self_set": true});
    assert_eq!(
        listed,
        json!({"channels": [channel(1, "stable"), channel(2, "beta")]})
    );
    let stable = json!({"channel": "stable", "status": "default", "allowSet": true});
    assert_eq!(device.ok(&["channel"]), stable);
    assert_eq!(device.ok(&["sync"])["bundle"]["version"], "2.0.0");

    let beta = json!({"channel": "beta", "status": "override", "allowSet": true});
    assert_eq!(device.ok(&["channel", "beta"]), beta);
    assert_eq!(
        device.ok(&["status"])["next"],
        Value::Null,
        "it came from the channel that was left"
    );
    assert_eq!(device.confirm(), "1.0.0");
    assert_eq!(device.ok(&["channel"]), beta, "another process");
    assert_eq!(device.ok(&["check"])["bundle"]["version"], "3.0.0");
    assert_eq!(device.ok(&["sync"])["bundle"]["version"], "3.0.0");

    assert_eq!(device.ok(&["channel", "--unset"]), stable);
    assert_eq!(device.ok(&["status"])["next"], Value::Null);
    assert_eq!(device.ok(&["sync"])["bundle"]["version"], "2.0.0");
    assert_eq!(device.confirm(), "2.0.0");
}

#[test]
fn a_channel_that_nobody_signed_is_refused_and_nothing_changes() {
    let world = two_channels();
    let device = world.device();
    device.ok(&["sync"]);
    let before = device.essence();
    let refused = device.run(&["channel", "nightly"]).refused(2, "channel_unknown");
    assert!(refused.stderr.contains("stable, beta"), "{}", refused.stderr);
    for name in ["targets", "Beta", "../beta", ""] {
        device.run(&["channel", name]).refused(2, "usage");
    }
    assert_eq!(device.essence(), before);
    assert_eq!(device.ok(&["channel"])["channel"], "stable");
    let closed = world.config(|config| config["allowSetDefaultChannel"] = json!(false));
    let closed = world.device().with_config(closed);
    closed.run(&["channel", "beta"]).refused(2, "channel_refused");
    assert_eq!(device.ok(&["channel", "beta"])["channel"], "beta");
    assert_eq!(
        closed.ok(&["channel"]),
        json!({"channel": "stable", "status": "default", "allowSet": false}),
        "a choice that is not allowed any more does not count"
    );
    assert_eq!(closed.ok(&["sync"])["bundle"]["version"], "2.0.0");
}

#[test]
fn the_metadata_alone_is_asked_about_signed_channels() {
    let world = two_channels();
    let device = world.device();
    device.ok(&["sync"]);
    world.server.requests();
    device.ok(&["channel", "beta"]);
    device.ok(&["channel"]);
    device.ok(&["channel", "--unset"]);
    let asked = world.server.requests();
    assert_eq!(
        asked,
        ["/metadata/timestamp.json"],
        "one small request for the choice"
    );
}

#[test]
fn the_peers_server_is_asked_as_the_peer_asks_it() {
    let phone = peer(json!({}));
    phone.server.says(|asked| match asked.method.as_str() {
        "POST" => ok(&json!({"status": "ok", "allowSet": true})),
        "PUT" => ok(&json!({"channel": "beta", "status": "override", "allowSet": false})),
        _ => ok(&json!([{"id": 12, "name": "beta", "public": false, "allow_self_set": true}])),
    });
    let set = phone.device().ok(&["channel", "beta"]);
    assert_eq!(
        set,
        json!({"channel": "beta", "status": "override", "allowSet": true})
    );
    assert_eq!(
        phone.device().ok(&["channel"]),
        json!({"channel": "beta", "status": "override", "allowSet": false})
    );
    let listed = phone.device().ok(&["channel", "--list"]);
    let beta = json!({"id": 12, "name": "beta", "public": false, "allow_self_set": true});
    assert_eq!(listed, json!({ "channels": [beta] }));
    let asked = phone.server.asked();
    let [post, put, get] = asked.as_slice() else {
        panic!("three requests: {asked:?}")
    };
    for said in [post, put] {
        assert_eq!(said.path, "/channel_self?tenant=7");
        assert_eq!(
            said.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        let agent = "CapacitorUpdater/8.51.14 (com.example.app) android/unknown";
        assert_eq!(
            (said.header("user-agent"), said.header("accept")),
            (Some(agent), Some("application/json"))
        );
    }
    assert_eq!((post.method.as_str(), put.method.as_str()), ("POST", "PUT"));
    let (mut told, info) = (body(post), body(put));
    assert_eq!(
        told.as_object_mut().unwrap().remove("channel"),
        Some(json!("beta"))
    );
    assert_eq!(
        (&told["defaultChannel"], &info["defaultChannel"]),
        (&json!("stable"), &json!("beta"))
    );
    told["defaultChannel"] = json!("beta");
    assert_eq!(told, info, "the object of a check, and the channel");
    assert!(get.body.is_empty() && get.header("content-type").is_none());
    let query = get.path.strip_prefix("/channel_self?tenant=7&").unwrap();
    let mut pairs: Vec<(String, Value)> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let mut expected: Vec<(String, Value)> = info
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            (
                name.clone(),
                json!(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            )
        })
        .collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(pairs, expected);
}

#[test]
fn a_check_names_the_channel_that_was_chosen_and_what_waits_is_dropped() {
    let phone = peer(json!({}));
    let url = phone.server.url();
    phone
        .server
        .says(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/updates") => {
                let version = match body(asked)["defaultChannel"].as_str() {
                    Some("beta") => "3.0.0",
                    _ => "2.0.0",
                };
                let checksum = sha256(&archive(version));
                ok(&json!({"version": version, "url": format!("{url}/{version}.zip"), "checksum": checksum}))
            }
            ("POST", _) if body(asked)["channel"] == "forget" => ok(&json!({"status": "ok", "unset": true})),
            ("POST", _) => ok(&json!({"status": "ok", "allowSet": true})),
            (_, path) => Said::new(200, archive(&path[1..path.len() - 4])),
        });
    assert_eq!(phone.device().ok(&["sync"])["bundle"]["version"], "2.0.0");
    phone.device().ok(&["channel", "beta"]);
    assert_eq!(phone.device().ok(&["status"])["next"], Value::Null);
    phone.runs("3.0.0", "archive");
    let forgotten = phone.device().ok(&["channel", "forget"]);
    assert_eq!(forgotten["status"], "default", "the server took the choice back");
    assert_eq!(phone.device().ok(&["sync"])["bundle"]["version"], "2.0.0");
    phone.device().ok(&["channel", "beta"]);
    phone.server.asked();
    phone.device().ok(&["channel", "--unset"]);
    assert!(phone.server.asked().is_empty(), "nobody is asked");
    assert_eq!(phone.device().ok(&["status"])["next"], Value::Null);
}

#[test]
fn what_the_peers_server_refuses_changes_nothing() {
    let phone = peer(json!({}));
    phone.server.says(|_| ok(&json!({"status": "ok"})));
    phone.device().ok(&["channel", "beta"]);
    for (word, exit, code) in [
        ("channel_not_found", 2, "channel_unknown"),
        ("cannot_override", 2, "channel_refused"),
        ("override_not_allowed", 2, "channel_refused"),
        ("channel_self_set_not_allowed", 2, "channel_refused"),
        ("public_channel_self_set_not_allowed", 2, "channel_refused"),
        ("missing_channel", 104, "response_unusable"),
    ] {
        for status in [200, 400] {
            let said = json!({"error": word, "message": "not for\nyou"}).to_string();
            phone.server.says(move |_| Said::new(status, said.clone()));
            let refused = phone.device().run(&["channel", "dev"]).refused(exit, code);
            assert!(refused.stderr.contains(word), "{}", refused.stderr);
        }
    }
    for (status, said) in [
        (200, "{}"),
        (200, "nonsense"),
        (200, "[]"),
        (200, r#"{"status":"perhaps"}"#),
        (400, r#"{"status":"ok"}"#),
        (302, r#"{"status":"ok"}"#),
        (500, r#"{"status":"ok"}"#),
    ] {
        phone
            .server
            .says(move |_| Said::new(status, said).with("Location", "/elsewhere"));
        phone
            .device()
            .run(&["channel", "dev"])
            .refused(104, "response_unusable");
        if said != "[]" {
            phone
                .device()
                .run(&["channel", "--list"])
                .refused(104, "response_unusable");
        }
    }
    phone.server.asked();
    phone
        .server
        .says(|_| ok(&json!({"channel": "beta", "status": "default"})));
    assert_eq!(phone.device().ok(&["channel"])["channel"], "beta");
    let info = body(&phone.server.asked()[0]);
    assert_eq!(info["defaultChannel"], "beta", "the last choice that was granted");
}

#[test]
fn a_channel_that_the_server_does_not_keep_is_the_devices_own_affair() {
    let phone = peer(json!({}));
    phone
        .server
        .says(|_| Said::new(400, r#"{"error":"channel_not_found","message":"no"}"#));
    let own = json!({"channel": "stable", "status": "default", "allowSet": true});
    assert_eq!(phone.device().ok(&["channel"]), own);
    phone.server.says(|_| Said::new(400, r#"{"error":"other"}"#));
    phone.device().run(&["channel"]).refused(104, "response_unusable");
    let unnamed = peer(json!({"channel": null}));
    unnamed
        .server
        .says(|_| Said::new(400, r#"{"error":"channel_not_found"}"#));
    unnamed.device().run(&["channel"]).refused(2, "channel_unknown");
}

#[test]
fn without_a_channel_url_nobody_is_asked_and_429_silences_channels_too() {
    let alone = Phone::of("capgo", "/updates", json!({"channel": "beta"}));
    alone
        .device()
        .run(&["channel", "dev"])
        .refused(2, "config_invalid");
    alone
        .device()
        .run(&["channel", "--list"])
        .refused(2, "config_invalid");
    assert_eq!(alone.device().ok(&["channel"])["channel"], "beta");
    assert!(alone.server.asked().is_empty());

    let phone = peer(json!({}));
    phone
        .server
        .says(|_| Said::new(429, r#"{"retryAfterSeconds":60}"#));
    phone
        .device()
        .run(&["channel", "beta"])
        .refused(104, "response_unusable");
    assert_eq!(phone.server.asked().len(), 1);
    phone.server.says(|_| ok(&json!({"status": "ok"})));
    for verb in [
        &["channel", "beta"][..],
        &["channel"],
        &["channel", "--list"],
        &["sync"],
    ] {
        phone.device().run(verb).refused(104, "response_unusable");
    }
    assert!(phone.server.asked().is_empty());
    let late = (NOW.parse::<u64>().unwrap() + 60_001).to_string();
    assert_eq!(phone.at(&late).ok(&["channel", "beta"])["channel"], "beta");
}

#[test]
fn a_device_has_one_id_and_the_peers_server_is_told_what_the_app_calls_it() {
    let phone = Phone::of("capgo", "/updates", json!({"persistCustomId": true}));
    phone
        .server
        .says(|_| ok(&json!({"error": "no_new_version_available", "kind": "up_to_date"})));
    let told = || {
        phone.device().ok(&["check"]);
        let info = body(&phone.server.asked()[0]);
        (info["device_id"].clone(), info["custom_id"].clone())
    };
    let id = phone.device().ok(&["id"])["deviceId"].clone();
    assert_eq!(told(), (id.clone(), json!("")));
    phone.device().ok(&["custom-id", "customer-4711"]);
    assert_eq!(told(), (id.clone(), json!("customer-4711")));
    let long = "x".repeat(257);
    for bad in [long.as_str(), "two\nlines"] {
        phone.device().run(&["custom-id", bad]).refused(2, "usage");
    }
    assert_eq!(told().1, "customer-4711");
    phone.device().ok(&["custom-id", ""]);
    assert_eq!(told(), (id, json!("")));
    let forgetful = Phone::of("capgo", "/updates", json!({}));
    forgetful.server.says(|_| ok(&json!({"version": "builtin"})));
    forgetful.device().ok(&["custom-id", "customer-4711"]);
    forgetful.device().ok(&["check"]);
    let info = body(&forgetful.server.asked()[0]);
    assert_eq!(info["custom_id"], "", "another process, and nothing was kept");
}
