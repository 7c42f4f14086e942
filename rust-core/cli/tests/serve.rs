//! `airlock serve` over a real socket, byte by byte.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use support::Desk;

/// A server that stops with its test.
struct Server {
    process: Child,
    address: String,
}

/// An answer, taken apart.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Server {
    fn start(desk: &Desk, folder: &str) -> Server {
        let mut command = desk.command(["serve", folder, "--port", "0", "--json", "--quiet"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = url["url"]
            .as_str()
            .unwrap()
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        Server { process, address }
    }

    /// Sends the request target exactly as given: an HTTP library would tidy it up.
    fn ask(&self, method: &str, target: &str, fields: &[(&str, &str)]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let fields: String = fields
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n"
        )
        .unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a complete head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            status,
            head,
            body: bytes[end + 4..].to_vec(),
        }
    }

    fn get(&self, target: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask("GET", target, fields)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

fn desk() -> (Desk, Server) {
    let desk = Desk::new();
    desk.write("site/index.html", "<h1>start</h1>");
    desk.write("site/letters.txt", "abcdefghij");
    desk.write("secret.txt", "outside");
    let server = Server::start(&desk, "site");
    (desk, server)
}

#[test]
fn files_come_whole_with_a_strong_tag() {
    let (desk, server) = desk();
    let answer = server.get("/letters.txt", &[]);
    assert_eq!((answer.status, &answer.body[..]), (200, &b"abcdefghij"[..]));
    assert_eq!(answer.field("content-length"), Some("10"));
    assert_eq!(answer.field("accept-ranges"), Some("bytes"));
    assert_eq!(answer.field("content-type"), Some("text/plain"));
    let tag = answer.field("etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.len() == 66, "{tag}");

    let unchanged = server.get("/letters.txt", &[("If-None-Match", &tag)]);
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    assert_eq!(unchanged.field("etag"), Some(tag.as_str()));

    desk.write("site/letters.txt", "ABCDEFGHIJ");
    let changed = server.get("/letters.txt", &[("If-None-Match", &tag)]);
    assert_eq!((changed.status, &changed.body[..]), (200, &b"ABCDEFGHIJ"[..]));
}

#[test]
fn ranges_come_in_part_or_not_at_all() {
    let (_desk, server) = desk();
    for (range, body, content_range) in [
        ("bytes=0-2", "abc", "bytes 0-2/10"),
        ("bytes=4-", "efghij", "bytes 4-9/10"),
        ("bytes=-3", "hij", "bytes 7-9/10"),
        ("bytes=8-100", "ij", "bytes 8-9/10"),
    ] {
        let answer = server.get("/letters.txt", &[("Range", range)]);
        assert_eq!(
            (answer.status, &answer.body[..]),
            (206, body.as_bytes()),
            "{range}"
        );
        assert_eq!(answer.field("content-range"), Some(content_range));
    }
    let beyond = server.get("/letters.txt", &[("Range", "bytes=10-")]);
    assert_eq!(
        (beyond.status, beyond.field("content-range")),
        (416, Some("bytes */10"))
    );
    for whole in ["bytes=0-1,4-5", "pages=1-2", "bytes=9-1"] {
        assert_eq!(
            server.get("/letters.txt", &[("Range", whole)]).status,
            200,
            "{whole}"
        );
    }
}

#[test]
fn a_range_of_another_version_is_never_mixed_in() {
    let (_desk, server) = desk();
    let tag = server.get("/letters.txt", &[]).field("etag").unwrap().to_owned();
    let resume =
        |condition: &str| server.get("/letters.txt", &[("Range", "bytes=4-"), ("If-Range", condition)]);
    assert_eq!(resume(&tag).status, 206);
    for other in ["\"other\"", &format!("W/{tag}"), "Sun, 22 Nov 2026 08:00:00 GMT"] {
        let answer = resume(other);
        assert_eq!((answer.status, answer.body.len()), (200, 10), "{other}");
    }
}

#[test]
fn head_is_get_without_the_body_and_other_methods_are_refused() {
    let (_desk, server) = desk();
    let head = server.ask("HEAD", "/letters.txt", &[]);
    assert_eq!(
        (head.status, head.field("content-length"), head.body.len()),
        (200, Some("10"), 0)
    );
    let post = server.ask("POST", "/letters.txt", &[("Content-Length", "0")]);
    assert_eq!((post.status, post.field("allow")), (405, Some("get, head")));
}

#[test]
fn nothing_outside_the_folder_is_ever_served() {
    let (desk, server) = desk();
    assert_eq!(server.get("/", &[]).body, b"<h1>start</h1>");
    for target in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//secret.txt",
        "/none",
        "/letters.txt/",
        "/%00",
    ] {
        let answer = server.get(target, &[]);
        assert_eq!(answer.status, 404, "{target}");
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("outside"),
            "{target}"
        );
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../secret.txt", desk.path("site/link.txt")).unwrap();
        assert_eq!(server.get("/link.txt", &[]).status, 404);
    }
    desk.write("site/empty/other.html", "");
    assert_eq!(server.get("/empty/", &[]).status, 404, "no listing of folders");
}

#[cfg(unix)]
#[test]
fn a_polite_signal_ends_it_with_success() {
    let (_desk, mut server) = desk();
    let killed = Command::new("kill")
        .args(["-TERM", &server.process.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_missing_folder_and_a_taken_port_are_usage_errors() {
    let (desk, server) = desk();
    desk.run(["serve", "nowhere"]).fails(2, "usage", "not a folder");
    let port = server.address.rsplit(':').next().unwrap();
    desk.run(["serve", "site", "--port", port])
        .fails(2, "usage", "--port");
}
