//! `pinnedCertificates`: on top of the platform's verdict, never in its place.

use crate::support::{Authority, Identity, Server, Validity, get, http, pins, refused};

const UNPINNED: &str =
    "none of the server's certificates is one of pinnedCertificates (its own key is sha256/";

#[test]
fn a_key_a_fingerprint_and_a_spare_are_followed_and_another_pin_is_not() {
    let ca = Authority::root("the operator");
    let identity = ca.issue(Validity::Now, "localhost");
    let (key, fingerprint) = (identity.key_pin(), identity.fingerprint());
    let (other, spare) = (
        ca.issue(Validity::Now, "localhost"),
        ca.issue(Validity::Now, "localhost"),
    );
    let server = Server::hello(&identity);
    for right in [
        vec![key.clone()],
        vec![format!("sha256/{key}")],
        vec![fingerprint.to_uppercase()],
        vec![spare.key_pin(), key.clone()],
        vec![spare.fingerprint(), fingerprint.clone()],
    ] {
        let wrong = vec![other.key_pin(), other.fingerprint()];
        let texts = |pins: &[String]| pins.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let device = |texts: &str| http(&[&ca]).pinned(pins(&texts.split(' ').collect::<Vec<_>>()));
        refused(&device(&texts(&wrong)), &server, UNPINNED);
        assert_eq!(
            get(&device(&texts(&right)), &server.url()).unwrap(),
            b"hello",
            "{right:?}"
        );
    }
}

#[test]
fn the_refusal_names_the_key_that_was_met() {
    let ca = Authority::root("the operator");
    let identity = ca.issue(Validity::Now, "localhost");
    let device = http(&[&ca]).pinned(pins(&[&ca.issue(Validity::Now, "localhost").key_pin()]));
    refused(
        &device,
        &Server::hello(&identity),
        &format!("sha256/{}", identity.key_pin()),
    );
}

#[test]
fn the_spare_key_takes_over_and_the_same_device_goes_on() {
    let ca = Authority::root("the operator");
    let (first, spare) = (
        ca.issue(Validity::Now, "localhost"),
        ca.issue(Validity::Now, "localhost"),
    );
    let device = http(&[&ca]).pinned(pins(&[&first.key_pin(), &spare.key_pin()]));
    assert_eq!(get(&device, &Server::hello(&first).url()).unwrap(), b"hello");
    assert_eq!(get(&device, &Server::hello(&spare).url()).unwrap(), b"hello");
    let stolen = ca.issue(Validity::Now, "localhost");
    refused(&device, &Server::hello(&stolen), UNPINNED);
    assert_eq!(get(&device, &Server::hello(&spare).url()).unwrap(), b"hello");
}

#[test]
fn a_pin_makes_up_for_nothing_that_the_platform_refuses() {
    let ca = Authority::root("the operator");
    let bad = [
        (Identity::self_signed("localhost"), "UnknownIssuer"),
        (ca.issue(Validity::Over, "localhost"), "expired"),
        (ca.issue(Validity::Now, "elsewhere.example"), "not valid for name"),
    ];
    for (identity, words) in bad {
        let good = ca.issue(Validity::Now, "localhost");
        let device = http(&[&ca]).pinned(pins(&[&identity.key_pin(), &good.key_pin()]));
        refused(&device, &Server::hello(&identity), words);
        assert_eq!(get(&device, &Server::hello(&good).url()).unwrap(), b"hello");
    }
}

/// Anybody whom some trusted authority certifies could send the pinned certificate along: it is public.
#[test]
fn an_issuer_counts_if_it_vouches_for_the_server_and_not_because_it_was_sent_along() {
    let (ca, other) = (Authority::root("the operator's"), Authority::root("another"));
    let middle = ca.intermediate("its servers");
    let device = http(&[&ca, &other]).pinned(pins(&[&middle.key_pin()]));
    let identity = middle.issue(Validity::Now, "localhost");
    assert_eq!(get(&device, &Server::hello(&identity).url()).unwrap(), b"hello");

    let forged = other.issue(Validity::Now, "localhost").and(middle.certificate());
    let trusting = http(&[&ca, &other]);
    assert_eq!(
        get(&trusting, &Server::hello(&forged).url()).unwrap(),
        b"hello",
        "but for the pin"
    );
    refused(&device, &Server::hello(&forged), UNPINNED);
    assert_eq!(get(&device, &Server::hello(&identity).url()).unwrap(), b"hello");
}

#[test]
fn an_issuer_above_the_issuer_counts_too_where_it_is_sent() {
    let ca = Authority::root("the operator");
    let upper = ca.intermediate("its countries");
    let identity = upper
        .intermediate("its servers")
        .issue(Validity::Now, "localhost");
    let server = Server::hello(&identity);
    let device = http(&[&ca]).pinned(pins(&[&upper.key_pin()]));
    assert_eq!(get(&device, &server.url()).unwrap(), b"hello");
    // The root is in the device's store and is not sent.
    refused(&http(&[&ca]).pinned(pins(&[&ca.key_pin()])), &server, UNPINNED);
}
