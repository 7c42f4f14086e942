//! Design section 9, verb by verb: other tools are written against this.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use airlock_system_tests::World;
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn launch_names_the_embedded_bundle_with_root_token_and_attempt() {
    let world = World::new();
    let launch = world.device().ok(&["launch"]);
    assert_eq!(keys(&launch), ["attempt", "bundle", "root", "token"]);
    assert_eq!(keys(&launch["bundle"]), ["id", "origin", "version"]);
    assert_eq!(launch["bundle"]["origin"], "embedded");
    assert_eq!(launch["bundle"]["version"], "1.0.0");
    assert_eq!(
        launch["root"].as_str().unwrap(),
        world.path("v1").to_str().unwrap()
    );
    assert_eq!(launch["attempt"], 1);
    assert_eq!(launch["token"].as_str().unwrap().len(), 32);
}

#[test]
fn check_says_available_and_changes_nothing() {
    let world = World::with_v2();
    let device = world.device();
    let before = device.essence();
    let check = device.ok(&["check"]);
    assert_eq!(
        (&check["result"], &check["bundle"]["version"]),
        (&json!("available"), &json!("2.0.0"))
    );
    assert_eq!(device.essence(), before);
}

#[test]
fn a_check_with_nothing_new_costs_one_small_request() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    device.confirm();
    world.server.requests();
    assert_eq!(device.ok(&["check"])["result"], "up-to-date");
    assert_eq!(world.server.requests(), ["/metadata/timestamp.json"]);
    let sync = device.ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["route"]),
        (&json!("up-to-date"), &json!("none"))
    );
    assert!(sync["bytesDownloaded"].as_u64().unwrap() < 2_000);
}

#[test]
fn sync_stages_and_the_next_launch_makes_it_the_trial() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["launch"]);
    let sync = device.ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["route"]),
        (&json!("staged"), &json!("archive"))
    );
    assert_eq!(sync["bundle"]["sequence"], 2);
    assert!(sync["bytesDownloaded"].as_u64().unwrap() > 0);
    assert_eq!(
        device.ok(&["status"])["current"]["origin"],
        "embedded",
        "nothing changes under a running page"
    );

    let launch = device.ok(&["launch"]);
    assert_eq!(
        (&launch["bundle"]["origin"], &launch["attempt"]),
        (&json!("ota"), &json!(1))
    );
    let root = std::path::PathBuf::from(launch["root"].as_str().unwrap());
    for file in ["index.html", "app.js", "assets/logo.svg"] {
        assert_eq!(
            fs::read(root.join(file)).unwrap(),
            fs::read(world.path("v2").join(file)).unwrap()
        );
    }
    assert_eq!(device.ok(&["launch"])["attempt"], 2);
}

#[test]
fn ready_accepts_the_current_token_only() {
    let world = World::with_v2();
    let device = world.device();
    let old = device.ok(&["launch"])["token"].as_str().unwrap().to_owned();
    device.ok(&["sync"]);
    let new = device.ok(&["launch"])["token"].as_str().unwrap().to_owned();
    assert_eq!(device.ok(&["ready", "--token", &old]), json!({"accepted": false}));
    assert_eq!(device.ok(&["status"])["floor"], 0);
    assert_eq!(device.ok(&["ready", "--token", &new]), json!({"accepted": true}));
    let status = device.ok(&["status"]);
    assert_eq!((&status["floor"], &status["trial"]), (&json!(2), &Value::Null));
    assert_eq!(status["fallback"]["version"], "2.0.0");
}

