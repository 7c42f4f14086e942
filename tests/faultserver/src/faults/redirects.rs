//! Redirects that lead nowhere, round in circles, or away from https.

use super::{After, Fault, header, prompt};
use crate::wire::Wire;
use std::io;

pub(super) const FAULTS: &[Fault] = &[
    prompt("redirect-loop", |wire, request, _, _| {
        let here = format!("/{}", request.path);
        to(wire, 302, &here)
    }),
    prompt("redirect-to-plain-http", |wire, request, _, _| {
        to(wire, 302, &format!("http://updates.example/{}", request.path))
    }),
    prompt("redirect-to-a-file", |wire, _, _, _| {
        to(wire, 302, "file:///etc/passwd")
    }),
    prompt("redirect-to-data", |wire, _, _, _| {
        to(wire, 302, "data:text/plain,hello")
    }),
    prompt("redirect-to-nonsense", |wire, _, _, _| {
        to(wire, 302, "http://[::bad")
    }),
    prompt("redirect-without-a-place", |wire, _, _, _| {
        wire.answer(302, &[], b"")?;
        Ok(After::Open)
    }),
    prompt("redirect-to-a-missing-file", |wire, _, _, turn| match turn {
        0 => to(wire, 301, "/nothing/here"),
        _ => to(wire, 308, "/nothing/there"),
    }),
    prompt("redirect-in-six-hops", |wire, request, file, turn| {
        match turn % 7 {
            6 => wire.honest(request, file).map(|()| After::Open),
            _ => to(wire, 307, &format!("/{}?hop={turn}", request.path)),
        }
    }),
    prompt("redirect-in-three-hops", |wire, request, file, turn| {
        match turn % 4 {
            3 => wire.honest(request, file).map(|()| After::Open),
            _ => to(wire, 307, &format!("/{}?hop={turn}", request.path)),
        }
    }),
    prompt("redirect-to-another-host", |wire, request, file, _| {
        match wire.elsewhere.clone() {
            Some(other) => to(wire, 302, &format!("{other}/{}", request.path)),
            None => wire.honest(request, file).map(|()| After::Open),
        }
    }),
    prompt("300-many-choices", |wire, request, _, _| {
        to(wire, 300, &format!("/{}", request.path))
    }),
    prompt("captive-portal-redirect", |wire, _, _, _| {
        to(wire, 302, "http://login.hotel.example/welcome")
    }),
];

fn to(wire: &mut Wire, status: u16, place: &str) -> io::Result<After> {
    wire.answer(status, &[header("Location", place)], b"elsewhere")?;
    Ok(After::Open)
}
