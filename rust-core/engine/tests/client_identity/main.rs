//! Mutual TLS over real connections on loopback: who is shown the certificate, and what happens when it cannot be.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod support;

use std::sync::Arc;

use airlock_engine::ports::SignatureScheme;
use airlock_protocol::Code;

use support::{Answer, Authority, Demand, Device, Holder, Server};

const P256: SignatureScheme = SignatureScheme::EcdsaP256Sha256;

#[test]
fn a_server_that_demands_a_certificate_gets_it_and_nobody_else_is_heard() {
    let (ca, server) = demanding();
    let holder = ca.issue(P256);
    let device = Device::of(&server).identified(&holder);
    assert_eq!(device.get(server.url()).unwrap(), b"hello");
    assert_eq!(server.shown(), [Some(holder.chain())]);

    let error = Device::of(&server).get(server.url()).unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed);
    assert!(
        error.to_string().contains("demands a client certificate"),
        "{error}"
    );
}

#[test]
fn every_kind_of_key_signs_under_tls_1_3_and_1_2() {
    for demand in [Demand::Required, Demand::RequiredTls12] {
        for scheme in [P256, SignatureScheme::EcdsaP384Sha384, SignatureScheme::Ed25519] {
            let ca = Authority::new();
            let server = Server::start(demand, &ca, Answer::Hello);
            let device = Device::of(&server).identified(&ca.issue(scheme));
            assert_eq!(
                device.get(server.url()).unwrap(),
                b"hello",
                "{scheme:?} {demand:?}"
            );
        }
    }
}

#[test]
fn a_certificate_of_another_authority_is_refused_and_the_right_one_after_it_is_not() {
    let (ca, server) = demanding();
    let stranger = Device::of(&server).identified(&Authority::named("somebody else").issue(P256));
    let error = stranger.get(server.url()).unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed);
    assert!(
        error.to_string().contains("refused the client certificate"),
        "{error}"
    );

    let device = Device::of(&server).identified(&ca.issue(P256));
    assert_eq!(device.get(server.url()).unwrap(), b"hello");
}

#[test]
fn a_key_that_will_not_sign_fails_this_connection_and_no_other() {
    let (ca, server) = demanding();
    let holder = ca.issue(P256);
    for broken in [
        Holder::break_signing,
        Holder::break_schemes,
        Holder::break_certificates,
    ] {
        // A new one each time: a connection that resumes a session asks for no signature.
        let device = Device::of(&server).identified(&holder);
        broken(&holder, Some("the device is locked"));
        let error = device.get(server.url()).unwrap_err();
        assert_eq!(error.code(), Code::DownloadFailed);
        let text = error.to_string();
        assert!(
            text.contains("cannot be used: the device is locked; the device tries again"),
            "{text}"
        );
        broken(&holder, None);
        assert_eq!(device.get(server.url()).unwrap(), b"hello");
    }
}

#[test]
fn a_signature_that_is_none_is_refused_by_the_server() {
    let (ca, server) = demanding();
    let holder = ca.issue(P256);
    let device = Device::of(&server).identified(&holder);
    holder.sign_nonsense();
    assert_eq!(device.get(server.url()).unwrap_err().code(), Code::DownloadFailed);
}

#[test]
fn without_a_certificate_now_the_connection_goes_on_without_one() {
    let (ca, demanding) = demanding();
    let holder = ca.issue(P256);
    holder.drop_certificates();
    let device = Device::of(&demanding).identified(&holder);
    let error = device.get(demanding.url()).unwrap_err();
    assert!(
        error.to_string().contains("demands a client certificate"),
        "{error}"
    );

    let asking = Server::start(Demand::Optional, &ca, Answer::Hello);
    let device = Device::of(&asking).identified(&holder);
    assert_eq!(device.get(asking.url()).unwrap(), b"hello");
    assert_eq!(asking.shown(), [None]);
}

#[test]
fn a_key_that_the_server_cannot_check_is_not_offered() {
    let (ca, server) = demanding();
    let holder = ca.issue(P256);
    let device = Device::of(&server).identified(&holder);
    // PKCS#1 is no signature of TLS 1.3.
    holder.claim(vec![SignatureScheme::RsaPkcs1Sha256]);
    let error = device.get(server.url()).unwrap_err();
    assert!(
        error.to_string().contains("demands a client certificate"),
        "{error}"
    );
    holder.claim(vec![SignatureScheme::RsaPkcs1Sha256, P256]);
    assert_eq!(device.get(server.url()).unwrap(), b"hello");
}

#[test]
fn a_server_that_asks_for_nothing_learns_nothing() {
    let ca = Authority::new();
    let server = Server::start(Demand::Nothing, &ca, Answer::Hello);
    let holder = ca.issue(P256);
    let device = Device::of(&server).identified(&holder);
    assert_eq!(device.get(server.url()).unwrap(), b"hello");
    assert_eq!(holder.asked(), 0);
}

/// The target of the redirect would take any certificate, and is in the same authority's realm.
#[test]
fn a_redirect_to_another_server_does_not_take_the_certificate_along_and_one_back_does() {
    let ca = Authority::new();
    let other = Server::start(Demand::Optional, &ca, Answer::Hello);
    let server = Server::start(Demand::Required, &ca, Answer::RedirectTo(other.url().to_owned()));
    let holder = ca.issue(P256);
    let device = Device::of(&server).and(&other).identified(&holder);
    assert_eq!(device.get(server.url()).unwrap(), b"hello");
    assert_eq!(server.shown(), [Some(holder.chain())]);
    assert_eq!(other.shown(), [None]);

    let home = Server::start(Demand::Required, &ca, Answer::Hello);
    let elsewhere = Server::start(Demand::Optional, &ca, Answer::RedirectTo(home.url().to_owned()));
    let device = Device::of(&home).and(&elsewhere).identified(&holder);
    assert_eq!(device.get(elsewhere.url()).unwrap(), b"hello");
    assert_eq!(elsewhere.shown(), [None]);
    assert_eq!(home.shown(), [Some(holder.chain())]);
}

fn demanding() -> (Authority, Arc<Server>) {
    let ca = Authority::new();
    let server = Server::start(Demand::Required, &ca, Answer::Hello);
    (ca, server)
}
