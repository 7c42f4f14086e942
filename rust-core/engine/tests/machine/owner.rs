//! One store belongs to one app, and follows one channel at a time.

use airlock_engine::machine::{Event, Refusal};

use crate::support::{Device, id};

fn opened_by(app: &str, channel: &str) -> Event {
    Event::OpenedBy(app.parse().unwrap(), channel.parse().unwrap())
}

#[test]
fn the_store_of_another_app_is_refused_and_its_own_app_is_not() {
    let mut device = Device::confirmed(2);
    device.apply(opened_by("com.example.one", "stable")).unwrap();
    let before = device.state.clone();
    assert_eq!(
        device.apply(opened_by("com.example.two", "stable")),
        Err(Refusal::AnotherApp)
    );
    assert_eq!(device.apply(opened_by("com.example.one", "stable")), Ok(()));
    assert_eq!(device.state, before);
}

#[test]
fn another_channel_drops_what_waits_and_nothing_else() {
    let mut device = Device::confirmed(2);
    device.apply(opened_by("com.example.one", "beta")).unwrap();
    device.stage(3);
    device.apply(opened_by("com.example.one", "beta")).unwrap();
    assert_eq!(device.state.next, Some(id(3)), "the same channel again");
    device.apply(opened_by("com.example.one", "stable")).unwrap();
    assert_eq!((device.state.next, device.state.floor), (None, 2));
    assert_eq!(device.start(), Some(id(2)));
    assert!(
        device.state.bundles.contains_key(&id(3)),
        "a way back costs no download"
    );
}
