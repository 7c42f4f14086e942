//! The server without a fault is a good one, and with one it is not: asked over a plain socket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use airlock_faultserver::{Fault, FaultServer, Pace, Plan, Site};

const BODY: &[u8] = b"0123456789";

fn server() -> FaultServer {
    let mut site = Site::default();
    site.put("a.bin", BODY.to_vec());
    FaultServer::start(Arc::new(site))
}

fn ask(server: &FaultServer, headers: &str) -> String {
    let address = server.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /a.bin HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    let _a_reset_is_an_answer = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn etag(answer: &str) -> String {
    let line = answer.lines().find(|line| line.starts_with("ETag: ")).unwrap();
    line["ETag: ".len()..].to_owned()
}

#[test]
fn whole_files_and_ranges_under_their_etag() {
    let server = server();
    let whole = ask(&server, "");
    assert!(
        whole.starts_with("HTTP/1.1 200 ") && whole.ends_with("\r\n\r\n0123456789"),
        "{whole}"
    );
    let etag = etag(&whole);
    let part = ask(&server, &format!("Range: bytes=4-\r\nIf-Range: {etag}\r\n"));
    assert!(
        part.starts_with("HTTP/1.1 206 ") && part.ends_with("\r\n\r\n456789"),
        "{part}"
    );
    assert!(part.contains("Content-Range: bytes 4-9/10"), "{part}");
    let changed = ask(&server, "Range: bytes=4-\r\nIf-Range: \"old\"\r\n");
    assert!(
        changed.starts_with("HTTP/1.1 200 ") && changed.ends_with("0123456789"),
        "{changed}"
    );
    assert!(ask(&server, "Range: bytes=10-\r\n").starts_with("HTTP/1.1 416 "));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn every_fault_that_does_not_hang_answers_otherwise_than_an_honest_server_at_some_request() {
    for fault in Fault::all().filter(|fault| fault.pace == Pace::Prompt) {
        // Another server must be there for it.
        if fault.name == "redirect-to-another-host" {
            continue;
        }
        let server = server();
        let whole = ask(&server, "");
        let range = format!("Range: bytes=4-\r\nIf-Range: {}\r\n", etag(&whole));
        let part = ask(&server, &range);
        server.plan(Some(Plan { part: "a.bin", fault }));
        let spoiled = ask(&server, "") != whole || ask(&server, &range) != part;
        assert!(spoiled, "{} spoils nothing", fault.name);
        server.plan(None);
        assert_eq!(ask(&server, ""), whole);
    }
}
