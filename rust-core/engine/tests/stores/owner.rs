//! Two apps on one directory, and one app that changes its channel.

use std::fs;

use airlock_engine::{Config, Engine, Error, ResetTo};

use crate::support::Store;

type Call = fn(&Engine) -> Result<(), Error>;

const ONE: &str = r#"{"appId":"com.example.one","updateUrl":"https://example.com",
    "allowUnsigned":true}"#;
const TWO: &str = r#"{"appId":"com.example.two","updateUrl":"https://example.com",
    "allowUnsigned":true}"#;

#[test]
fn another_app_is_refused_by_every_call_and_changes_nothing() {
    let store = Store::new();
    store.engine(ONE).launch();
    fs::create_dir(store.root().join("staging")).unwrap();
    fs::write(store.root().join("staging/half"), "of the other app").unwrap();
    let before = store.files();
    let calls: [(&str, Call); 12] = [
        ("check", |engine| engine.check().map(drop)),
        ("sync", |engine| engine.sync().map(drop)),
        ("download", |engine| {
            engine.download(&Default::default()).map(drop)
        }),
        ("ready", |engine| engine.ready("token").map(drop)),
        ("crash", |engine| engine.crash("token", None).map(drop)),
        ("background", |engine| engine.background().map(drop)),
        ("reload", |engine| engine.reload().map(drop)),
        ("reset", |engine| engine.reset(ResetTo::Embedded).map(drop)),
        ("status", |engine| engine.status().map(drop)),
        ("verify", |engine| engine.verify(None).map(drop)),
        ("delay", |engine| engine.delay_until(&[]).map(drop)),
        ("take_failed_update", |engine| {
            engine.take_failed_update().map(drop)
        }),
    ];
    for (name, call) in calls {
        let error = call(&store.engine(TWO)).unwrap_err();
        assert_eq!(error.code().as_str(), "incompatible_app", "{name}: {error}");
        assert!(error.to_string().contains("another app"), "{error}");
        assert_eq!(store.files(), before, "{name}");
    }
    assert_eq!(
        store.engine(TWO).gc().unwrap_err().code().as_str(),
        "incompatible_app"
    );
    assert_eq!(
        store.engine(ONE).status().unwrap().floor,
        0,
        "its own app is served"
    );
}

#[test]
fn another_app_still_starts() {
    let store = Store::new();
    store.engine(ONE).launch();
    let before = store.files();
    let engine = store.engine(TWO);
    let launch = engine.launch();
    assert_eq!(launch.bundle.id, "embedded");
    assert!(
        launch.root.join("index.html").is_file() && !launch.token.is_empty(),
        "{launch:?}"
    );
    assert_eq!(store.files(), before);
}

#[test]
fn a_configuration_that_cannot_say_its_app_neither_claims_nor_is_refused() {
    let store = Store::new();
    let unknown = || store.engine_of(Config::offline().unwrap());
    unknown().launch();
    store.engine(ONE).launch();
    let own = store.engine(ONE).launch();
    assert!(store.engine(ONE).ready(&own.token).unwrap().accepted);
    let launch = unknown().launch();
    assert!(
        unknown().ready(&launch.token).unwrap().accepted,
        "it was written down"
    );
    assert!(store.engine(ONE).status().is_ok());
}

#[test]
fn another_channel_of_the_same_app_is_its_own_business() {
    let store = Store::new();
    store.engine(ONE).launch();
    let beta = r#"{"appId":"com.example.one","channel":"beta"}"#;
    let launch = store.engine(beta).launch();
    assert!(store.engine(beta).ready(&launch.token).unwrap().accepted);
    assert!(store.engine(ONE).status().is_ok());
}

#[test]
fn where_nobody_can_be_asked_no_channel_is_chosen_and_the_configured_one_counts() {
    let store = Store::new();
    let engine = store.engine(ONE);
    engine.launch();
    let followed = engine.channel().unwrap();
    assert_eq!((followed.channel.as_str(), followed.allow_set), ("stable", true));
    let error = engine.set_channel("beta").unwrap_err();
    assert_eq!(error.code().as_str(), "download_failed");
    assert_eq!(engine.set_channel("Beta!").unwrap_err().code().as_str(), "usage");
    assert_eq!(engine.channel().unwrap(), followed, "a refusal changes nothing");
    let unset = engine.unset_channel().unwrap();
    assert_eq!(unset, followed);
    for protocol in ["vicius", "checksum-json", "Airlock"] {
        let config = format!(r#"{{"appId":"com.example.one","updateProtocol":"{protocol}"}}"#);
        let engine = store.engine(&config);
        for outcome in [
            engine.channel().map(drop),
            engine.channels().map(drop),
            engine.set_channel("beta").map(drop),
            engine.unset_channel().map(drop),
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(error.code().as_str(), "config_invalid");
            assert!(error.to_string().contains("has no channels"), "{error}");
        }
    }
    let closed = store.engine(r#"{"appId":"com.example.one","allowSetDefaultChannel":false}"#);
    assert_eq!(
        closed.set_channel("stable").unwrap_err().code().as_str(),
        "channel_refused"
    );
    assert!(!closed.channel().unwrap().allow_set);
}
