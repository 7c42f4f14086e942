//! `updateProtocol: capgo`.

use airlock_system_tests::{Asked, Said};
use serde_json::{Value, json};

use crate::phone::{NOW, Phone, archive, ok, sha256};

fn phone() -> Phone {
    Phone::of(
        "capgo",
        "/updates",
        json!({"channel": "beta", "autoDeletePrevious": false}),
    )
}

/// Offers the bundle `name` under `version`, with what `change` does to the answer.
fn offers(phone: &Phone, version: &str, change: impl Fn(&mut Value) + Send + 'static) {
    let url = format!("{}/{version}.zip", phone.server.url());
    let version = version.to_owned();
    let zip = archive(&version);
    phone
        .server
        .says(move |asked: &Asked| match asked.method.as_str() {
            "POST" => {
                let mut answer =
                    json!({"version": version, "url": url, "checksum": sha256(&zip), "session_key": ""});
                change(&mut answer);
                ok(&answer)
            }
            _ => Said::new(200, zip.clone()),
        });
}

#[test]
fn the_server_is_told_what_the_peer_tells_and_its_bundle_runs() {
    let phone = phone();
    offers(&phone, "2.0.0", |answer| answer["comment"] = json!("new colours"));
    let checked = phone.device().with(&["--native-version", "1.2.0"]).ok(&["check"]);
    assert_eq!(checked["result"], "available");
    assert_eq!(checked["bundle"]["version"], "2.0.0");
    assert_eq!(checked["bundle"]["notes"], "new colours");
    let asked = phone.server.asked();
    let [only] = asked.as_slice() else {
        panic!("one request: {asked:?}")
    };
    assert_eq!((only.method.as_str(), only.path.as_str()), ("POST", "/updates"));
    assert_eq!(
        only.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(only.header("accept"), Some("application/json"));
    let agent = only.header("user-agent").unwrap();
    assert_eq!(
        agent,
        "CapacitorUpdater/8.51.14 (com.example.app) android/unknown"
    );
    let mut body: Value = serde_json::from_slice(&only.body).unwrap();
    let device = body["device_id"].take();
    let groups: Vec<usize> = device.as_str().unwrap().split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12], "a uuid: {device}");
    let wanted = json!({
        "platform": "android", "device_id": null, "app_id": "com.example.app", "custom_id": "",
        "version_build": "1.2.0", "version_code": "", "version_os": "", "version_name": "1.0.0",
        "plugin_version": "8.51.14", "is_emulator": false, "is_prod": true, "install_source": "",
        "defaultChannel": "beta",
    });
    assert_eq!(body, wanted);

    phone.runs("2.0.0", "archive");
    phone.server.asked();
    assert_eq!(phone.device().ok(&["sync"])["result"], "up-to-date");
    let asked = phone.server.asked();
    assert_eq!(asked.len(), 1, "nothing is fetched again");
    let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(
        body["version_name"], "2.0.0",
        "what runs, and not what is built in"
    );
}

#[test]
fn a_bundle_that_is_here_is_not_fetched_again_and_one_that_failed_is_not_tried_again() {
    let phone = phone();
    offers(&phone, "2.0.0", |_| {});
    phone.runs("2.0.0", "archive");
    offers(&phone, "3.0.0", |_| {});
    phone.runs("3.0.0", "archive");
    offers(&phone, "2.0.0", |_| {});
    phone.runs("2.0.0", "none");
    offers(&phone, "4.0.0", |_| {});
    assert_eq!(phone.device().ok(&["sync"])["result"], "staged");
    let launch = phone.device().ok(&["launch"]);
    let token = launch["token"].as_str().unwrap();
    assert_eq!(
        phone.device().ok(&["crash", "--token", token])["rolledBack"],
        true
    );
    phone.server.asked();
    let blocked = phone.device().ok(&["sync"]);
    assert_eq!(
        (&blocked["result"], &blocked["code"]),
        (&json!("blocked"), &json!("bundle_failed"))
    );
    assert_eq!(phone.server.asked().len(), 1, "only asked, nothing fetched");
    offers(&phone, "4.0.1", |_| {});
    phone.runs("4.0.1", "archive");
}

