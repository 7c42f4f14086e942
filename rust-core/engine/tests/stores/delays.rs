//! Delay conditions as apps write them: parsed, kept over a restart, and read back.

use airlock_engine::{DelayCondition, Engine};

use crate::support::Store;

const CONFIG: &str = r#"{"appId":"com.example.one"}"#;

fn conditions(json: &str) -> Vec<DelayCondition> {
    serde_json::from_str(json).unwrap()
}

fn kept(engine: &Engine) -> String {
    serde_json::to_string(&engine.delay_conditions().unwrap()).unwrap()
}

#[test]
fn conditions_are_kept_and_read_back_in_one_spelling() {
    let store = Store::new();
    let written = r#"[{"kind":"background","value":"60000"},{"kind":"kill"},{"kind":"kill","value":""},
        {"kind":"background"},{"kind":"background","value":5},{"kind":"date","value":"2030-01-31T02:00:00+02:00"},
        {"kind":"nativeVersion","value":"2.1.0"}]"#;
    store.engine(CONFIG).delay_until(&conditions(written)).unwrap();
    assert_eq!(
        kept(&store.engine(CONFIG)),
        concat!(
            r#"[{"kind":"background","value":"60000"},{"kind":"kill"},{"kind":"kill"},{"kind":"background","value":"0"},"#,
            r#"{"kind":"background","value":"5"},{"kind":"date","value":"2030-01-31T00:00:00Z"},"#,
            r#"{"kind":"nativeVersion","value":"2.1.0"}]"#
        )
    );
    store.engine(CONFIG).delay_until(&[]).unwrap();
    assert_eq!(kept(&store.engine(CONFIG)), "[]");
}

#[test]
fn a_condition_that_makes_no_sense_is_refused_and_the_old_ones_stay() {
    let store = Store::new();
    let engine = store.engine(CONFIG);
    engine.delay_until(&conditions(r#"[{"kind":"kill"}]"#)).unwrap();
    for (bad, words) in [
        (
            r#"{"kind":"moon"}"#,
            "use background, kill, date or nativeVersion",
        ),
        (r#"{"kind":"background","value":"soon"}"#, "write milliseconds"),
        (r#"{"kind":"background","value":"-1"}"#, "write milliseconds"),
        (r#"{"kind":"date","value":"tomorrow"}"#, "2030-01-31T00:00:00Z"),
        (r#"{"kind":"date"}"#, "write a date"),
        (r#"{"kind":"nativeVersion","value":"new"}"#, "write a version"),
    ] {
        let list = format!(r#"[{{"kind":"background"}},{bad}]"#);
        let error = engine.delay_until(&conditions(&list)).unwrap_err();
        assert_eq!(error.code().as_str(), "usage", "{bad}");
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(kept(&engine), r#"[{"kind":"kill"}]"#);
    }
    let many = vec![conditions(r#"[{"kind":"kill"}]"#).remove(0); 9];
    assert_eq!(engine.delay_until(&many).unwrap_err().code().as_str(), "usage");
}
