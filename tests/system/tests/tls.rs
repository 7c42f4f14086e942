//! HTTPS, with real certificates made here: what the system trusts is followed, nothing else is, and
//! nothing leaves https.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::path::PathBuf;

use airlock_system_tests::{Fault, Identity, Run, Server, World};
use serde_json::json;

/// A device that was configured for production: no plain http.
fn strict(world: &World) -> PathBuf {
    world.config(|config| config["allowInsecureLoopback"] = json!(false))
}

/// Syncs over `server`, trusting `certificate` as a system trusts its store.
fn sync(world: &World, server: &Server, certificate: &PathBuf) -> Run {
    let device = world
        .device()
        .with_config(strict(world))
        .with(&["--url", server.url()]);
    Run::of(device.command(&["sync"]).env("SSL_CERT_FILE", certificate))
}

#[test]
fn a_server_that_the_system_trusts_is_followed() {
    let world = World::with_v2();
    let identity = Identity::of("localhost");
    let server = Server::start_tls(&world.path("project/repository"), &identity);
    let trusted = identity.write(&world.path("trusted.pem"));
    assert_eq!(sync(&world, &server, &trusted).ok()["result"], "staged");
    assert_eq!(world.device().confirm(), "2.0.0");
}

#[test]
fn a_server_that_nobody_vouches_for_is_refused() {
    let world = World::with_v2();
    let server = Server::start_tls(&world.path("project/repository"), &Identity::of("localhost"));
    let other = Identity::of("localhost").write(&world.path("other.pem"));
    let run = sync(&world, &server, &other).refused(107, "download_failed");
    assert!(run.stderr.contains("certificate"), "{}", run.stderr);
    assert_eq!(world.device().confirm(), "1.0.0");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let world = World::with_v2();
    let identity = Identity::of("elsewhere.example");
    let server = Server::start_tls(&world.path("project/repository"), &identity);
    let trusted = identity.write(&world.path("trusted.pem"));
    sync(&world, &server, &trusted).refused(107, "download_failed");
    assert_eq!(world.device().confirm(), "1.0.0");
}

#[test]
fn a_certificate_whose_time_is_over_or_has_not_come_is_refused() {
    let world = World::with_v2();
    for (from, to, words) in [(2020, 2021, "expired"), (2099, 2100, "not valid yet")] {
        let identity = Identity::valid("localhost", from, to);
        let server = Server::start_tls(&world.path("project/repository"), &identity);
        let trusted = identity.write(&world.path("trusted.pem"));
        let run = sync(&world, &server, &trusted).refused(107, "download_failed");
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    let identity = Identity::valid("localhost", 2020, 2100);
    let server = Server::start_tls(&world.path("project/repository"), &identity);
    let trusted = identity.write(&world.path("trusted.pem"));
    assert_eq!(sync(&world, &server, &trusted).ok()["result"], "staged");
}

/// Syncs with these pins, and everything else as a system that trusts the server has it.
fn pinned(world: &World, server: &Server, trusted: &PathBuf, pins: &[&str]) -> Run {
    let config = world.config(|config| {
        config["allowInsecureLoopback"] = json!(false);
        config["pinnedCertificates"] = json!(pins);
    });
    let device = world.device().with_config(config).with(&["--url", server.url()]);
    Run::of(device.command(&["sync"]).env("SSL_CERT_FILE", trusted))
}

#[test]
fn a_pin_failure_stops_updating_and_never_starting() {
    let world = World::with_v2();
    let (identity, other) = (Identity::of("localhost"), Identity::of("localhost"));
    let server = Server::start_tls(&world.path("project/repository"), &identity);
    let trusted = identity.write(&world.path("trusted.pem"));
    let (own, strange) = (identity.pin(), other.pin());
    let run = pinned(&world, &server, &trusted, &[&strange, &strange]).refused(107, "download_failed");
    assert!(run.stderr.contains("one of pinnedCertificates"), "{}", run.stderr);
    assert!(
        run.stderr.contains(&own),
        "it names the key that was met: {}",
        run.stderr
    );
    assert!(
        run.stderr.contains("add the pin of a second key"),
        "{}",
        run.stderr
    );
    assert_eq!(server.requests(), Vec::<String>::new());
    assert_eq!(world.device().confirm(), "1.0.0");
    let run = pinned(&world, &server, &trusted, &["sha256/nonsense"]).refused(2, "config_invalid");
    assert!(
        run.stderr.contains("pinnedCertificates: `sha256/nonsense`"),
        "{}",
        run.stderr
    );
    assert_eq!(
        pinned(&world, &server, &trusted, &[&strange, &own]).ok()["result"],
        "staged"
    );
    assert_eq!(world.device().confirm(), "2.0.0");
}

#[test]
fn a_redirect_away_from_https_is_refused_and_one_within_it_is_followed() {
    let world = World::with_v2();
    let identity = Identity::of("localhost");
    let server = Server::start_tls(&world.path("project/repository"), &identity);
    let second = Server::start_tls(&world.path("project/repository"), &identity);
    let trusted = identity.write(&world.path("trusted.pem"));
    for part in ["timestamp.json", "bundle.zip"] {
        server.fault(Some(Fault::Redirect(part, world.server.url().to_owned())));
        sync(&world, &server, &trusted).refused(104, "response_unusable");
    }
    assert_eq!(
        world.server.requests(),
        Vec::<String>::new(),
        "the plain server was never asked"
    );
    server.fault(Some(Fault::Redirect("bundle.zip", second.url().to_owned())));
    assert_eq!(sync(&world, &server, &trusted).ok()["result"], "staged");
    assert_eq!(world.device().confirm(), "2.0.0");
}

#[test]
fn redirects_without_end_are_refused() {
    let world = World::with_v2();
    let identity = Identity::of("localhost");
    let server = Server::start_tls(&world.path("project/repository"), &identity);
    let trusted = identity.write(&world.path("trusted.pem"));
    server.fault(Some(Fault::Redirect("/", server.url().to_owned())));
    sync(&world, &server, &trusted).refused(104, "response_unusable");
    assert!(server.requests().len() < 10);
    server.fault(None);
    assert_eq!(sync(&world, &server, &trusted).ok()["result"], "staged");
}