#[test]
fn answers_without_a_bundle() {
    let phone = phone();
    let says = |answer: Value| phone.server.says(move |_| ok(&answer));
    for answer in [
        json!({"error": "no_new_version_available", "message": "no new version", "kind": "up_to_date"}),
        json!({"error": "no_new_version_available", "message": "no new version"}),
        json!({"message": "version not found", "version": "", "url": ""}),
        json!({"version": "builtin"}),
        json!({"version": "1.0.0", "url": "https://404.example/no.zip"}),
    ] {
        says(answer.clone());
        assert_eq!(phone.device().ok(&["check"])["result"], "up-to-date", "{answer}");
        assert_eq!(phone.device().ok(&["sync"])["result"], "up-to-date", "{answer}");
    }
    for (word, code) in [
        ("disable_auto_update_to_major", "incompatible_native"),
        ("disabled_platform_android", "incompatible_platform"),
        ("cannot_update_via_private_channel", "incompatible_channel"),
        ("key_id_mismatch", "signature_invalid"),
    ] {
        says(json!({"error": word, "message": "not for\nyou", "kind": "blocked", "version": "2.0.0"}));
        for verb in ["check", "sync"] {
            let blocked = phone.device().ok(&[verb]);
            assert_eq!(
                (&blocked["result"], &blocked["code"]),
                (&json!("blocked"), &json!(code))
            );
            assert!(blocked["message"].as_str().unwrap().contains(word), "{blocked}");
        }
    }
    for answer in [
        json!({"error": "no_channel"}),
        json!({"kind": "failed", "message": "x"}),
    ] {
        says(answer);
        phone.refuses(104, "response_unusable");
    }
    offers(&phone, "2.0.0", |_| {});
    phone.runs("2.0.0", "archive");
    // Nobody signed that an older content is to run again.
    says(json!({"version": "builtin"}));
    let blocked = phone.device().ok(&["sync"]);
    assert_eq!(
        (&blocked["result"], &blocked["code"]),
        (&json!("blocked"), &json!("downgrade_refused"))
    );
    assert_eq!(phone.device().confirm(), "2.0.0");
}

#[test]
fn bad_answers_change_nothing_and_the_next_try_works() {
    let phone = phone();
    let bodies: [Vec<u8>; 9] = [
        b"".to_vec(),
        b"not json".to_vec(),
        b"<html>sign in</html>".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        br#"{"version":2,"url":"https://a.example/b.zip"}"#.to_vec(),
        br#"{"version":"2.0.0","url":["https://a.example/b.zip"]}"#.to_vec(),
        br#"{"version":"2.0.0","version":"3.0.0","url":"https://a.example/b.zip"}"#.to_vec(),
        vec![b' '; 4 * 1024 * 1024 + 1],
    ];
    for body in bodies {
        phone.server.says(move |_| Said::new(200, body.clone()));
        phone.refuses(104, "response_unusable");
    }
    for url in [
        "ftp://a.example/b.zip",
        "http://a.example/b.zip",
        "b.zip",
        "https://u:p@a.example/b.zip",
    ] {
        offers(&phone, "2.0.0", move |answer| answer["url"] = json!(url));
        phone.refuses(104, "response_unusable");
    }
    for status in [302, 400, 404, 500, 503, 501] {
        phone
            .server
            .says(move |_| Said::new(status, r#"{"error":"x"}"#).with("Location", "/elsewhere"));
        phone.refuses(104, "response_unusable");
    }
    let other = sha256(b"other");
    offers(&phone, "2.0.0", move |answer| answer["checksum"] = json!(other));
    phone.refuses(115, "checksum_mismatch");
    offers(&phone, "2.0.0", |answer| {
        answer["checksum"] = json!("not a checksum")
    });
    phone.refuses(2, "usage");
    let zip = b"PK no zip".to_vec();
    let url = format!("{}/b.zip", phone.server.url());
    phone.server.says(move |asked| match asked.method.as_str() {
        "POST" => ok(&json!({"version": "2.0.0", "url": url, "checksum": sha256(&zip)})),
        _ => Said::new(200, zip.clone()),
    });
    phone.refuses(120, "archive_unsafe");
    offers(&phone, "2.0.0", |_| {});
    phone.runs("2.0.0", "archive");
}

#[test]
fn a_429_silences_the_device_until_its_time_is_over() {
    for (said, until) in [
        (Said::new(429, "{}").with("Retry-After", "120"), 120),
        (
            Said::new(
                429,
                r#"{"moreInfo":{"retryAfterSeconds":90},"retryAfterSeconds":5}"#,
            ),
            90,
        ),
        (
            Said::new(429, r#"{"error":"on_premise_app","retryAfterSeconds":80}"#),
            80,
        ),
        (Said::new(429, r#"{"rateLimitResetAt":1790000070000}"#), 70),
    ] {
        let phone = phone();
        phone.server.says(move |_| said.clone());
        phone.refuses(104, "response_unusable");
        assert_eq!(phone.server.asked().len(), 1);
        offers(&phone, "2.0.0", |_| {});
        let now: u64 = NOW.parse().unwrap();
        let early = (now + until * 1000 - 1).to_string();
        phone.at(&early).run(&["sync"]).refused(104, "response_unusable");
        assert!(
            phone.server.asked().is_empty(),
            "a new process asks nobody either"
        );
        let late = (now + until * 1000 + 1).to_string();
        assert_eq!(phone.at(&late).ok(&["sync"])["result"], "staged");
    }
}