#[test]
fn crash_and_elapse_roll_a_trial_back_and_name_the_launch() {
    for verb in ["crash", "elapse"] {
        let world = World::with_v2();
        let device = world.device();
        device.ok(&["sync"]);
        let token = device.ok(&["launch"])["token"].as_str().unwrap().to_owned();
        assert_eq!(device.ok(&["elapse", "9999"]), json!({"rolledBack": false}));
        assert_eq!(
            device.ok(&["crash", "--token", "wrong"]),
            json!({"rolledBack": false})
        );
        let rolled_back = match verb {
            "crash" => device.ok(&["crash", "--token", &token, "--reason", "white page"]),
            _ => device.ok(&["elapse", "1"]),
        };
        assert_eq!(rolled_back["rolledBack"], true);
        assert_eq!(rolled_back["launch"]["bundle"]["origin"], "embedded");
        assert_eq!(
            keys(&rolled_back["launch"]),
            ["attempt", "bundle", "root", "token"]
        );
        let failed = &device.ok(&["status"])["failed"][0];
        assert_eq!(failed["version"], "2.0.0");
        let kept = &device.ok(&["status"])["failures"][0];
        assert_eq!(
            keys(kept),
            [
                "attempt", "code", "count", "firstAt", "lastAt", "phase", "reason", "version"
            ]
        );
        assert_eq!(
            (&kept["version"], &kept["phase"], &kept["count"]),
            (&json!("2.0.0"), &json!("trial"), &json!(1))
        );
        let sync = device.ok(&["sync"]);
        assert_eq!(
            (&sync["result"], &sync["code"]),
            (&json!("blocked"), &json!("bundle_failed"))
        );
    }
}

#[test]
fn a_trial_killed_without_evidence_gets_three_launches() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    let versions: Vec<_> = (0..4).map(|_| device.launched()).collect();
    assert_eq!(versions, ["2.0.0", "2.0.0", "2.0.0", "1.0.0"]);
}

#[test]
fn background_applies_what_is_next_and_foreground_answers() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["launch"]);
    assert_eq!(device.ok(&["background"]), json!({"switched": false}));
    device.ok(&["foreground"]);
    device.ok(&["sync"]);
    let background = device.ok(&["background"]);
    assert_eq!(background["launch"]["bundle"]["version"], "2.0.0");
    assert_eq!(
        device.ok(&["elapse", "60000"]),
        json!({"rolledBack": false}),
        "time counts in the foreground only"
    );
    device.ok(&["foreground"]);
    assert_eq!(device.ok(&["elapse", "60000"])["rolledBack"], true);
}

#[test]
fn set_next_reload_reset_and_delete() {
    let world = World::with_v2();
    let device = world.device();
    let id = device.ok(&["sync"])["bundle"]["id"].as_str().unwrap().to_owned();
    device.run(&["delete", &id]).refused(2, "bundle_in_use");
    assert_eq!(device.ok(&["set", &id])["launch"]["bundle"]["version"], "2.0.0");
    assert_eq!(
        device.ok(&["reset", "--to-last-successful"])["launch"]["bundle"]["origin"],
        "embedded"
    );
    assert_eq!(device.ok(&["next", &id])["bundle"]["status"], "next");
    let reload = device.ok(&["reload"]);
    assert_eq!(reload["launch"]["bundle"]["version"], "2.0.0");
    let token = reload["launch"]["token"].as_str().unwrap();
    device.ok(&["ready", "--token", token]);
    assert_eq!(device.ok(&["reset"])["launch"]["bundle"]["origin"], "embedded");
    assert_eq!(device.ok(&["delete", &id]), json!({"deleted": id}));
    device.run(&["next", &id]).refused(2, "bundle_unknown");
    assert_eq!(
        device.ok(&["sync"])["result"],
        "staged",
        "what was confirmed may come again"
    );
}

#[test]
fn delay_holds_back_the_next_bundle_until_its_conditions_are_met() {
    let world = World::with_v2();
    let device = |now: &str| world.device().with(&["--now", now]);
    let (day, next_day) = ("4070908800000", "4070995200000");
    world.device().ok(&["sync"]);
    let conditions = r#"[{"kind":"date","value":"2099-01-02T00:00:00Z"}]"#;
    let set = world.device().ok(&["delay", "--conditions", conditions]);
    assert_eq!(
        set["delayConditions"],
        serde_json::from_str::<Value>(conditions).unwrap()
    );
    assert_eq!(device(day).ok(&["launch"])["bundle"]["version"], "1.0.0");
    assert_eq!(device(day).ok(&["background"]), json!({"switched": false}));
    assert_eq!(world.device().ok(&["status"])["next"]["version"], "2.0.0");
    assert_eq!(device(next_day).ok(&["launch"])["bundle"]["version"], "2.0.0");
    assert_eq!(world.device().ok(&["delay"]), json!({"delayConditions": []}));
}

