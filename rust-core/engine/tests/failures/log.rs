use std::fs;

use airlock_engine::{Config, DownloadRequest, Event, Phase, RecordedFailure};
use airlock_protocol::Code;

use super::support::{Author, Bundle, Device, Extras, Server};

struct Phone {
    author: Author,
    server: Server,
    device: Device,
}

fn bundle(sequence: u64) -> Bundle {
    Bundle::new(sequence, &[("index.html", format!("page {sequence}").as_bytes())])
}

/// A phone that runs 1.0.0, and its author.
fn phone() -> Phone {
    let server = Server::new();
    Phone {
        author: Author::new(&server),
        device: Device::new(&bundle(1), &server),
        server,
    }
}

impl Phone {
    fn publish(&mut self, sequence: u64) -> Bundle {
        let bundle = bundle(sequence);
        self.author.publish(&bundle, &Extras::default());
        bundle
    }

    fn kinds(&self) -> Vec<(String, Code, Phase, u32, u32)> {
        let kinds = self.device.engine().failures().into_iter();
        kinds
            .map(|kind| (kind.version, kind.code, kind.phase, kind.count, kind.attempt))
            .collect()
    }

    /// Version, code, attempt and phase of each failure that the app heard of.
    fn heard(&self) -> Vec<(String, Code, u32, Phase)> {
        let events = self.device.events().into_iter();
        events
            .filter_map(|event| match event {
                Event::DownloadFailed {
                    version,
                    code,
                    attempt,
                    phase,
                    ..
                } => Some((version, code, attempt, phase)),
                Event::UpdateFailed {
                    bundle,
                    attempt,
                    phase,
                    ..
                } => Some((bundle.version, Code::BundleFailed, attempt, phase)),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn a_failure_is_placed_where_it_arose_and_counted_until_something_goes_well() {
    let mut phone = phone();
    assert!(phone.device.engine().failures().is_empty());
    let timestamp = "metadata/timestamp.json";
    phone.publish(2);
    phone.server.break_off(timestamp, 0);
    for attempt in 1..3 {
        assert!(phone.device.engine().sync().is_err());
        let check = (
            String::new(),
            Code::DownloadFailed,
            Phase::Check,
            attempt,
            attempt,
        );
        assert_eq!(phone.kinds(), [check]);
    }
    phone.server.mend();
    let archive = phone.server.path("bundle.zip");
    phone.server.break_off(&archive, 0);
    assert!(phone.device.engine().sync().is_err());
    phone.server.mend();
    phone.server.change(&archive, |bytes| bytes[20] ^= 1);
    assert!(phone.device.engine().sync().is_err());
    let verify = ("2.0.0".to_owned(), Code::ChecksumMismatch, Phase::Verify);
    let download = ("2.0.0".to_owned(), Code::DownloadFailed, Phase::Download);
    let check = (String::new(), Code::DownloadFailed, Phase::Check);
    let counted = |(version, code, phase): &(String, Code, Phase), count, attempt| {
        (version.clone(), *code, *phase, count, attempt)
    };
    assert_eq!(
        phone.kinds(),
        [
            counted(&verify, 1, 1),
            counted(&download, 1, 1),
            counted(&check, 2, 2)
        ]
    );
    phone.server.change(&archive, |bytes| bytes[20] ^= 1);
    phone.device.engine().sync().unwrap();
    phone.server.break_off(timestamp, 0);
    assert!(phone.device.engine().sync().is_err());
    let kinds = phone.kinds();
    assert_eq!(kinds[0], counted(&check, 3, 1), "counted anew, and the latest");
    assert_eq!(kinds[1], counted(&verify, 1, 0), "well since");
    let heard: Vec<_> = phone
        .heard()
        .into_iter()
        .map(|(_, _, attempt, phase)| (phase, attempt))
        .collect();
    let expected = [
        (Phase::Check, 1),
        (Phase::Check, 2),
        (Phase::Download, 1),
        (Phase::Verify, 1),
        (Phase::Check, 1),
    ];
    assert_eq!(heard, expected);
}

#[test]
fn a_rollback_is_kept_with_the_launches_that_it_took() {
    let mut phone = phone();
    phone.publish(2);
    let engine = phone.device.engine();
    engine.sync().unwrap();
    for attempt in 1..4 {
        assert_eq!(engine.launch().attempt, attempt);
    }
    assert_eq!(engine.launch().bundle.version, "1.0.0");
    phone.publish(3);
    engine.sync().unwrap();
    let trial = engine.launch();
    let said = "cannot load https://me:pass@api.example/login?token=t0p\nat line 1";
    engine.crash(&trial.token, Some(said)).unwrap();
    let failed = |version: &str, launches| (version.to_owned(), Code::BundleFailed, launches, Phase::Trial);
    assert_eq!(phone.heard(), [failed("2.0.0", 3), failed("3.0.0", 1)]);
    let kinds = engine.failures();
    let reasons: Vec<_> = kinds.iter().map(|kind| kind.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "it crashed: cannot load https://api.example/login at line 1",
            "it was launched three times and never became ready"
        ]
    );
    engine.sync().unwrap();
    assert_eq!(
        engine.failures()[0].attempt,
        1,
        "a sync that went well says nothing of a trial"
    );
}

#[test]
fn the_kinds_are_bounded_and_the_oldest_is_forgotten_first() {
    let mut phone = phone();
    phone.publish(2);
    let engine = phone.device.engine();
    let ask = |version: u32| {
        let request = DownloadRequest {
            url: "https://updates.example/app/none.zip".to_owned(),
            version: format!("{version}.{}", "0".repeat(200)),
            ..DownloadRequest::default()
        };
        assert_eq!(
            engine.download(&request).unwrap_err().code(),
            Code::SignatureMissing
        );
    };
    (100..160).for_each(ask);
    ask(110);
    let kinds = engine.failures();
    assert_eq!(kinds.len(), 50);
    let starts = |kind: &RecordedFailure, version: &str| kind.version.starts_with(version);
    assert!(starts(&kinds[0], "110.") && kinds[0].count == 2, "{:?}", kinds[0]);
    assert!(starts(&kinds[49], "111."), "{:?}", kinds[49]);
    assert_eq!(kinds[0].version.len(), 64);
}

#[test]
fn what_the_app_did_itself_is_told_and_not_kept() {
    let mut phone = phone();
    phone.publish(2);
    let request = DownloadRequest {
        url: "https://updates.example/app/none.zip".to_owned(),
        version: "2.0.0".to_owned(),
        checksum: Some("no checksum".to_owned()),
        ..DownloadRequest::default()
    };
    let engine = phone.device.engine();
    for _ in 0..2 {
        assert_eq!(engine.download(&request).unwrap_err().code(), Code::Usage);
    }
    assert!(engine.failures().is_empty());
    let told = ("2.0.0".to_owned(), Code::Usage, 1, Phase::Check);
    assert_eq!(phone.heard(), [told.clone(), told]);
}

#[test]
fn a_file_that_cannot_be_used_is_none_and_stops_nothing() {
    let mut phone = phone();
    phone.publish(2);
    let file = phone.device.store().join("failures.json");
    let engine = phone.device.engine();
    phone.server.break_off("metadata/timestamp.json", 0);
    for bytes in [&b"nonsense"[..], b"{}", b"[7,null]", &[b' '; 200_000]] {
        fs::create_dir_all(phone.device.store()).unwrap();
        fs::write(&file, bytes).unwrap();
        assert!(engine.failures().is_empty());
        assert!(engine.sync().is_err());
        assert_eq!(engine.failures().len(), 1, "written anew");
    }
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(engine.sync().unwrap_err().code(), Code::DownloadFailed);
    assert!(engine.failures().is_empty());
    phone.server.mend();
    engine.sync().unwrap();
    let trial = engine.launch();
    assert!(engine.crash(&trial.token, None).unwrap().rolled_back);
    assert_eq!(engine.launch().bundle.version, "1.0.0");
    assert_eq!(engine.status().unwrap().failed.len(), 1);
    let temporary = phone.device.store().join("failures.tmp");
    fs::write(&temporary, "a write that was cut").unwrap();
    engine.sync().unwrap();
    assert!(!temporary.exists(), "nothing temporary outlives a sync");
}

#[test]
fn another_apps_failures_are_not_shown_and_not_touched() {
    let mut phone = phone();
    phone.publish(2);
    phone.device.engine().launch();
    phone.server.break_off("metadata/timestamp.json", 0);
    assert!(phone.device.engine().sync().is_err());
    let file = phone.device.store().join("failures.json");
    let before = fs::read(&file).unwrap();
    let config = Author::config().replace("com.example.app", "com.example.other");
    let other = phone.device.engine_of(Config::parse(config.as_bytes()).unwrap());
    assert!(other.failures().is_empty());
    assert_eq!(other.sync().unwrap_err().code(), Code::IncompatibleApp);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(phone.device.engine().failures().len(), 1);
}
