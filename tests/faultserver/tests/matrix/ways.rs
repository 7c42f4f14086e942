//! What good servers and patience are worth: resuming, mirrors, waiting, cancelling.

use std::sync::{Arc, LazyLock, OnceLock, Weak};

use airlock_engine::{Engine, Error, Event, EventSink, Sync};
use airlock_faultserver::{Fault, FaultServer, Plan, Request};

use crate::device::{Device, Ledger, PATIENT};
use crate::shop::Shop;

static SHOP: LazyLock<Shop> = LazyLock::new(Shop::open);

/// A device that runs 2.0.0, and a server that shows 3.0.0.
fn scene() -> (Device<'static>, FaultServer) {
    let device = Device::new(&SHOP);
    let server = FaultServer::start(Arc::clone(&SHOP.second));
    device.confirm_second(server.url());
    server.site(Arc::clone(&SHOP.third));
    server.requests();
    (device, server)
}

fn plan(part: &'static str, fault: &str) -> Option<Plan> {
    Some(Plan {
        part,
        fault: Fault::named(fault),
    })
}

fn archives(requests: &[Request]) -> Vec<&Request> {
    let is_archive = |request: &&Request| request.path.ends_with(".bundle.zip");
    requests.iter().filter(is_archive).collect()
}

fn archive_bytes(ledger: &Ledger) -> u64 {
    let handed = ledger.lock().unwrap();
    let archives = handed.iter().filter(|one| one.url.ends_with(".bundle.zip"));
    archives.map(|one| one.bytes).sum()
}

