//! `statsUrl`: what a server hears, and what it does not.

use airlock_system_tests::{Asked, Reference, Said};
use serde_json::{Value, json};

use crate::phone::{NOW, Phone, archive, ok, sha256};

fn phone() -> Phone {
    Phone::with(
        "capgo",
        "/updates",
        |url| json!({"statsUrl": format!("{url}/stats")}),
        json!({}),
    )
}

/// Offers a bundle, and takes statistics with this answer.
fn offers(server: &Reference, version: &'static str, bytes: &[u8], taken: Said) {
    let (url, checksum) = (format!("{}/{version}.zip", server.url()), sha256(bytes));
    server.says(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/stats") => taken.clone(),
        ("POST", _) => ok(&json!({"version": version, "url": url, "checksum": checksum})),
        _ => Said::new(200, archive(version)),
    });
}

fn taken() -> Said {
    ok(&json!({"status": "ok"}))
}

/// The batches among what was asked.
fn batches(asked: &[Asked]) -> Vec<Vec<Value>> {
    let sent = asked.iter().filter(|asked| asked.path == "/stats");
    sent.map(|asked| serde_json::from_slice(&asked.body).unwrap())
        .collect()
}

fn words(batch: &[Value]) -> Vec<String> {
    let word = |entry: &Value| {
        let (action, version) = (&entry["action"], &entry["version_name"]);
        format!("{} {}", action.as_str().unwrap(), version.as_str().unwrap())
    };
    batch.iter().map(word).collect()
}

fn is_waiting(phone: &Phone) -> bool {
    phone.device().state().join("statistics.json").exists()
}

