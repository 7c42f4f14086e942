//! Other sites, other names, and the app itself: who stays outside. Each refusal beside its allowed twin.

use crate::http::send;
use crate::world::World;

#[test]
fn a_foreign_host_name_gets_nothing() {
    let (_world, phone) = World::quiet_phone();
    for path in ["/", "/__airlock/", "/__airlock/state"] {
        let answer = send(phone.port, "GET", path, &["Host: rebound.example"]);
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.body.contains("token"));
    }
    assert_eq!(phone.get("/").status, 200);
}

#[test]
fn keys_are_pressed_by_the_control_page_only() {
    let (_world, phone) = World::quiet_phone();
    let control = phone.control_host();
    for origin in [
        "Origin: https://evil.example",
        "Origin: null",
        &format!("Origin: http://localhost:{}", phone.port),
    ] {
        let answer = send(phone.port, "POST", "/__airlock/actions/kill", &[&control, origin]);
        assert_eq!(answer.status, 403, "{origin}");
    }
    let own_door = [
        &phone.app_host()[..],
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Mode: cors",
    ];
    assert_eq!(
        send(phone.port, "POST", "/__airlock/actions/kill", &own_door).status,
        403,
        "the app itself"
    );
    assert_eq!(phone.state()["phone"]["process"], "running");

    assert_eq!(phone.press("kill").status, 200);
    assert_eq!(phone.state()["phone"]["process"], "killed");
    assert_eq!(phone.press("explode").status, 404);
}

#[test]
fn websockets_of_other_origins_are_refused() {
    let (_world, phone) = World::quiet_phone();
    let app = format!("http://localhost:{}", phone.port);
    let control = format!("http://127.0.0.1:{}", phone.port);
    for (path, own, other) in [
        ("/__airlock/bridge", &app, &control),
        ("/__airlock/events", &control, &app),
    ] {
        for origin in ["https://evil.example", "null", other] {
            assert_eq!(phone.socket(path, origin).err(), Some(403), "{path} {origin}");
        }
        assert!(phone.socket(path, own).is_ok(), "{path}");
    }
}

#[test]
fn each_page_is_shown_at_its_own_origin_and_framed_by_nobody_else() {
    let (_world, phone) = World::quiet_phone();
    let app = send(phone.port, "GET", "/x", &[&phone.control_host()]);
    assert_eq!(
        (app.status, app.header("location")),
        (307, &*format!("http://localhost:{}/x", phone.port))
    );
    let navigation = [
        &phone.app_host()[..],
        "Sec-Fetch-Site: none",
        "Sec-Fetch-Mode: navigate",
    ];
    let control = send(phone.port, "GET", "/__airlock/", &navigation);
    assert_eq!(
        (control.status, control.header("location")),
        (307, &*format!("http://127.0.0.1:{}/__airlock/", phone.port))
    );

    let page = send(phone.port, "GET", "/__airlock/", &[&phone.control_host()]);
    assert!(page.body.contains("data-testid=\"phone\""));
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    let framing = format!("frame-ancestors 'self' http://127.0.0.1:{}", phone.port);
    assert_eq!(phone.get("/").header("content-security-policy"), framing);
    assert_eq!(page.header("access-control-allow-origin"), "");
}
