//! An update on the phone, over the real repository: staged, on trial, confirmed, rolled back.

use serde_json::{Value, json};

use crate::phone::Phone;
use crate::world::World;

#[test]
fn a_staged_update_starts_with_the_next_launch_and_is_confirmed_by_its_page() {
    let world = World::new();
    world.publish("2.0.0", "2");
    let _server = world.serve(json!({ "autoUpdate": "off" }));
    let phone = world.phone(&[]);
    let mut page = phone.open_page();
    for event in ["download", "downloadComplete", "updateAvailable"] {
        page.post("addListener", json!({ "eventName": event }));
    }
    page.call("list", json!({}));
    let synced = phone.press("sync").json();
    assert_eq!(
        (&synced["result"], &synced["route"]),
        (&json!("staged"), &json!("archive")),
        "{synced}"
    );
    assert!(synced["bytesDownloaded"].as_u64().unwrap() > 0);
    let last = page.wait_for(|message| message["result"]["data"]["percent"] == 100);
    assert_eq!(
        (&last["result"]["save"], &last["result"]["callbackId"]),
        (&json!(true), &json!("1"))
    );
    for (callback, version) in [("2", "2.0.0"), ("3", "2.0.0")] {
        let told = page.wait_for(|message| message["result"]["callbackId"] == callback);
        assert_eq!(told["result"]["data"]["bundle"]["version"], version);
    }
    assert!(
        phone.get("/").body.contains("<title>1.0.0</title>"),
        "nothing changes under the running page"
    );

    phone.press("relaunch");
    let mut page = phone.open_page();
    assert!(phone.get("/").body.contains("<title>2.0.0</title>"));
    assert_eq!(status_of(&phone, "2.0.0"), "trial");
    let token = page.token.clone();
    page.ready(&token);
    assert_eq!(status_of(&phone, "2.0.0"), "confirmed");
}

#[test]
fn a_staged_update_is_applied_in_the_background() {
    let world = World::new();
    world.publish("2.0.0", "2");
    let _server = world.serve(json!({ "autoUpdate": "off" }));
    let phone = world.phone(&[]);
    let mut page = phone.open_page();
    page.call("sync", json!({}));
    phone.press("background");
    assert_eq!(
        page.wait_for(|message| !message["navigate"].is_null()),
        json!({ "navigate": "/" })
    );
    assert_eq!(phone.state()["launch"]["bundle"]["version"], "2.0.0");

    let mut page = phone.open_page();
    page.post("addListener", json!({ "eventName": "set" }));
    let told = page.wait_for(|message| message["result"]["methodName"] == "addListener");
    assert_eq!(
        told["result"]["data"]["bundle"]["version"], "2.0.0",
        "kept until the new page listened"
    );
}

#[test]
fn a_trial_that_stays_silent_is_rolled_back_and_the_next_page_hears_why() {
    let world = World::new();
    world.publish("2.0.0", "2");
    let _server = world.serve(json!({ "autoUpdate": "off" }));
    let phone = world.phone(&["--app-ready-timeout", "1000"]);
    phone.open_page().call("sync", json!({}));
    phone.press("relaunch");
    let mut silent = phone.open_page();
    assert_eq!(status_of(&phone, "2.0.0"), "trial");
    silent.post("addListener", json!({ "eventName": "updateFailed" }));
    let heard = silent.wait_for(|_| true);
    assert_eq!(
        heard,
        json!({ "navigate": "/" }),
        "the outgoing page hears only that it is over"
    );

    let mut page = phone.open_page();
    page.post("addListener", json!({ "eventName": "updateFailed" }));
    let failed = page.wait_for(|message| message["result"]["methodName"] == "addListener");
    let data = &failed["result"]["data"];
    assert_eq!(
        (&data["bundle"]["version"], &data["code"]),
        (&json!("2.0.0"), &json!("bundle_failed"))
    );
    assert_eq!(data["bundle"]["status"], "error");
    assert_eq!(
        (&data["version"], &data["phase"]),
        (&json!("2.0.0"), &json!("trial"))
    );
    let kept = page.call("getFailures", json!({}));
    assert_eq!(kept["data"]["failures"][0]["version"], "2.0.0");
    assert_eq!(status_of(&phone, "2.0.0"), "failed");
    assert_eq!(phone.state()["launch"]["bundle"]["version"], "1.0.0");
    assert_eq!(
        page.call("getFailedUpdate", json!({}))["data"]["bundle"]["version"],
        "2.0.0"
    );
    assert_eq!(
        page.call("getFailedUpdate", json!({}))["data"],
        Value::Null,
        "read once"
    );
}

