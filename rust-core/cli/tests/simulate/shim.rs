//! The phone with a real process in it. The shims themselves are tested in the layer e2e-kotlin; here the process is a
//! few lines of shell, that do right or wrong.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::phone::Phone;
use crate::world::World;

const LAUNCH: &str = r#"{"launch":{"root":null,"token":"aa","attempt":1,"id":"builtin","version":"1.0.0"}}"#;

/// Reads the setup, launches, and reads the first call.
fn until_the_first_call() -> String {
    format!("read setup; echo '{LAUNCH}'; read call")
}

fn phone_with(script: &str) -> (World, Phone) {
    let world = World::new();
    world.configure(json!({ "autoUpdate": "off" }), "http://127.0.0.1:9/");
    let program = world.path().join("shim");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let phone = world.phone(&["--shim", program.to_str().unwrap()]);
    (world, phone)
}

fn errors(phone: &Phone) -> Vec<Value> {
    let state = phone.state();
    let events = state["events"].as_array().unwrap();
    let errors = events.iter().filter(|event| event["name"] == "error");
    errors.map(|event| event["data"]["message"].clone()).collect()
}

#[test]
fn the_process_launches_and_answers_the_page() {
    let answers = r#"echo '{"answer":{"number":1}}'; read call; echo '{"answer":{"number":2,"data":{"bundles":["mine"]}}}'"#;
    let (_world, phone) = phone_with(&format!("{}; {answers}; read more", until_the_first_call()));
    assert!(phone.get("/").body.contains("<title>1.0.0</title>"));
    let mut page = phone.open_page();
    let listed = page.call("list", json!({}));
    assert_eq!(listed["data"]["bundles"], json!(["mine"]));
    assert_eq!(errors(&phone), Vec::<Value>::new());
}

#[test]
fn a_process_that_ends_answers_nobody_and_can_be_started_again() {
    let (_world, phone) = phone_with(&until_the_first_call());
    for _ in 0..2 {
        let mut page = phone.open_page();
        for _ in 0..2 {
            let refused = page.call("list", json!({}));
            assert_eq!(refused["error"]["code"], "internal", "{refused}");
        }
        assert!(
            errors(&phone)
                .iter()
                .any(|error| error.as_str().unwrap().contains("ended"))
        );
        phone.press("relaunch");
    }
}

#[test]
fn without_a_launch_the_app_does_not_run() {
    for (script, why) in [
        ("exit 1", "before it launched"),
        ("read setup; echo nonsense", "nonsense"),
    ] {
        let (_world, phone) = phone_with(script);
        assert_eq!(phone.state()["phone"]["process"], "killed");
        let told = errors(&phone);
        assert!(
            told.iter().any(|error| error.as_str().unwrap().contains(why)),
            "{told:?}"
        );
    }
}
