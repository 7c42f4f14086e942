//! The configuration's own tests.

use airlock_protocol::Code;

use super::*;

#[test]
fn defaults_are_the_documented_ones() {
    let config = Config::parse(br#"{"appId":"com.example.app"}"#).unwrap();
    assert_eq!(config.channel.to_string(), "stable");
    assert_eq!(config.auto_update, AutoUpdate::AtBackground);
    assert_eq!(config.app_ready_timeout, Duration::from_secs(10));
    assert_eq!(config.response_timeout, Duration::from_secs(20));
    assert_eq!(config.verify_on_launch, VerifyOnLaunch::Full);
    assert_eq!(config.insecure, Insecure::Refused);
}

#[test]
fn a_whole_capacitor_config_is_read_and_airlock_wins_over_the_peer() {
    let json = br#"{"appId":"com.example.app","plugins":{"CapacitorUpdater":{"channel":"peer"},
        "Airlock":{"channel":"beta","responseTimeout":1500,"autoUpdate":"off"}}}"#;
    let config = Config::parse(json).unwrap();
    assert_eq!(config.channel.to_string(), "beta");
    assert_eq!(config.response_timeout, Duration::from_millis(1500));
    assert_eq!(config.auto_update, AutoUpdate::Off);
}

#[test]
fn a_config_written_for_the_peer_speaks_the_peers_protocol() {
    let peer = Config::parse(br#"{"appId":"a.b","plugins":{"CapacitorUpdater":{}}}"#).unwrap();
    assert_eq!(peer.update_protocol, "capgo");
    let own = Config::parse(br#"{"appId":"a.b","plugins":{"Airlock":{},"CapacitorUpdater":{}}}"#).unwrap();
    assert_eq!(own.update_protocol, "airlock");
}

#[test]
fn unsigned_updates_are_warned_of_and_signed_ones_are_not() {
    let unsigned = Config::parse(br#"{"appId":"a.b","allowUnsigned":true}"#).unwrap();
    assert!(
        unsigned
            .warnings()
            .iter()
            .any(|text| text.contains("allowUnsigned"))
    );
    assert!(
        Config::parse(br#"{"appId":"a.b"}"#)
            .unwrap()
            .warnings()
            .is_empty()
    );
}

#[test]
fn a_wrong_value_is_refused_with_its_name() {
    for (json, word) in [
        (&br#"{}"#[..], "appId"),
        (br#"{"appId":"a.b","autoUpdate":"sometimes"}"#, "sometimes"),
        (br#"{"appId":"a.b","verifyOnLaunch":"never"}"#, "never"),
        (br#"{"appId":"a.b","plugins":{}}"#, "plugins.Airlock"),
        (br#"nonsense"#, "json"),
    ] {
        let error = Config::parse(json).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn an_unreadable_key_is_never_no_key() {
    for key in [r#""""#, r#""   ""#, r#"["not a key"]"#, "[]"] {
        let json = format!(r#"{{"appId":"a.b","allowUnsigned":true,"publicKey":{key}}}"#);
        let error = Config::parse(json.as_bytes()).unwrap().trust().unwrap_err();
        assert_eq!(error.code(), Code::PublicKeyInvalid, "{key}");
    }
    let unsigned = Config::parse(br#"{"appId":"a.b","allowUnsigned":true}"#).unwrap();
    assert!(matches!(unsigned.trust(), Ok(Trust::Unsigned)));
    let silent = Config::parse(br#"{"appId":"a.b"}"#).unwrap();
    assert_eq!(silent.trust().unwrap_err().code(), Code::ConfigInvalid);
}

/// The public half of a key that was made for this test.
const RSA: &str = "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEAwfMTR+BdWVqVSPFj0kSRSRljH69oI3+Xl+kT9FnBbOkTSyM88j3Y\n25TaYd04udaCNJNbACqnKt+nb0JhL6woI51QtUVrjigv22h11AB3s63k6ovfr0GT\nFVP1TYmheDWJr62qlHrwd7P0Eat1lCV3b5tO5/QYnh0/rI2YuLvV5mR33/9cJ4vk\njZRtJZCl0myQhhpZxYicqbAChDrLaTteTrxIQQbnyVsU/cpk5ILCnnLuwN9oAHLg\nFhsg0FgTxOfW66WpIxtg2L8gOK+wl1YENuaWg+7dVW2OxnNyZ+06MJgVF/q3aAdI\nToypjsRykx++wvpiYrcVvuvdnkO3CZ/8CQIDAQAB\n-----END RSA PUBLIC KEY-----\n";

fn with_key(protocol: &str, more: &str) -> Config {
    let json = format!(r#"{{"appId":"a.b","updateProtocol":"{protocol}","publicKey":"{RSA}"{more}}}"#);
    Config::parse(json.replace('\n', "\\n").as_bytes()).unwrap()
}

#[test]
fn the_protocol_alone_decides_how_a_key_is_used() {
    assert!(matches!(with_key("capgo", "").trust(), Ok(Trust::Peer(_))));
    for protocol in ["airlock", "checksum-json", "Capgo", "Vicius", ""] {
        assert!(
            matches!(with_key(protocol, "").trust(), Ok(Trust::Keys(_))),
            "{protocol}"
        );
    }
    let pem = with_key("vicius", "").trust().unwrap_err();
    assert_eq!(
        pem.code(),
        Code::PublicKeyInvalid,
        "only a minisign key signs a document"
    );
    let minisign = r#"{"appId":"a.b","updateProtocol":"vicius",
        "publicKey":"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"}"#;
    let minisign = Config::parse(minisign.as_bytes()).unwrap();
    assert!(matches!(minisign.trust(), Ok(Trust::Document(_))));
    let unsigned = with_key("capgo", r#","allowUnsigned":true"#);
    assert!(
        matches!(unsigned.trust(), Ok(Trust::Peer(_))),
        "a key is never left aside"
    );
    let (peer, own) = (with_key("capgo", ""), with_key("airlock", ""));
    assert_ne!(peer.trust_fingerprint(), own.trust_fingerprint());
}

#[test]
fn the_peer_has_one_key() {
    let threshold = with_key("capgo", r#","keyThreshold":2"#).trust().unwrap_err();
    assert_eq!(threshold.code(), Code::PublicKeyInvalid);
    let two = format!(r#"{{"appId":"a.b","updateProtocol":"capgo","publicKey":["{RSA}","{RSA}"]}}"#);
    let two = Config::parse(two.replace('\n', "\\n").as_bytes()).unwrap();
    assert_eq!(two.trust().unwrap_err().code(), Code::PublicKeyInvalid);
}

#[test]
fn a_period_is_none_or_at_least_ten_minutes() {
    let period = |json: &str| {
        let config = format!(r#"{{"appId":"com.example.app"{json}}}"#);
        Config::parse(config.as_bytes()).map(|config| config.period_check_delay)
    };
    for (json, seconds) in [
        ("", None),
        (r#","periodCheckDelay":0"#, None),
        (r#","periodCheckDelay":1"#, Some(600)),
        (r#","periodCheckDelay":3600"#, Some(3600)),
    ] {
        assert_eq!(period(json).unwrap(), seconds.map(Duration::from_secs), "{json}");
    }
    assert!(period(r#","periodCheckDelay":-1"#).is_err());
}