#[test]
fn delay_is_cancelled_and_refuses_what_makes_no_sense() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    device.ok(&[
        "delay",
        "--conditions",
        r#"[{"kind":"nativeVersion","value":"9.0"}]"#,
    ]);
    for wrong in ["nonsense", "{}", r#"[{"kind":"moon"}]"#, r#"[{"value":"9.0"}]"#] {
        device.run(&["delay", "--conditions", wrong]).refused(2, "usage");
    }
    assert_eq!(device.launched(), "1.0.0");
    assert_eq!(device.ok(&["delay", "--cancel"]), json!({"delayConditions": []}));
    assert_eq!(device.launched(), "2.0.0");
}

#[test]
fn a_failed_update_is_told_once() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    device.launched();
    device.ok(&["elapse", "10000"]);
    let told = device.ok(&["failed-update"]);
    assert_eq!(
        (&told["failed"]["version"], &told["failed"]["code"]),
        (&json!("2.0.0"), &json!("not_ready"))
    );
    assert_eq!(device.ok(&["failed-update"]), json!({"failed": null}));
}

#[test]
fn only_download_leaves_it_to_the_app_when_the_bundle_starts() {
    let world = World::with_v2();
    let config = world.config(|config| config["autoUpdate"] = json!("onlyDownload"));
    let device = || world.device().with_config(config.clone());
    let sync = device().ok(&["sync"]);
    assert_eq!(
        (&sync["result"], &sync["route"], &sync["bundle"]["status"]),
        (&json!("downloaded"), &json!("archive"), &json!("downloaded"))
    );
    assert_eq!(device().launched(), "1.0.0");
    assert_eq!(device().ok(&["background"]), json!({"switched": false}));
    let again = device().ok(&["sync"]);
    assert_eq!(
        (&again["result"], &again["route"]),
        (&json!("downloaded"), &json!("none"))
    );
    let id = sync["bundle"]["id"].as_str().unwrap();
    device().ok(&["next", id]);
    assert_eq!(device().confirm(), "2.0.0");
    assert_eq!(device().ok(&["sync"])["result"], "up-to-date");
}

#[test]
fn two_apps_on_one_directory_do_not_meet() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0");
    let config = world.config(|config| config["appId"] = json!("com.example.other"));
    let other = || world.device().with_config(config.clone());
    for verb in [&["sync"][..], &["status"], &["background"], &["gc"], &["list"]] {
        other().run(verb).refused(121, "incompatible_app");
    }
    assert_eq!(other().launched(), "1.0.0", "it starts with its embedded bundle");
    assert_eq!(device.launched(), "2.0.0");
}

#[test]
fn list_prints_one_object_a_bundle() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    let run = device.run(&["list"]);
    assert_eq!(run.lines.len(), 2);
    for bundle in &run.lines {
        for key in ["id", "version", "sequence", "status", "origin"] {
            assert!(bundle.get(key).is_some(), "{bundle}");
        }
    }
    assert_eq!(
        (&run.lines[0]["origin"], &run.lines[1]["status"]),
        (&json!("embedded"), &json!("next"))
    );
}

#[test]
fn status_has_every_field() {
    let world = World::with_v2();
    let device = world.device().with(&["--native-version", "3.1.0"]);
    device.ok(&["launch"]);
    let status = device.ok(&["status"]);
    assert_eq!(
        keys(&status),
        [
            "current",
            "diskBytes",
            "failed",
            "failures",
            "fallback",
            "floor",
            "nativeVersion",
            "next",
            "trial"
        ]
    );
    assert_eq!(status["nativeVersion"], "3.1.0");
    assert!(status["diskBytes"].as_u64().unwrap() > 0);
}

