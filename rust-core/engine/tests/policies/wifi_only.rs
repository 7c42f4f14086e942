use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use airlock_engine::ports::Conditions;
use airlock_engine::{Config, Engine, Event, Postponement, Sync};

use super::support::{Author, Bundle, Device, Extras, Server};

/// What the platform says.
#[derive(Clone, Default)]
struct Told {
    is_metered: Arc<AtomicBool>,
    is_low: Arc<AtomicBool>,
}

impl Conditions for Told {
    fn is_metered(&self) -> bool {
        self.is_metered.load(Ordering::SeqCst)
    }

    fn is_low_on_power(&self) -> bool {
        self.is_low.load(Ordering::SeqCst)
    }
}

struct Phone {
    author: Author,
    server: Server,
    device: Device,
    told: Told,
}

fn bundle(sequence: u64) -> Bundle {
    Bundle::new(sequence, &[("index.html", format!("page {sequence}").as_bytes())])
}

fn phone() -> Phone {
    let server = Server::new();
    Phone {
        author: Author::new(&server),
        device: Device::new(&bundle(1), &server),
        server,
        told: Told::default(),
    }
}

impl Phone {
    fn engine(&self, more: &str) -> Engine {
        let config = Author::config().replacen('{', &format!("{{{more}"), 1);
        let engine = self.device.engine_of(Config::parse(config.as_bytes()).unwrap());
        engine.with_conditions(Box::new(self.told.clone()))
    }

    /// Why a sync postpones the release of that version.
    fn postponed(&self, engine: &Engine, version: &str) -> Postponement {
        match engine.sync().unwrap() {
            Sync::Postponed {
                bundle,
                bytes_downloaded,
                reason,
                ..
            } => {
                assert_eq!(bundle.version, version);
                assert!(bytes_downloaded > 0, "it was asked for");
                assert!(self.server.requests().is_empty(), "and none of it was fetched");
                reason
            }
            other => panic!("{other:?}"),
        }
    }
}

const WIFI_ONLY: &str = r#""wifiOnly":true,"#;

#[test]
fn a_bundle_waits_for_a_connection_and_a_battery_that_can_bear_it() {
    let mut phone = phone();
    phone.author.publish(&bundle(2), &Extras::default());
    let engine = phone.engine(WIFI_ONLY);
    phone.told.is_metered.store(true, Ordering::SeqCst);
    phone.told.is_low.store(true, Ordering::SeqCst);
    assert_eq!(phone.postponed(&engine, "2.0.0"), Postponement::Metered);
    phone.told.is_metered.store(false, Ordering::SeqCst);
    assert_eq!(phone.postponed(&engine, "2.0.0"), Postponement::LowBattery);
    assert!(phone.device.events().is_empty(), "no failure, nothing arrived");
    assert!(engine.failures().is_empty());
    phone.told.is_low.store(false, Ordering::SeqCst);
    assert!(matches!(engine.sync().unwrap(), Sync::Staged { .. }));
    phone.told.is_metered.store(true, Ordering::SeqCst);
    assert!(
        matches!(engine.sync().unwrap(), Sync::Staged { bytes_downloaded, .. } if bytes_downloaded < 2_000),
        "what is on the device costs nothing"
    );
}

#[test]
fn without_the_key_and_without_the_platform_nothing_waits() {
    for (more, is_told) in [("", true), (r#""wifiOnly":false,"#, true), (WIFI_ONLY, false)] {
        let mut phone = phone();
        phone.author.publish(&bundle(2), &Extras::default());
        phone.told.is_metered.store(is_told, Ordering::SeqCst);
        let engine = phone.engine(more);
        assert!(matches!(engine.sync().unwrap(), Sync::Staged { .. }), "{more}");
    }
}

#[test]
fn a_mandatory_release_does_not_wait() {
    let mut phone = phone();
    phone.author.publish_mandatory(&bundle(2));
    phone.told.is_metered.store(true, Ordering::SeqCst);
    let engine = phone.engine(WIFI_ONLY);
    assert!(matches!(engine.sync().unwrap(), Sync::Staged { .. }));
    let heard = phone.device.events().into_iter();
    let heard: Vec<_> = heard
        .filter(|event| matches!(event, Event::UpdateAvailable { .. }))
        .collect();
    assert_eq!(heard.len(), 1);
}
