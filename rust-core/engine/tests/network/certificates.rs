//! Certificates that a device does not follow, each beside one that differs in a single point and is followed.

use crate::support::{Authority, Identity, Server, Validity, get, http, refused};

/// After a refusal, the same device gets what it wants from a server that is in order.
fn refused_and_then_heard(identity: &Identity, words: &str) {
    let ca = Authority::root("the operator");
    let device = http(&[&ca]);
    refused(&device, &Server::hello(identity), words);
    let good = Server::hello(&ca.issue(Validity::Now, "localhost"));
    assert_eq!(get(&device, &good.url()).unwrap(), b"hello");
}

#[test]
fn a_certificate_for_this_host_and_this_time_from_a_known_issuer_is_followed_and_no_other() {
    let ca = Authority::root("the operator");
    let device = http(&[&ca]);
    for (validity, name, words) in [
        (Validity::Now, "elsewhere.example", "not valid for name"),
        (Validity::Over, "localhost", "expired"),
        (Validity::NotYet, "localhost", "not valid yet"),
    ] {
        refused(&device, &Server::hello(&ca.issue(validity, name)), words);
        let good = Server::hello(&ca.issue(Validity::Now, "localhost"));
        assert_eq!(get(&device, &good.url()).unwrap(), b"hello", "after {words}");
    }
}

#[test]
fn a_certificate_that_nobody_known_vouches_for_is_refused() {
    let stranger = Authority::root("somebody else");
    refused_and_then_heard(&stranger.issue(Validity::Now, "localhost"), "UnknownIssuer");
    refused_and_then_heard(&Identity::self_signed("localhost"), "UnknownIssuer");
}

#[test]
fn an_intermediate_that_is_sent_along_is_followed_and_one_that_is_not_known_otherwise_is_missed() {
    let ca = Authority::root("the operator");
    let middle = ca.intermediate("its servers");
    let device = http(&[&ca]);
    let alone = middle.issue(Validity::Now, "localhost").alone();
    refused(&device, &Server::hello(&alone), "UnknownIssuer");
    let whole = middle.issue(Validity::Now, "localhost");
    assert_eq!(get(&device, &Server::hello(&whole).url()).unwrap(), b"hello");
}