#[test]
fn auto_update_at_once_switches_the_web_view_as_soon_as_it_can() {
    let world = World::new();
    world.publish("2.0.0", "2");
    let _server = world.serve(json!({ "autoUpdate": "always" }));
    let phone = world.phone(&[]);
    let control = format!("http://127.0.0.1:{}", phone.port);
    let mut events = phone.socket("/__airlock/events", &control).unwrap();
    let launched = |message: &Value| {
        let events = message["events"].as_array().cloned().unwrap_or_default();
        events
            .iter()
            .chain([&message["event"]])
            .any(|event| event["name"] == "launch" && event["data"]["bundle"]["version"] == "2.0.0")
    };
    while !launched(&crate::phone::read_json(&mut events).unwrap()) {}
    assert!(phone.get("/").body.contains("<title>2.0.0</title>"));
}

#[test]
fn a_dead_server_leaves_the_page_alone_and_says_so() {
    let (_world, phone) = World::quiet_phone();
    let mut page = phone.open_page();
    page.post("addListener", json!({ "eventName": "downloadFailed" }));
    let answer = page.post("sync", json!({}));
    let told = page.wait_for(|message| message["result"]["methodName"] == "addListener");
    let data = &told["result"]["data"];
    assert_eq!(
        (&data["code"], &data["phase"], &data["attempt"]),
        (&json!("download_failed"), &json!("check"), &json!(1))
    );
    let refused = page.wait_for(|message| message["result"]["callbackId"] == answer.as_str());
    assert_eq!(refused["result"]["error"]["code"], "download_failed");
    let token = page.token.clone();
    page.ready(&token);
    assert_eq!(phone.state()["launch"]["confirmed"], true);
}

fn status_of(phone: &Phone, version: &str) -> String {
    let state = phone.state();
    let bundles = state["bundles"].as_array().unwrap();
    let bundle = bundles
        .iter()
        .find(|bundle| bundle["version"] == version)
        .expect("the device knows the bundle");
    bundle["status"].as_str().unwrap().to_owned()
}

#[test]
fn delay_conditions_hold_back_what_is_staged_until_they_are_met() {
    let world = World::new();
    world.publish("2.0.0", "2");
    let _server = world.serve(json!({ "autoUpdate": "off" }));
    let phone = world.phone(&[]);
    let mut page = phone.open_page();
    page.call("sync", json!({}));
    let conditions = json!({ "delayConditions": [{ "kind": "kill" }] });
    page.call("setMultiDelay", conditions.clone());
    assert_eq!(page.call("getDelayConditions", json!({}))["data"], conditions);
    let wrong = json!({ "delayConditions": [{ "kind": "moon" }] });
    assert_eq!(page.call("setMultiDelay", wrong)["error"]["code"], "usage");
    assert_eq!(page.call("setMultiDelay", json!({}))["error"]["code"], "usage");
    phone.press("background");
    assert_eq!(phone.state()["launch"]["bundle"]["version"], "1.0.0");
    phone.press("foreground");
    phone.press("relaunch");
    assert_eq!(phone.state()["launch"]["bundle"]["version"], "2.0.0");
    let mut page = phone.open_page();
    assert_eq!(
        page.call("getDelayConditions", json!({}))["data"],
        json!({ "delayConditions": [] })
    );
}

#[test]
fn a_cancelled_delay_holds_back_nothing() {
    let world = World::new();
    world.publish("2.0.0", "2");
    let _server = world.serve(json!({ "autoUpdate": "off" }));
    let phone = world.phone(&[]);
    let mut page = phone.open_page();
    page.call("sync", json!({}));
    page.call(
        "setMultiDelay",
        json!({ "delayConditions": [{ "kind": "date", "value": "2999-01-01T00:00:00Z" }] }),
    );
    page.call("cancelDelay", json!({}));
    phone.press("background");
    assert_eq!(phone.state()["launch"]["bundle"]["version"], "2.0.0");
}