fn staged(engine: &Engine) -> u64 {
    match engine.sync().unwrap() {
        Sync::Staged {
            bundle,
            bytes_downloaded,
            ..
        } if bundle.version == "3.0.0" => bytes_downloaded,
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_process_fetches_only_the_rest() {
    let (device, server) = scene();
    server.plan(plan(".bundle.zip", "cut-midway"));
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    assert!(matches!(engine.sync(), Err(Error::Download { .. })));
    server.plan(None);
    server.requests();
    let (engine, ledger) = device.boot(&[server.url()], PATIENT);
    staged(&engine);
    let half = SHOP.archive_bytes / 2;
    assert_eq!(archive_bytes(&ledger), SHOP.archive_bytes - half);
    let requests = server.requests();
    let asked = archives(&requests);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].range(), Some(half as usize));
    assert!(
        asked[0]
            .header("if-range")
            .is_some_and(|tag| tag.starts_with('"'))
    );
    assert_eq!(asked[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn without_a_strong_etag_nothing_is_kept_and_no_range_is_asked_for() {
    let (device, server) = scene();
    server.plan(plan(".bundle.zip", "no-length-and-cut"));
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    engine.sync().unwrap_err();
    assert_ne!(device.downloads(), [], "it has a strong etag");
    server.plan(plan(".bundle.zip", "length-above-the-body"));
    engine.sync().unwrap_err();
    server.plan(plan(".bundle.zip", "chunks-of-a-broken-size"));
    engine.sync().unwrap_err();
    assert_eq!(device.downloads(), [], "it has none");
    server.requests();
    server.plan(None);
    staged(&engine);
    assert!(
        archives(&server.requests())
            .iter()
            .all(|request| request.range().is_none())
    );
}

#[test]
fn a_part_of_another_release_is_not_kept() {
    let (device, server) = scene();
    server.plan(plan(".bundle.zip", "cut-midway"));
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    engine.sync().unwrap_err();
    let downloads = device.root().join("downloads");
    let other = "a".repeat(64);
    std::fs::write(downloads.join(format!("{other}.part")), b"stale").unwrap();
    std::fs::write(downloads.join(format!("{other}.resume")), b"{}").unwrap();
    engine.sync().unwrap_err();
    let names = device.downloads();
    assert!(
        names.iter().all(|(name, _)| !name.starts_with(&other)),
        "{names:?}"
    );
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_damaged_part_is_found_and_fetched_once_from_zero() {
    let (device, server) = scene();
    server.plan(plan(".bundle.zip", "cut-midway"));
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    engine.sync().unwrap_err();
    let name = device
        .downloads()
        .into_iter()
        .find(|(name, _)| name.ends_with(".part"));
    let path = device.root().join("downloads").join(name.unwrap().0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    server.plan(None);
    server.requests();
    staged(&engine);
    let requests = server.requests();
    let asked: Vec<_> = archives(&requests)
        .iter()
        .map(|request| request.range())
        .collect();
    assert_eq!(asked, [Some(SHOP.archive_bytes as usize / 2), None]);
}

#[test]
fn mirrors_are_asked_in_order_and_the_one_that_answers_is_asked_first_from_then_on() {
    let (device, first) = scene();
    let second = FaultServer::start(Arc::clone(&SHOP.third));
    let third = FaultServer::start(Arc::clone(&SHOP.third));
    first.plan(plan("/", "500-always"));
    let urls = [first.url(), second.url(), third.url()];
    let (engine, _) = device.boot(&urls, PATIENT);
    let before = device.millis();
    staged(&engine);
    assert_eq!(device.millis(), before, "nothing was waited for");
    assert_eq!(
        first.requests().len(),
        1,
        "a server that fails is not asked again in the same run"
    );
    assert!(second.requests().len() >= 5);
    assert_eq!(third.requests().len(), 0);
}

#[test]
fn a_wrong_archive_on_one_mirror_is_fetched_from_the_next() {
    let (device, first) = scene();
    let second = FaultServer::start(Arc::clone(&SHOP.third));
    first.plan(plan(".bundle.zip", "one-bit-flipped"));
    let (engine, _) = device.boot(&[first.url(), second.url()], PATIENT);
    staged(&engine);
    assert_eq!(archives(&first.requests()).len(), 1);
    assert_eq!(archives(&second.requests()).len(), 1);
}

#[test]
fn waits_grow_and_a_server_that_asks_for_more_gets_it() {
    let waited = |fault: &str| {
        let (device, server) = scene();
        server.plan(plan("timestamp.json", fault));
        let (engine, _) = device.boot(&[server.url()], PATIENT);
        let before = device.millis();
        let outcome = engine.sync().map(drop).map_err(|error| error.code().as_str());
        (outcome, device.millis() - before, server.requests().len())
    };
    let (outcome, ms, requests) = waited("503-always");
    assert_eq!((outcome, requests), (Err("response_unusable"), 4));
    assert!((1_750..=3_500).contains(&ms), "{ms}");
    let (outcome, ms, _) = waited("503-once-for-two-seconds");
    assert_eq!((outcome, ms), (Ok(()), 2_000));
    let (outcome, ms, requests) = waited("503-for-an-hour");
    assert_eq!((outcome, ms, requests), (Err("response_unusable"), 0, 1));
}

#[test]
fn silence_after_429_outlives_the_process_and_ends_by_itself() {
    let (device, server) = scene();
    server.plan(plan("timestamp.json", "429-for-two-minutes"));
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    let error = engine.sync().unwrap_err();
    assert!(
        error.to_string().contains("nothing is asked before 20"),
        "{error}"
    );
    server.plan(None);
    server.requests();
    let (engine, _) = device.boot(&[server.url()], PATIENT);
    engine.gc().unwrap();
    device.pass(std::time::Duration::from_secs(119));
    assert!(matches!(engine.check(), Err(Error::Quiet { .. })));
    assert_eq!(server.requests().len(), 0);
    device.pass(std::time::Duration::from_secs(1));
    staged(&engine);
}

/// Cancels the engine that it hears from, a third into its first download.
#[derive(Clone, Default)]
struct Canceller(Arc<OnceLock<Weak<Engine>>>);

impl EventSink for Canceller {
    fn event(&self, event: &Event) {
        if matches!(event, Event::Download { percent: 30.., .. }) {
            self.0.get().and_then(Weak::upgrade).unwrap().cancel();
        }
    }
}

#[test]
fn a_cancelled_download_is_gone_on_with() {
    let (device, server) = scene();
    let canceller = Canceller::default();
    let (engine, ledger) = device.boot_heard_by(&[server.url()], PATIENT, Box::new(canceller.clone()));
    let engine = Arc::new(engine);
    canceller.0.set(Arc::downgrade(&engine)).unwrap();
    let error = engine.sync().unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert_eq!(error.code().as_str(), "download_failed");
    let first = archive_bytes(&ledger);
    assert!(first < SHOP.archive_bytes, "{first}");
    drop(engine);
    let (engine, ledger) = device.boot(&[server.url()], PATIENT);
    staged(&engine);
    assert!(archive_bytes(&ledger) < SHOP.archive_bytes);
}

#[test]
fn a_portal_is_called_one_and_not_corruption() {
    for (part, fault) in [
        ("timestamp.json", "captive-portal"),
        (".bundle.zip", "captive-portal"),
        (".bundle.zip", "captive-portal-that-says-json"),
        (".checksum.json", "captive-portal"),
        ("timestamp.json", "captive-portal-redirect"),
        (".bundle.zip", "511-sign-in-to-the-network"),
    ] {
        let (device, server) = scene();
        server.plan(plan(part, fault));
        let (engine, _) = device.boot(&[server.url()], PATIENT);
        let error = engine.sync().unwrap_err();
        assert_eq!(error.code().as_str(), "response_unusable", "{fault}: {error}");
        assert!(error.to_string().contains("not our server"), "{fault}: {error}");
    }
}
