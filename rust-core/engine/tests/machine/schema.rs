//! Records of other schemas, field by field. The bytes that an engine of schema 1 wrote are in `stores`.

use airlock_engine::machine::{Failed, FailureCause, Installed, LaunchRecord, State, Trial, Unusable, read};
use airlock_protocol::{BundleId, Sequence};
use serde_json::{Value, json};

use crate::support::id;

fn installed(number: u8) -> Installed {
    Installed {
        version: format!("{number}.0.0"),
        sequence: Sequence::try_from(u64::from(number)).unwrap(),
        installed_at: 1_000,
        native: None,
    }
}

/// What schema 1 says of a device with these bundles, 1.0.0 confirmed.
fn schema_1(numbers: &[u8]) -> Value {
    let bundles = numbers.iter().map(|number| {
        let installed = json!({"version": format!("{number}.0.0"), "sequence": number, "installedAt": 1_000});
        (id(*number).to_string(), installed)
    });
    json!({
        "schema": 1,
        "deviceId": "device",
        "nativeVersion": "3.1.0",
        "embeddedSequence": 1,
        "trust": "keys",
        "floor": 1,
        "bundles": bundles.collect::<serde_json::Map<_, _>>(),
        "confirmed": id(1),
        "previous": null,
        "trial": null,
        "next": null,
        "failed": [],
        "unreadFailure": null,
        "launch": null,
        "launches": 9,
    })
}

fn with(numbers: &[u8], fields: Value) -> Result<State, Unusable> {
    let mut record = schema_1(numbers);
    let known = record.as_object_mut().unwrap();
    known.extend(fields.as_object().unwrap().clone());
    read(&serde_json::to_vec(&record).unwrap())
}

fn here(state: &State) -> Vec<BundleId> {
    let mut here = [1, 2, 3, 4, 5].map(id).to_vec();
    here.retain(|id| state.bundles.contains_key(id));
    here
}

#[test]
fn every_field_of_schema_1_is_taken_over() {
    let failed =
        json!({"id": id(9), "version": "9.0.0", "sequence": 9, "cause": "crashed", "at": 5, "expires": 6});
    let state = with(
        &[1, 2, 3],
        json!({
            "previous": id(2),
            "trial": {"id": id(3), "attempts": 2},
            "next": id(2),
            "failed": [failed],
            "unreadFailure": failed,
            "launch": {"token": "t", "bundle": id(3), "ready": false, "elapsedMs": 7, "foreground": true},
        }),
    );
    let failed = Failed {
        id: id(9),
        version: "9.0.0".into(),
        sequence: Sequence::try_from(9).unwrap(),
        cause: FailureCause::Crashed,
        reason: None,
        at: 5,
        expires: 6,
    };
    let expected = State {
        native_version: Some("3.1.0".parse().unwrap()),
        embedded_sequence: Some(Sequence::try_from(1).unwrap()),
        trust: Some("keys".into()),
        floor: 1,
        bundles: [1, 2, 3].map(|number| (id(number), installed(number))).into(),
        confirmed: Some(id(1)),
        previous: Some(id(2)),
        trial: Some(Trial {
            id: id(3),
            attempts: 2,
        }),
        next: Some(id(2)),
        failed: vec![failed.clone()],
        unread_failure: Some(failed),
        launch: Some(LaunchRecord {
            token: "t".into(),
            bundle: Some(id(3)),
            ready: false,
            elapsed_ms: 7,
            foreground: true,
        }),
        launches: 9,
        ..State::new("device".into())
    };
    assert_eq!(state, Ok(expected));
}

#[test]
fn b7_of_the_bundles_that_schema_1_allowed_previous_goes_first_and_then_what_has_no_part_to_play() {
    let trial = json!({"id": id(3), "attempts": 1});
    let state = with(
        &[1, 2, 3, 4],
        json!({"previous": id(2), "trial": trial, "next": id(4)}),
    )
    .unwrap();
    assert_eq!((state.previous, state.next), (None, Some(id(4))));
    assert_eq!(here(&state), [1, 3, 4].map(id));

    let state = with(&[1, 2, 3, 4, 5], json!({"trial": trial, "next": id(4)})).unwrap();
    assert_eq!(state.next, Some(id(4)));
    assert_eq!(here(&state), [1, 3, 4].map(id));

    let fields = json!({"previous": id(2), "trial": trial, "next": id(2)});
    let state = with(&[1, 2, 3, 4], fields).unwrap();
    assert_eq!((state.previous, state.next), (None, Some(id(2))));
    assert_eq!(here(&state), [1, 2, 3].map(id), "2.0.0 waits to come back");
}

#[test]
fn a_record_of_a_newer_schema_is_newer_and_one_of_no_schema_is_corrupt() {
    assert!(with(&[1], json!({})).is_ok());
    assert_eq!(
        with(&[1], json!({"schema": State::SCHEMA + 1})),
        Err(Unusable::Newer)
    );
    assert_eq!(with(&[1], json!({"schema": 0})), Err(Unusable::Corrupt));
    assert_eq!(
        with(&[1], json!({"schema": State::SCHEMA})),
        Err(Unusable::Corrupt)
    );
    assert_eq!(with(&[1], json!({"unknown": 1})), Err(Unusable::Corrupt));
    assert_eq!(with(&[], json!({})), Err(Unusable::Corrupt), "1.0.0 is not here");
}

#[test]
fn a_cause_is_the_same_word_in_the_record_and_for_the_app() {
    for (cause, word) in [
        (FailureCause::Crashed, "crashed"),
        (FailureCause::NotReady, "not_ready"),
        (FailureCause::LaunchesExhausted, "launches_exhausted"),
    ] {
        assert_eq!((cause.as_str(), json!(cause)), (word, json!(word)));
    }
}

#[test]
fn a_state_of_schema_2_is_one_of_today_without_a_choice() {
    let mut today = State::new("device".into());
    today.channel = Some("beta".parse().unwrap());
    today.delays = vec![airlock_engine::machine::Delay::Kill];
    let mut record = serde_json::to_value(&today).unwrap();
    let fields = record.as_object_mut().unwrap();
    fields.insert("schema".to_owned(), json!(2));
    fields.remove("chosenChannel").unwrap();
    let bytes = |record: &Value| serde_json::to_vec(record).unwrap();
    assert_eq!(read(&bytes(&record)), Ok(today.clone()));
    record["schema"] = json!(3);
    record["chosenChannel"] = json!("dev");
    let read = read(&bytes(&record)).unwrap();
    assert_eq!(read.chosen_channel, Some("dev".parse().unwrap()));
    record["schema"] = json!(2);
    record["delays"] = json!("nonsense");
    assert_eq!(
        airlock_engine::machine::read(&bytes(&record)),
        Err(Unusable::Corrupt)
    );
}
