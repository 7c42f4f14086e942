//! Redirects, and proxies that are configured.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use airlock_engine::ports::Proxy;
use airlock_protocol::Code;

use crate::support::{Authority, HELLO, Server, Validity, get, http, pins, redirect};

#[test]
fn a_redirect_to_http_is_refused_and_one_to_https_is_followed() {
    let ca = Authority::root("the operator");
    let (plain, other) = (
        Server::plain(|_| HELLO.to_owned()),
        Server::hello(&ca.issue(Validity::Now, "localhost")),
    );
    let (down, on) = (plain.plain_url(), other.url());
    let server = Server::tls(&ca.issue(Validity::Now, "localhost"), move |head| {
        redirect(match head.contains("?down") {
            true => &down,
            false => &on,
        })
    });
    let device = http(&[&ca]);
    let error = get(&device, &format!("{}?down", server.url())).unwrap_err();
    assert_eq!(error.code(), Code::ResponseUnusable);
    assert!(
        error.to_string().contains("a redirect away from https"),
        "{error}"
    );
    assert!(plain.heads().is_empty());
    assert_eq!(get(&device, &server.url()).unwrap(), b"hello");
}

/// A server may not choose whom the device says that it is.
#[test]
fn a_password_in_a_redirect_is_left_out() {
    let ca = Authority::root("the operator");
    let other = Server::hello(&ca.issue(Validity::Now, "localhost"));
    let on = other.url().replace("https://", "https://me:secret@");
    let server = Server::tls(&ca.issue(Validity::Now, "localhost"), move |_| redirect(&on));
    assert_eq!(get(&http(&[&ca]), &server.url()).unwrap(), b"hello");
    assert!(!other.heads()[0].to_ascii_lowercase().contains("authorization"));
}

#[test]
fn the_target_of_a_redirect_is_held_against_the_pins_too() {
    let ca = Authority::root("the operator");
    let (first, second) = (
        ca.issue(Validity::Now, "localhost"),
        ca.issue(Validity::Now, "localhost"),
    );
    let other = Server::hello(&second);
    let on = other.url();
    let server = Server::tls(&first, move |_| redirect(&on));
    let error = get(&http(&[&ca]).pinned(pins(&[&first.key_pin()])), &server.url()).unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed);
    assert!(other.heads().is_empty());
    let device = http(&[&ca]).pinned(pins(&[&first.key_pin(), &second.key_pin()]));
    assert_eq!(get(&device, &server.url()).unwrap(), b"hello");
}

/// Makes one tunnel a connection, to the server that it knows, whatever it is asked for.
fn proxy(to: &Server) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (shared, port) = (Arc::clone(&asked), to.port());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut device = socket.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(device.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            shared.lock().unwrap().push(String::from_utf8(head).unwrap());
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            device.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut from, mut to) = (device.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            let _ = std::io::copy(&mut server, &mut device);
            let _ = device.shutdown(std::net::Shutdown::Both);
        }
    });
    (url, asked)
}

#[test]
fn a_configured_proxy_is_told_the_host_and_nothing_that_is_for_it() {
    let ca = Authority::root("the operator");
    let server = Server::hello(&ca.issue(Validity::Now, "updates.example"));
    let (url, asked) = proxy(&server);
    let device = http(&[&ca]).by_way_of(Proxy::parse(&url).unwrap());
    assert_eq!(
        get(&device, "https://updates.example/hello?secret").unwrap(),
        b"hello"
    );
    let asked = asked.lock().unwrap().clone();
    assert!(
        asked.len() == 1 && asked[0].starts_with("CONNECT updates.example:443 "),
        "{asked:?}"
    );
    assert!(
        !asked[0].contains("hello") && !asked[0].contains("secret"),
        "{asked:?}"
    );
    assert!(server.heads()[0].starts_with("GET /hello?secret "));
}

#[test]
fn a_server_on_this_machine_is_asked_directly() {
    let ca = Authority::root("the operator");
    let server = Server::hello(&ca.issue(Validity::Now, "localhost"));
    let (url, asked) = proxy(&server);
    let device = http(&[&ca]).by_way_of(Proxy::parse(&url).unwrap());
    assert_eq!(get(&device, &server.url()).unwrap(), b"hello");
    assert!(asked.lock().unwrap().is_empty());
}
