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

fn chosen(channel: Option<&str>, configured: &str) -> Event {
    Event::ChannelChosen(
        channel.map(|channel| channel.parse().unwrap()),
        configured.parse().unwrap(),
    )
}

#[test]
fn a_chosen_channel_stands_above_the_configured_one_until_it_is_taken_back() {
    let mut device = Device::confirmed(2);
    device.apply(opened_by("com.example.one", "stable")).unwrap();
    device.stage(3);
    device.apply(chosen(Some("stable"), "stable")).unwrap();
    assert_eq!(
        device.state.next,
        Some(id(3)),
        "the channel that is followed already"
    );
    device.apply(chosen(Some("beta"), "stable")).unwrap();
    assert_eq!((device.state.next, device.state.floor), (None, 2));
    device.stage(4);
    for configured in ["stable", "dev"] {
        device.apply(opened_by("com.example.one", configured)).unwrap();
        assert_eq!(device.state.next, Some(id(4)), "the choice outlives {configured}");
    }
    device.apply(chosen(None, "beta")).unwrap();
    assert_eq!(device.state.next, Some(id(4)), "the configuration says the same");
    device.apply(opened_by("com.example.one", "stable")).unwrap();
    assert_eq!((device.state.next, device.start()), (None, Some(id(2))));
}
