//! The page and its native side: what is served, what is injected, and who can confirm what.

use serde_json::{Value, json};

use crate::http::send;
use crate::phone::read_json;
use crate::world::World;

#[test]
fn the_first_page_gets_its_token_and_the_bridge_before_anything_else() {
    let (_world, phone) = World::quiet_phone();
    let page = phone.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(
        page.body.starts_with("<!doctype html><html><head><script>"),
        "{}",
        &page.body[..60]
    );
    for part in [
        "AirlockLaunch",
        "/* androidBridge */",
        r#""name":"Airlock""#,
        "<title>1.0.0</title>",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
}

#[test]
fn files_are_served_as_capacitor_serves_them() {
    let (world, phone) = World::quiet_phone();
    let script = phone.get("/assets/app.js");
    assert_eq!(
        (script.status, script.header("content-type")),
        (200, "text/javascript")
    );
    assert_eq!(script.body, "console.log('1.0.0')");
    assert!(
        phone.get("/settings/profile").body.contains("AirlockLaunch"),
        "a route of the app is its start page"
    );
    assert_eq!(phone.get("/assets/missing.js").status, 404);
    assert_eq!(phone.get("/missing.html").status, 404);
    assert_eq!(phone.get("/..%2fconfig.json").status, 404);
    assert_eq!(phone.get("/cordova.js").body, "");

    let fetched = send(
        phone.port,
        "GET",
        "/",
        &[&phone.app_host(), "Sec-Fetch-Dest: empty"],
    );
    let bundle = std::fs::read_to_string(world.path().join("embedded/index.html")).unwrap();
    assert_eq!(
        fetched.body, bundle,
        "what the app reads of itself is the bundle, byte for byte"
    );
}

#[test]
fn only_the_token_of_this_launch_confirms() {
    let (_world, phone) = World::quiet_phone();
    let mut page = phone.open_page();
    for wrong in ["", "00000000000000000000000000000000"] {
        let answer = page.ready(wrong);
        assert_eq!(answer["success"], true, "a no-op is no failure: {answer}");
        assert_eq!(phone.state()["launch"]["confirmed"], false);
    }
    let token = page.token.clone();
    let answer = page.ready(&token);
    assert_eq!(answer["data"]["bundle"]["id"], "builtin", "{answer}");
    assert_eq!(answer["save"], false);
    assert_eq!(phone.state()["launch"]["confirmed"], true);
}

#[test]
fn the_page_of_an_older_launch_is_sent_away_and_confirms_nothing() {
    let (_world, phone) = World::quiet_phone();
    let mut old = phone.open_page();
    assert_eq!(phone.press("relaunch").status, 200);
    assert_eq!(read_json(&mut old.socket), Some(json!({ "navigate": "/" })));
    assert_eq!(read_json(&mut old.socket), None, "and its bridge is closed");

    let mut late = phone.connect(old.token.clone());
    assert_eq!(read_json(&mut late.socket), Some(json!({ "navigate": "/" })));

    let mut new = phone.open_page();
    new.ready(&old.token);
    assert_eq!(phone.state()["launch"]["confirmed"], false);
    let token = new.token.clone();
    new.ready(&token);
    assert_eq!(phone.state()["launch"]["confirmed"], true);
}

#[test]
fn the_state_never_shows_a_whole_token() {
    let (_world, phone) = World::quiet_phone();
    let page = phone.open_page();
    let state = phone.state();
    assert!(!state.to_string().contains(&page.token));
    let shown = state["launch"]["token"].as_str().unwrap().trim_end_matches('…');
    assert!(page.token.starts_with(shown) && !shown.is_empty());
}

#[test]
fn answers_and_refusals_have_the_shape_that_capacitor_expects() {
    let (_world, phone) = World::quiet_phone();
    let mut page = phone.open_page();
    let current = page.call("current", json!({}));
    assert_eq!(current["data"]["native"], "1.0.0");
    assert_eq!(
        current["data"]["bundle"],
        json!({ "id": "builtin", "version": "1.0.0", "downloaded": "", "checksum": "", "status": "success", "sequence": 1 })
    );
    assert_eq!(page.call("getNextBundle", json!({}))["data"], Value::Null);
    assert_eq!(
        page.call("list", json!({}))["data"]["bundles"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for (method, options, code) in [
        ("delete", json!({ "id": "builtin" }), "bundle_in_use"),
        ("next", json!({ "id": "f".repeat(64) }), "bundle_unknown"),
        ("set", json!({}), "usage"),
        ("set", json!({ "id": 5 }), "usage"),
        ("reset", json!({ "toLastSuccessful": "yes" }), "usage"),
        (
            "download",
            json!({ "url": "https://example.com/a.zip", "version": "2.0.0", "checksum": 5 }),
            "usage",
        ),
        ("inventEverything", json!({}), "UNIMPLEMENTED"),
    ] {
        let answer = page.call(method, options);
        assert_eq!(
            (&answer["success"], &answer["error"]["code"]),
            (&json!(false), &json!(code)),
            "{answer}"
        );
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
}
