//! Lengths that are wrong, missing or without end.

use std::io;

use super::{After, Fault, hangs, header, prompt};
use crate::site::File;
use crate::wire::Wire;

/// More than anything in a test may be long; where a client reads on, the server says "enough" some time.
const FLOOD_BYTES: usize = 8 * 1024 * 1024;

pub(super) const FAULTS: &[Fault] = &[
    prompt("length-above-the-body", |wire, _, file, _| {
        with_length(wire, file, file.bytes.len() + 1000)
    }),
    prompt("length-below-the-body", |wire, _, file, _| {
        with_length(wire, file, file.bytes.len() / 2)
    }),
    prompt("length-zero-and-a-body", |wire, _, file, _| {
        with_length(wire, file, 0)
    }),
    prompt("length-negative", |wire, _, file, _| with_length(wire, file, -5)),
    prompt("length-garbage", |wire, _, file, _| {
        with_length(wire, file, "12abc")
    }),
    prompt("length-of-exabytes", |wire, _, file, _| {
        with_length(wire, file, i64::MAX)
    }),
    prompt("length-overflows", |wire, _, file, _| {
        with_length(wire, file, "1180591620717411303424")
    }),
    prompt("length-twice-and-different", |wire, _, file, _| {
        let lengths = [
            header("Content-Length", file.bytes.len()),
            header("Content-Length", file.bytes.len() + 7),
        ];
        wire.head(200, &lengths)?;
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("no-length-and-closed", |wire, _, file, _| {
        wire.head(200, &[header("ETag", &file.etag), header("Connection", "close")])?;
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("no-length-and-cut", |wire, _, file, _| {
        wire.head(200, &[header("ETag", &file.etag), header("Connection", "close")])?;
        wire.raw(&file.bytes[..file.bytes.len() / 2])?;
        Ok(After::Close)
    }),
    prompt("no-length-and-no-end", |wire, _, file, _| {
        wire.head(200, &[header("ETag", &file.etag)])?;
        wire.raw(&file.bytes)?;
        flood(wire, |wire, piece| wire.raw(piece))
    }),
    prompt("chunks-without-end", |wire, _, file, _| {
        wire.head(200, &[chunked(), header("ETag", &file.etag)])?;
        chunk(wire, &file.bytes)?;
        flood(wire, chunk)
    }),
    prompt("chunks-without-terminator", |wire, _, file, _| {
        wire.head(200, &[chunked(), header("ETag", &file.etag)])?;
        chunk(wire, &file.bytes)?;
        Ok(After::Close)
    }),
    hangs("chunks-without-terminator-held-open", |wire, _, file, _| {
        wire.head(200, &[chunked(), header("ETag", &file.etag)])?;
        chunk(wire, &file.bytes)?;
        wire.until_gone()?;
        Ok(After::Close)
    }),
    prompt("chunks-cut-midway", |wire, _, file, _| {
        wire.head(200, &[chunked(), header("ETag", &file.etag)])?;
        chunk(wire, &file.bytes[..file.bytes.len() / 2])?;
        wire.raw("400\r\nabc")?;
        Ok(After::Close)
    }),
    prompt("chunks-of-a-broken-size", |wire, _, file, _| {
        wire.head(200, &[chunked()])?;
        chunk(wire, &file.bytes[..file.bytes.len() / 2])?;
        wire.raw("zz\r\nabc\r\n0\r\n\r\n")?;
        Ok(After::Close)
    }),
    prompt("chunks-of-a-huge-size", |wire, _, file, _| {
        wire.head(200, &[chunked()])?;
        wire.raw("fffffffffffffff0\r\n")?;
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    prompt("chunks-and-a-length", |wire, _, file, _| {
        let length = header("Content-Length", 3);
        wire.head(200, &[length, chunked(), header("ETag", &file.etag)])?;
        chunk(wire, &file.bytes)?;
        wire.raw("0\r\n\r\n")?;
        Ok(After::Close)
    }),
    prompt("chunks-with-endless-trailers", |wire, _, file, _| {
        wire.head(200, &[chunked()])?;
        chunk(wire, &file.bytes)?;
        wire.raw("0\r\n")?;
        for number in 0..20_000 {
            wire.raw(format!("X-Trailer-{number}: more\r\n"))?;
        }
        wire.raw("\r\n")?;
        Ok(After::Close)
    }),
];

fn with_length(wire: &mut Wire, file: &File, length: impl std::fmt::Display) -> io::Result<After> {
    let headers = [header("Content-Length", length), header("ETag", &file.etag)];
    wire.head(200, &headers)?;
    wire.raw(&file.bytes)?;
    Ok(After::Close)
}

fn chunked() -> String {
    header("Transfer-Encoding", "chunked")
}

fn chunk(wire: &mut Wire, bytes: &[u8]) -> io::Result<()> {
    wire.raw(format!("{:x}\r\n", bytes.len()))?;
    wire.raw(bytes)?;
    wire.raw("\r\n")
}

fn flood(wire: &mut Wire, send: fn(&mut Wire, &[u8]) -> io::Result<()>) -> io::Result<After> {
    let piece = [b'x'; 16 * 1024];
    for _ in 0..FLOOD_BYTES / piece.len() {
        send(wire, &piece)?;
    }
    Ok(After::Close)
}
