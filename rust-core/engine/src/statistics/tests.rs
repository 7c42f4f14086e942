//! Noting and keeping, without a network.

use std::fs;

use airlock_protocol::{Code, Platform, UnixMillis};

use super::*;
use crate::error::Error;
use crate::events::Event;
use crate::failures::Phase;
use crate::ports::{FixedClock, Get, Got, SeededRandom, Sink, Transport};
use crate::records::Offer;
use crate::{Config, Host, NoEvents};

struct NoNetwork;

impl Transport for NoNetwork {
    fn get(&self, _: &Get<'_>, _: &mut dyn Sink) -> Result<Got, Error> {
        Ok(Got::Missing)
    }
}

struct App {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl App {
    fn with(stats_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = Host {
            root: folder.path().join("store"),
            embedded: folder.path().to_owned().into(),
            platform: Platform::Android,
            native_version: Some("1.2.0".parse().unwrap()),
            clock: Box::new(FixedClock(UnixMillis::new(1_795_587_000_000))),
            random: Box::new(SeededRandom(1)),
            transport: Box::new(NoNetwork),
            events: Box::new(NoEvents),
        };
        let config = format!(r#"{{"appId":"com.example.app","version":"1.0.0","statsUrl":{stats_url}}}"#);
        let engine = Engine::new(Config::parse(config.as_bytes()).unwrap(), host);
        engine.launch();
        Self { engine, folder }
    }

    fn file(&self) -> Option<Vec<u8>> {
        fs::read(self.folder.path().join("store/statistics.json")).ok()
    }

    /// Action and version of what is kept, oldest first.
    fn kept(&self) -> Vec<String> {
        self.engine.keep_statistics();
        let entries: Vec<Value> = serde_json::from_slice(&self.file().unwrap_or(b"[]".to_vec())).unwrap();
        let fields = entries.iter().map(|entry| entry.as_object().unwrap());
        fields
            .map(|fields| format!("{} {}", field(fields, "action"), field(fields, "version_name")))
            .collect()
    }

    fn progress(&self, percent: u8) {
        let bundle = Offer {
            id: String::new(),
            version: "2.0.0".to_owned(),
            sequence: 2,
            download_bytes: 1,
            mandatory: false,
            notes: None,
        };
        let bytes = 1;
        self.engine.emit(&Event::Download {
            bundle,
            percent,
            bytes,
        });
    }
}

const ON: &str = r#""https://stats.example.com""#;

#[test]
fn a_launch_writes_nothing_for_it_and_the_next_call_keeps_it() {
    let app = App::with(ON);
    assert_eq!(app.file(), None);
    app.engine.foreground().unwrap();
    assert_eq!(app.file(), None, "until the host says so");
    assert_eq!(
        app.kept(),
        ["app_launch_start 1.0.0", "app_moved_to_foreground 1.0.0"]
    );
    let before = app.file();
    app.engine.keep_statistics();
    assert_eq!(app.file(), before);
}

#[test]
fn without_an_address_nothing_is_noted_and_nothing_written() {
    for off in ["null", r#""""#] {
        let app = App::with(off);
        app.progress(50);
        app.engine.foreground().unwrap();
        app.engine.background().unwrap();
        assert!(app.kept().is_empty());
        assert_eq!(app.file(), None);
        assert!(locked(&app.engine.statistics.noted).is_empty());
        assert!(app.engine.flush_statistics().is_ok());
    }
}

#[test]
fn no_more_wait_than_200_and_the_oldest_go_first() {
    let app = App::with(ON);
    for _ in 0..150 {
        app.engine.foreground().unwrap();
    }
    assert_eq!(app.kept().len(), 151);
    for _ in 0..3 {
        app.engine.background().unwrap();
    }
    for _ in 0..250 {
        app.engine.foreground().unwrap();
    }
    assert_eq!(locked(&app.engine.statistics.noted).len(), ENTRIES_MAX);
    let kept = app.kept();
    assert_eq!(kept.len(), ENTRIES_MAX);
    assert!(kept.iter().all(|entry| entry == "app_moved_to_foreground 1.0.0"));
    app.engine.background().unwrap();
    let kept = app.kept();
    assert_eq!(
        (kept.len(), kept[199].as_str()),
        (200, "app_moved_to_background 1.0.0")
    );
}

#[test]
fn each_ten_is_told_once_and_the_next_download_begins_anew() {
    let app = App::with(ON);
    app.kept();
    for percent in [0, 5, 10, 11, 19, 37, 38, 90, 99, 100, 0, 20] {
        app.progress(percent);
    }
    let tens = ["download_10", "download_30", "download_90", "download_20"];
    assert_eq!(app.kept()[1..], tens.map(|action| format!("{action} 2.0.0")));
}

#[test]
fn a_failure_has_the_peers_words_and_our_code() {
    let app = App::with(ON);
    app.kept();
    for (code, word) in [
        (Code::ChecksumMismatch, Some("checksum_fail")),
        (Code::SignatureInvalid, Some("decrypt_fail")),
        (Code::NoSpace, Some("insufficient_disk_space")),
        (Code::ArchiveUnsafe, Some("unzip_fail")),
        (Code::DownloadFailed, None),
    ] {
        let before = app.kept().len();
        app.engine.emit(&Event::DownloadFailed {
            version: "2.0.0".to_owned(),
            code,
            reason: String::new(),
            attempt: 1,
            phase: Phase::Verify,
        });
        let words: Vec<String> = word
            .into_iter()
            .chain(["download_fail"])
            .map(|action| format!("{action} 2.0.0"))
            .collect();
        assert_eq!(app.kept()[before..], words);
        let entries: Value = serde_json::from_slice(&app.file().unwrap()).unwrap();
        let last = entries.as_array().unwrap().last().unwrap();
        assert_eq!(last["metadata"], json!({ "code": code.as_str() }));
    }
}

#[test]
fn a_file_that_is_none_is_begun_anew_and_another_apps_store_is_left_alone() {
    let app = App::with(ON);
    let path = app.folder.path().join("store/statistics.json");
    for nonsense in ["", "{", "{}", "[1,2", "[1,\"two\"]"] {
        fs::write(&path, nonsense).unwrap();
        app.engine.foreground().unwrap();
        assert_eq!(app.kept().last().unwrap(), "app_moved_to_foreground 1.0.0");
    }
    let other = App {
        engine: Engine::new(
            Config::parse(br#"{"appId":"com.example.other","statsUrl":"https://stats.example.com"}"#)
                .unwrap(),
            Host {
                root: app.folder.path().join("store"),
                embedded: app.folder.path().to_owned().into(),
                platform: Platform::Android,
                native_version: None,
                clock: Box::new(FixedClock(UnixMillis::new(1))),
                random: Box::new(SeededRandom(2)),
                transport: Box::new(NoNetwork),
                events: Box::new(NoEvents),
            },
        ),
        folder: tempfile::tempdir().unwrap(),
    };
    let before = app.file();
    other.engine.launch();
    other.engine.keep_statistics();
    assert_eq!(app.file(), before);
}
