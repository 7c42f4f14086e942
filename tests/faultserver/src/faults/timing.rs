//! Servers that are slow, or stop.

use std::time::Duration;

use super::{After, Fault, hangs, header};

const BEAT: Duration = Duration::from_millis(10);

pub(super) const FAULTS: &[Fault] = &[
    hangs("stalls-before-an-answer", |wire, _, _, _| {
        wire.until_gone()?;
        Ok(After::Close)
    }),
    hangs("stalls-in-the-head", |wire, _, _, _| {
        wire.raw("HTTP/1.1 200 OK\r\nContent-")?;
        wire.until_gone()?;
        Ok(After::Close)
    }),
    hangs("stalls-after-the-head", |wire, _, file, _| {
        wire.head(200, &[header("Content-Length", file.bytes.len())])?;
        wire.until_gone()?;
        Ok(After::Close)
    }),
    hangs("stalls-midway", |wire, _, file, _| {
        let headers = [
            header("Content-Length", file.bytes.len()),
            header("ETag", &file.etag),
        ];
        wire.head(200, &headers)?;
        wire.raw(&file.bytes[..file.bytes.len() / 2])?;
        wire.until_gone()?;
        Ok(After::Close)
    }),
    hangs("stalls-before-the-last-byte", |wire, _, file, _| {
        let headers = [
            header("Content-Length", file.bytes.len()),
            header("ETag", &file.etag),
        ];
        wire.head(200, &headers)?;
        wire.raw(&file.bytes[..file.bytes.len() - 1])?;
        wire.until_gone()?;
        Ok(After::Close)
    }),
    hangs("a-head-byte-by-byte", |wire, _, file, _| {
        let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(4096));
        for byte in head.bytes() {
            wire.raw([byte])?;
            wire.pause(BEAT)?;
        }
        wire.raw(&file.bytes)?;
        Ok(After::Close)
    }),
    hangs("a-body-byte-by-byte", |wire, _, file, _| {
        let headers = [
            header("Content-Length", file.bytes.len()),
            header("ETag", &file.etag),
        ];
        wire.head(200, &headers)?;
        for byte in &file.bytes {
            wire.raw([*byte])?;
            wire.pause(BEAT)?;
        }
        Ok(After::Close)
    }),
];
