use std::fs;

use airlock_engine::Config;

use super::support::{Author, Bundle, Device, Extras, Server};

/// The time on the device.
const NOW_MS: u64 = 1_795_587_000_000;

#[test]
fn the_next_check_is_due_when_the_last_one_is_long_enough_ago() {
    let bundle = |sequence| Bundle::new(sequence, &[("index.html", b"page")]);
    let server = Server::new();
    Author::new(&server).publish(&bundle(2), &Extras::default());
    let device = Device::new(&bundle(1), &server);
    let engine = |more: &str| {
        let config = Author::config().replacen('{', &format!("{{{more}"), 1);
        device.engine_of(Config::parse(config.as_bytes()).unwrap())
    };
    let none = engine("");
    none.sync().unwrap();
    let checked = device.store().join("checked");
    assert!(!checked.exists(), "nobody asked for it");
    assert_eq!(none.next_check_ms(), None);
    assert_eq!(
        engine(r#""autoUpdate":false,"periodCheckDelay":900,"#).next_check_ms(),
        None
    );

    let engine = engine(r#""periodCheckDelay":900,"#);
    assert_eq!(engine.next_check_ms(), Some(900_000), "nobody knows of a check");
    engine.check().unwrap();
    assert_eq!(fs::read_to_string(&checked).unwrap(), format!("{NOW_MS}\n"));
    for (written, pause) in [
        (format!("{}\n", NOW_MS - 300_000), 600_000),
        (format!("{}\n", NOW_MS - 3_600_000), 60_000),
        ("nonsense".to_owned(), 900_000),
        (String::new(), 900_000),
        ("9".repeat(100), 900_000),
    ] {
        fs::write(&checked, &written).unwrap();
        assert_eq!(engine.next_check_ms(), Some(pause), "{written}");
    }
    engine.sync().unwrap();
    assert_eq!(engine.next_check_ms(), Some(900_000), "a sync is a check");
    fs::create_dir_all(device.store().join("downloads")).unwrap();
    fs::write(
        device.store().join("downloads/quiet"),
        format!("{}\n", NOW_MS + 2_000_000),
    )
    .unwrap();
    assert_eq!(engine.next_check_ms(), Some(2_000_000), "a server wants silence");

    fs::remove_file(&checked).unwrap();
    fs::create_dir(&checked).unwrap();
    fs::remove_file(device.store().join("downloads/quiet")).unwrap();
    engine.sync().unwrap();
    assert_eq!(
        engine.next_check_ms(),
        Some(900_000),
        "it could not be written down"
    );
}
