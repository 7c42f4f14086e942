//! Heads that are no heads, or far too much of one.

use super::{After, Fault, hangs, header, prompt};

pub(super) const FAULTS: &[Fault] = &[
    prompt("closed-before-an-answer", |_, _, _, _| Ok(After::Close)),
    prompt("reset-before-an-answer", |wire, _, _, _| {
        wire.reset()?;
        Ok(After::Close)
    }),
    prompt("closed-in-the-head", |wire, _, _, _| {
        wire.raw("HTTP/1.1 200 OK\r\nContent-Le")?;
        Ok(After::Close)
    }),
    prompt("http-0.9", |wire, _, file, _| {
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("http-1.0", |wire, _, file, _| {
        wire.raw("HTTP/1.0 200 OK\r\n\r\n")?;
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("http-7", |wire, _, file, _| {
        wire.raw("HTTP/7.1 200 OK\r\n\r\n")?;
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("tls-on-a-plain-port", |wire, _, _, _| {
        wire.raw(b"\x15\x03\x03\x00\x02\x02\x46\x16\x03\x03\x00\x7a\x02\x00\x00\x76")?;
        Ok(After::Close)
    }),
    prompt("ssh-on-this-port", |wire, _, _, _| {
        wire.raw("SSH-2.0-OpenSSH_9.6\r\n")?;
        Ok(After::Close)
    }),
    prompt("http2-without-asking", |wire, _, _, _| {
        wire.raw(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\0\xff\xff\0\x06\0\0\x20\0")?;
        Ok(After::Close)
    }),
    prompt("status-line-garbage", |wire, _, _, _| {
        wire.raw("HTTP/1.1 abc what\r\n\r\n")?;
        Ok(After::Close)
    }),
    prompt("nul-in-a-header", |wire, _, file, _| {
        wire.raw(b"HTTP/1.1 200 OK\r\nX-Bad: a\0b\r\n\r\n")?;
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("a-thousand-headers", |wire, _, file, _| {
        let mut headers: Vec<_> = (0..1000)
            .map(|number| header(&format!("X-Flood-{number}"), "more"))
            .collect();
        headers.push(header("Content-Length", file.bytes.len()));
        wire.head(200, &headers)?;
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("a-header-of-70-kib", |wire, _, file, _| {
        let headers = [header("X-Long", "x".repeat(70 * 1024))];
        wire.answer(200, &headers, &file.bytes)?;
        Ok(After::Close)
    }),
    prompt("a-header-without-end", |wire, _, _, _| {
        wire.raw("HTTP/1.1 200 OK\r\nX-Endless: ")?;
        for _ in 0..512 {
            wire.raw([b'x'; 16 * 1024])?;
        }
        Ok(After::Close)
    }),
    prompt("fifty-times-continue", |wire, request, file, _| {
        for _ in 0..50 {
            wire.raw("HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        wire.honest(request, file)?;
        Ok(After::Open)
    }),
    hangs("continue-without-end", |wire, _, _, _| {
        loop {
            wire.raw("HTTP/1.1 102 Processing\r\n\r\n")?;
            wire.pause(std::time::Duration::from_millis(5))?;
        }
    }),
    prompt("switching-protocols", |wire, _, _, _| {
        wire.head(
            101,
            &[header("Upgrade", "websocket"), header("Connection", "Upgrade")],
        )?;
        Ok(After::Close)
    }),
];