#[test]
fn a_native_update_goes_back_to_the_embedded_bundle_and_keeps_the_floor() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["native-update", "--native-version", "1.0.0"]);
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0");
    device.ok(&["native-update", "--native-version", "2.0.0"]);
    assert_eq!(device.launched(), "1.0.0");
    assert_eq!(device.ok(&["status"])["floor"], 2);
    device.ok(&["sync"]);
    assert_eq!(device.confirm(), "2.0.0");
}

#[test]
fn gc_removes_what_nothing_names() {
    let world = World::with_v2();
    let device = world.device();
    device.ok(&["sync"]);
    for stray in ["staging/half", "trash/old", "bundles/stranger"] {
        fs::create_dir_all(device.state().join(stray)).unwrap();
        fs::write(device.state().join(stray).join("file"), "12345").unwrap();
    }
    fs::write(device.state().join("downloads/x.part"), "12345").unwrap();
    assert_eq!(device.ok(&["gc"]), json!({"removed": 4, "bytes": 20}));
    assert_eq!(device.ok(&["gc"]), json!({"removed": 0, "bytes": 0}));
    assert_eq!(device.launched(), "2.0.0");
}

#[test]
fn now_and_seed_make_a_run_repeatable() {
    let world = World::with_v2();
    let run = |name: &str| {
        let device = world.device_in(world.path(name)).with(&["--seed", "7"]);
        [
            device.ok(&["launch"])["token"].clone(),
            device.ok(&["launch"])["token"].clone(),
        ]
    };
    let first = run("one");
    assert_ne!(first[0], first[1]);
    assert_eq!(first, run("two"));
    let installed = |name: &str| {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_millis()
            .to_string();
        let device = world.device_in(world.path(name)).with(&["--now", &now]);
        (
            now,
            device.ok(&["sync"])["bundle"]["installedAt"]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    };
    let (now, at) = installed("three");
    assert!(
        at.ends_with(&format!(".{}Z", &now[now.len() - 3..])),
        "{at} {now}"
    );
}

#[test]
fn wrong_usage_exits_2() {
    let world = World::new();
    let device = world.device();
    for verb in [&["nonsense"][..], &["ready"], &["elapse", "soon"], &["set"], &[]] {
        assert_eq!(
            device.command(verb).output().unwrap().status.code(),
            Some(2),
            "{verb:?}"
        );
    }
    for id in ["nonsense", "../../etc", &"0".repeat(64)] {
        device.run(&["set", id]).refused(2, "bundle_unknown");
        device.run(&["verify", id]).refused(2, "bundle_unknown");
    }
}

#[test]
fn verify_names_the_embedded_bundle_by_its_id_and_by_its_name() {
    let world = World::with_v2();
    let device = world.device();
    let id = device.ok(&["launch"])["bundle"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for name in ["embedded", &id] {
        assert_eq!(device.ok(&["verify", name]), json!({"id": id, "valid": true}));
    }
    fs::write(world.path("v1/app.js"), "one(]").unwrap();
    assert_eq!(device.run(&["verify", "embedded"]).code, Some(115));
}

#[test]
fn with_wifi_only_a_metered_connection_postpones_what_must_be_fetched() {
    let world = World::with_v2();
    let wifi_only = world.config(|config| config["wifiOnly"] = json!(true));
    let device = || world.device().with_config(wifi_only.clone());
    for (flag, reason) in [("--metered", "metered"), ("--low-battery", "low-battery")] {
        let sync = device().with(&[flag]).ok(&["sync"]);
        assert_eq!(
            (&sync["result"], &sync["reason"], &sync["bundle"]["version"]),
            (&json!("postponed"), &json!(reason), &json!("2.0.0"))
        );
    }
    assert_eq!(device().ok(&["status"])["failures"], json!([]));
    assert_eq!(device().ok(&["sync"])["result"], "staged");
}
