//! Which release is to be installed.

use airlock_foreign::remote_config::{RemoteConfig, Selection, Updates, Version};
use serde_json::{Value, json};

use crate::support::{parse, release};

fn config(releases: &[Value]) -> RemoteConfig {
    parse(&json!({ "releases": releases })).unwrap()
}

fn with(version: &str, key: &str, value: Value) -> Value {
    let mut release = release(version);
    release[key] = value;
    release
}

/// `2.0.0 new`, `2.0.0 old`, `empty` or `disabled`.
fn chosen(config: &RemoteConfig, installed: Option<&str>) -> String {
    match config.select(installed.map(Version::read).as_ref()) {
        Selection::Outdated(release) => format!("{} new", release.version),
        Selection::UpToDate(release) => format!("{} old", release.version),
        Selection::Empty => "empty".to_owned(),
        Selection::Disabled => "disabled".to_owned(),
    }
}

#[test]
fn the_newest_that_is_not_disabled_is_chosen_whatever_the_order() {
    let versions = ["1.9.0", "2.0.0.1", "2.0.0-rc1", "2.0.0", "1.10.0"];
    for shift in 0..versions.len() {
        let mut releases: Vec<Value> = versions.map(release).to_vec();
        releases.rotate_left(shift);
        assert_eq!(chosen(&config(&releases), Some("1.0.0")), "2.0.0.1 new");
        for release in &mut releases {
            let newest = release["version"] == "2.0.0.1";
            release["disabled"] = json!(newest);
        }
        assert_eq!(chosen(&config(&releases), Some("1.0.0")), "2.0.0 new");
    }
    let order: Vec<String> = config(&versions.map(release))
        .releases()
        .iter()
        .map(|release| release.version.to_string())
        .collect();
    assert_eq!(order, ["2.0.0.1", "2.0.0", "2.0.0-rc1", "1.10.0", "1.9.0"]);
}

#[test]
fn of_two_equal_versions_the_first_in_the_document_wins() {
    let named = |name: &str, version: &str| {
        let mut release = release(version);
        release["name"] = json!(name);
        release
    };
    let config = config(&[named("a", "1.0.0"), named("b", "2.0.0.0"), named("c", "2.0.0")]);
    assert_eq!(config.releases()[0].name, "b");
}

/// The rows of Vicius' own end-to-end scenarios that are about versions.
#[test]
fn the_scenarios_of_vicius() {
    for (scenario, offered, installed, expected) in [
        ("HappyZip", "2.0.0", Some("1.0.0"), "2.0.0 new"),
        ("UpToDate", "2.0.0", Some("2.0.0"), "2.0.0 old"),
        ("UpToDate, newer installed", "2.0.0", Some("3.0.0"), "2.0.0 old"),
        ("FourSegment", "2.0.0.1", Some("2.0.0"), "2.0.0.1 new"),
        ("LocalRevisionUpToDate", "2.0.0", Some("2.0.0.5"), "2.0.0 old"),
        ("LocalRevisionEqual", "2.0.0", Some("2.0.0.0"), "2.0.0 old"),
        (
            "ServerRevisionOutdated",
            "2.0.0.6",
            Some("2.0.0.5"),
            "2.0.0.6 new",
        ),
        ("CorruptLocalVersion", "2.0.0", Some("not-a-version"), "2.0.0 new"),
        ("nothing installed", "2.0.0", None, "2.0.0 new"),
        ("unreadable release", "banana", Some("0.0.0"), "banana old"),
        ("pre-release installed", "2.0.0", Some("2.0.0-rc1"), "2.0.0 new"),
        ("pre-release offered", "2.0.0-rc1", Some("2.0.0"), "2.0.0-rc1 old"),
        ("a v before it", "v2.0.0", Some("1.0.0"), "v2.0.0 new"),
    ] {
        assert_eq!(
            chosen(&config(&[release(offered)]), installed),
            expected,
            "{scenario}"
        );
    }
}

#[test]
fn a_detection_version_is_compared_in_the_place_of_the_version() {
    let detected = |version: &str| config(&[with("2.0.0", "detectionVersion", json!(version))]);
    assert_eq!(chosen(&detected("7.0.0"), Some("6.0.0")), "2.0.0 new");
    assert_eq!(chosen(&detected("7.0.0"), Some("7.0.0")), "2.0.0 old");
    assert_eq!(chosen(&detected("1.0.0"), Some("1.0.0")), "2.0.0 old");
    // The order is by version alone, and what cannot be read or is null counts as not there.
    let both = config(&[
        with("1.0.0", "detectionVersion", json!("9.0.0")),
        release("2.0.0"),
    ]);
    assert_eq!(chosen(&both, Some("2.0.0")), "2.0.0 old");
    for nothing in [json!("banana"), Value::Null] {
        let config = config(&[with("2.0.0", "detectionVersion", nothing)]);
        assert_eq!(chosen(&config, Some("1.0.0")), "2.0.0 new");
        assert_eq!(chosen(&config, Some("2.0.0")), "2.0.0 old");
    }
}

#[test]
fn no_release_and_stopped_updates_are_answers_of_their_own() {
    for document in [
        json!({}),
        json!({"releases": null}),
        json!({"releases": []}),
        json!({"releases": [with("2.0.0", "disabled", json!(true))]}),
    ] {
        assert_eq!(chosen(&parse(&document).unwrap(), None), "empty", "{document}");
    }
    for disabled in [json!(false), Value::Null] {
        let document = json!({"instance": {"updatesDisabled": disabled}, "releases": [release("2.0.0")]});
        let config = parse(&document).unwrap();
        assert_eq!(config.updates(), Updates::Enabled);
        assert_eq!(chosen(&config, None), "2.0.0 new");
    }
    for releases in [json!([release("2.0.0")]), json!([])] {
        let document = json!({"instance": {"updatesDisabled": true}, "releases": releases});
        let config = parse(&document).unwrap();
        assert_eq!(config.updates(), Updates::Disabled);
        assert_eq!(chosen(&config, None), "disabled");
        assert_eq!(chosen(&config, Some("9.0.0")), "disabled");
    }
}