#[test]
fn the_server_hears_what_the_peers_would_in_batches_with_each_run() {
    let phone = phone();
    offers(&phone.server, "2.0.0", &archive("2.0.0"), taken());
    phone.device().ok(&["sync"]);
    let asked = phone.server.asked();
    let info: Value = serde_json::from_slice(&asked[0].body).unwrap();
    let [batch] = &batches(&asked)[..] else {
        panic!("one batch: {asked:?}")
    };
    assert_eq!(words(batch), ["download_complete 2.0.0", "set_next 2.0.0"]);
    let mut expected = info;
    for (name, value) in [
        ("action", json!("download_complete")),
        ("version_name", json!("2.0.0")),
        ("old_version_name", json!("")),
        ("timestamp", json!(NOW.parse::<u64>().unwrap())),
    ] {
        expected[name] = value;
    }
    assert_eq!(batch[0], expected);
    let sent = asked.last().unwrap();
    assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/stats"));
    assert_eq!(
        sent.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert!(!is_waiting(&phone));

    phone.device().confirm();
    assert!(phone.server.asked().is_empty(), "nothing is sent by a launch");
    assert!(is_waiting(&phone));
    phone.device().ok(&["check"]);
    let batch = batches(&phone.server.asked()).concat();
    let launched = ["set 2.0.0", "app_launch_start 2.0.0", "app_launch_ready 2.0.0"];
    assert_eq!(words(&batch), launched);
    assert_eq!(batch[0]["old_version_name"], "1.0.0");
    phone.device().ok(&["check"]);
    assert!(
        batches(&phone.server.asked()).is_empty(),
        "what was taken is not sent again"
    );

    let id = phone.device().ok(&["status"])["current"]["id"].clone();
    phone.device().ok(&["reset"]);
    phone.device().ok(&["delete", id.as_str().unwrap()]);
    phone.device().run(&["set", "ab"]).refused(2, "bundle_unknown");
    phone.device().ok(&["flush-statistics"]);
    let batch = batches(&phone.server.asked()).concat();
    let ended = ["set 1.0.0", "reset 1.0.0", "delete 2.0.0", "set_fail 1.0.0"];
    assert_eq!(words(&batch), ended);
    assert_eq!(batch[3]["metadata"], json!({"code": "bundle_unknown"}));
}

#[test]
fn failures_are_told_with_their_code() {
    let phone = phone();
    offers(&phone.server, "2.0.0", b"other", taken());
    phone.refuses(115, "checksum_mismatch");
    let batch = batches(&phone.server.asked()).concat();
    assert_eq!(words(&batch), ["checksum_fail 2.0.0", "download_fail 2.0.0"]);
    assert_eq!(batch[1]["metadata"], json!({"code": "checksum_mismatch"}));

    offers(&phone.server, "2.0.0", &archive("2.0.0"), taken());
    phone.device().ok(&["sync"]);
    phone.device().ok(&["launch"]);
    assert_eq!(phone.device().ok(&["elapse", "10000"])["rolledBack"], true);
    phone.server.asked();
    phone.device().ok(&["flush-statistics"]);
    let batch = batches(&phone.server.asked()).concat();
    let trial = [
        "set 2.0.0",
        "app_launch_start 2.0.0",
        "app_launch_timeout 2.0.0",
        "update_fail 2.0.0",
        "set 1.0.0",
    ];
    assert_eq!(words(&batch), trial);
    assert_eq!(batch[3]["metadata"], json!({"code": "not_ready"}));
}

#[test]
fn what_time_may_mend_is_kept_and_what_the_server_will_never_like_is_dropped() {
    let phone = phone();
    let zip = archive("2.0.0");
    let tries = |answer: Said| {
        offers(&phone.server, "2.0.0", &zip, answer);
        phone.device().ok(&["check"]);
        batches(&phone.server.asked())
    };
    phone.device().ok(&["foreground"]);
    let redirect = Said::new(302, "").with("Location", "/elsewhere");
    let page = Said::new(200, "<html>sign in</html>");
    let kept = [500, 503, 408, 501].map(|status| Said::new(status, "{}"));
    for answer in kept.into_iter().chain([redirect, page]) {
        let sent = tries(answer.clone());
        assert_eq!(sent.len(), 1, "one attempt: {answer:?}");
        assert_eq!(words(&sent[0]), ["app_moved_to_foreground 1.0.0"], "{answer:?}");
        assert!(is_waiting(&phone), "{answer:?}");
    }
    assert_eq!(tries(Said::new(404, "{}")).len(), 1);
    assert!(!is_waiting(&phone));
    assert!(tries(taken()).is_empty());
}

#[test]
fn a_429_silences_the_whole_device_and_fails_nothing() {
    let phone = phone();
    phone.device().ok(&["foreground"]);
    offers(
        &phone.server,
        "2.0.0",
        &archive("2.0.0"),
        Said::new(429, r#"{"retryAfterSeconds":60}"#),
    );
    assert_eq!(phone.device().ok(&["sync"])["result"], "staged");
    phone.server.asked();
    phone.device().run(&["sync"]).refused(104, "response_unusable");
    phone
        .device()
        .run(&["flush-statistics"])
        .refused(104, "response_unusable");
    assert!(phone.server.asked().is_empty());
    offers(&phone.server, "2.0.0", &archive("2.0.0"), taken());
    let late = (NOW.parse::<u64>().unwrap() + 60_001).to_string();
    phone.at(&late).ok(&["flush-statistics"]);
    let batch = batches(&phone.server.asked()).concat();
    let told = words(&batch);
    assert_eq!(told[0], "app_moved_to_foreground 1.0.0", "{told:?}");
    assert!(told.contains(&"rate_limit_reached 1.0.0".to_owned()), "{told:?}");
}

#[test]
fn without_an_address_not_a_byte_is_written_or_sent() {
    for off in [json!({}), json!({"statsUrl": ""})] {
        let phone = Phone::of("capgo", "/updates", off);
        offers(&phone.server, "2.0.0", &archive("2.0.0"), taken());
        phone.runs("2.0.0", "archive");
        phone.device().ok(&["background"]);
        phone.device().ok(&["flush-statistics"]);
        assert!(batches(&phone.server.asked()).is_empty());
        assert!(!is_waiting(&phone));
    }
}

#[test]
fn a_server_that_is_not_there_costs_an_update_nothing() {
    let phone = Phone::of(
        "capgo",
        "/updates",
        json!({"statsUrl": "https://127.0.0.1:9/stats"}),
    );
    offers(&phone.server, "2.0.0", &archive("2.0.0"), taken());
    phone.runs("2.0.0", "archive");
    assert!(is_waiting(&phone));
    let plain = Phone::of(
        "capgo",
        "/updates",
        json!({"statsUrl": "http://stats.example.com/"}),
    );
    offers(&plain.server, "2.0.0", &archive("2.0.0"), taken());
    plain.runs("2.0.0", "archive");
    plain
        .device()
        .run(&["flush-statistics"])
        .refused(2, "config_invalid");
}
