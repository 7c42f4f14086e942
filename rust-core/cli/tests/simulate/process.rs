//! The app's process on the phone, and the simulator's own.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::world::{World, airlock};

#[test]
fn a_killed_app_serves_nothing_until_it_is_relaunched() {
    let (_world, phone) = World::quiet_phone();
    phone.press("kill");
    let state = phone.state();
    assert_eq!(
        (&state["phone"]["process"], &state["launch"]),
        (&json!("killed"), &json!(null))
    );
    assert_eq!(phone.get("/").status, 503);
    assert_eq!(phone.get("/assets/app.js").status, 503);
    let refused = phone.press("sync");
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (409, &json!("usage"))
    );

    let mut waiting = phone.connect(String::new());
    phone.press("relaunch");
    assert_eq!(
        waiting.wait_for(|_| true),
        json!({ "navigate": "/" }),
        "a tab that waits follows by itself"
    );
    assert_eq!(phone.get("/").status, 200);
    assert_eq!(phone.state()["launch"]["number"], 2);
}

#[test]
fn the_page_hears_pause_and_resume() {
    let (_world, phone) = World::quiet_phone();
    let mut page = phone.open_page();
    phone.press("background");
    assert_eq!(page.wait_for(|_| true), json!({ "lifecycle": "pause" }));
    assert_eq!(phone.state()["phone"]["visibility"], "background");
    phone.press("foreground");
    assert_eq!(page.wait_for(|_| true), json!({ "lifecycle": "resume" }));
    let names: Vec<_> = phone.state()["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["name"].clone())
        .collect();
    assert_eq!(names, ["launch", "page", "background", "foreground"]);
}

#[cfg(unix)]
#[test]
fn it_ends_cleanly_when_asked_to() {
    for signal in ["-TERM", "-INT"] {
        let (_world, mut phone) = World::quiet_phone();
        let _page = phone.open_page();
        let asked = Command::new("kill")
            .args([signal, &phone.process.id().to_string()])
            .status()
            .unwrap();
        assert!(asked.success());
        assert_eq!(phone.process.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn what_cannot_be_simulated_is_refused_with_a_way_out() {
    let world = World::new();
    world.configure(json!({}), "http://127.0.0.1:9/");
    let base = ["simulate", "--state", "state", "--config", "config.json"];
    for (options, word) in [
        (vec!["--embedded", "embedded"], "npm install"),
        (
            vec!["--embedded", "embedded", "--bridge", "missing.js"],
            "missing.js",
        ),
        (
            vec!["--embedded", "project", "--bridge", "native-bridge.js"],
            "index.html",
        ),
        (
            vec![
                "--embedded",
                "embedded",
                "--bridge",
                "native-bridge.js",
                "--config",
                "missing.json",
            ],
            "missing.json",
        ),
        (vec!["--embedded", "embedded", "--platform", "ios"], "ios"),
    ] {
        let config = if options.contains(&"missing.json") {
            &base[..3]
        } else {
            &base[..]
        };
        let mut command = airlock();
        command
            .args(config)
            .args(&options)
            .current_dir(world.path())
            .stderr(Stdio::piped());
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {text}");
        assert!(text.contains(word), "{options:?}: {text}");
    }
    assert!(
        !world.path().join("state/state.a").exists(),
        "a refusal leaves nothing behind"
    );
}

#[test]
fn the_first_line_on_stdout_is_the_only_one() {
    let (_world, mut phone) = World::quiet_phone();
    phone.open_page();
    phone.process.kill().unwrap();
    let mut rest = String::new();
    phone
        .process
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    assert_eq!(rest, "");
}
