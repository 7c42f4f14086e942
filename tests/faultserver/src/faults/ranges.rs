//! Answers to a request for a range, and validators, that are not what they should be. Asked without a range, the
//! server sends what nobody asked for.

use std::io;

use super::{After, Fault, header, prompt};
use crate::request::Request;
use crate::site::File;
use crate::wire::Wire;

pub(super) const FAULTS: &[Fault] = &[
    prompt("range-ignored", |wire, _, file, _| {
        wire.answer(200, &[header("ETag", &file.etag)], &file.bytes)?;
        Ok(After::Open)
    }),
    prompt("range-starts-too-early", |wire, request, file, _| {
        let start = start(request).saturating_sub(1);
        part(
            wire,
            file,
            &span(start, end(file), total(file)),
            &file.bytes[start..],
        )
    }),
    prompt("range-starts-too-late", |wire, request, file, _| {
        let start = (start(request) + 1).min(file.bytes.len());
        part(
            wire,
            file,
            &span(start, end(file), total(file)),
            &file.bytes[start..],
        )
    }),
    prompt("range-is-the-whole", |wire, _, file, _| {
        part(wire, file, &span(0, end(file), total(file)), &file.bytes)
    }),
    prompt("range-ends-too-early", |wire, request, file, _| {
        let (start, end) = (start(request), end(file).saturating_sub(1));
        let bytes = file.bytes.get(start..=end).unwrap_or_default();
        part(wire, file, &span(start, end, total(file)), bytes)
    }),
    prompt("range-of-a-longer-file", |wire, request, file, _| {
        let start = start(request);
        part(
            wire,
            file,
            &span(start, end(file), total(file) + 1),
            &file.bytes[start..],
        )
    }),
    prompt("range-of-an-unknown-total", |wire, request, file, _| {
        let start = start(request);
        let range = format!("bytes {start}-{}/*", end(file));
        part(wire, file, &range, &file.bytes[start..])
    }),
    prompt("range-backwards", |wire, request, file, _| {
        let start = start(request);
        part(
            wire,
            file,
            &span(end(file) + 9, start, total(file)),
            &file.bytes[start..],
        )
    }),
    prompt("range-garbage", |wire, request, file, _| {
        part(wire, file, "bytes banana", &file.bytes[start(request)..])
    }),
    prompt("range-of-overflowing-numbers", |wire, request, file, _| {
        let range = "bytes 99999999999999999999-99999999999999999999/99999999999999999999";
        part(wire, file, range, &file.bytes[start(request)..])
    }),
    prompt("range-without-a-range", |wire, request, file, _| {
        let etag = header("ETag", &file.etag);
        wire.answer(206, &[etag], &file.bytes[start(request)..])?;
        Ok(After::Open)
    }),
    prompt("range-in-many-parts", |wire, request, file, _| {
        let start = start(request);
        let mut body = format!(
            "--cut\r\nContent-Range: {}\r\n\r\n",
            span(start, end(file), total(file))
        )
        .into_bytes();
        body.extend_from_slice(&file.bytes[start..]);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let kind = header("Content-Type", "multipart/byteranges; boundary=cut");
        wire.answer(206, &[kind, header("ETag", &file.etag)], &body)?;
        Ok(After::Open)
    }),
    prompt("range-breaks-off", |wire, request, file, _| {
        let bytes = &file.bytes[start(request)..];
        promise(wire, request, file)?;
        wire.raw(&bytes[..bytes.len() / 2])?;
        Ok(After::Close)
    }),
    prompt("range-bytes-twice", |wire, request, file, _| {
        let bytes = &file.bytes[start(request)..];
        let twice = bytes.len() / 4;
        promise(wire, request, file)?;
        wire.raw(&bytes[..twice])?;
        wire.raw(&bytes[..bytes.len() - twice])?;
        Ok(After::Open)
    }),
    prompt("range-bytes-from-the-start", |wire, request, file, _| {
        let count = file.bytes.len() - start(request);
        promise(wire, request, file)?;
        wire.raw(&file.older[..count.min(file.older.len())])?;
        Ok(After::Close)
    }),
    prompt("etag-changed", |wire, request, file, _| {
        let start = start(request);
        let range = header("Content-Range", span(start, end(file), total(file)));
        let etag = header("ETag", "\"another\"");
        wire.answer(206, &[etag, range], &file.bytes[start..])?;
        Ok(After::Open)
    }),
    prompt("etag-weak", |wire, _, file, _| {
        wire.answer(200, &[header("ETag", format!("W/{}", file.etag))], &file.bytes)?;
        Ok(After::Open)
    }),
    prompt("etag-missing", |wire, request, file, _| {
        match request.range() {
            Some(start) => {
                let range = header("Content-Range", span(start, end(file), total(file)));
                wire.answer(206, &[range], &file.bytes[start..])?;
            }
            None => wire.answer(200, &[], &file.bytes)?,
        }
        Ok(After::Open)
    }),
    prompt("etag-of-other-bytes", |wire, request, file, _| {
        let changed = File {
            bytes: file.older.clone(),
            ..file.clone()
        };
        wire.honest(request, &changed)?;
        Ok(After::Open)
    }),
    prompt("etag-of-two-kibibytes", |wire, _, file, _| {
        let etag = header("ETag", format!("\"{}\"", "x".repeat(2048)));
        wire.answer(200, &[etag], &file.bytes)?;
        Ok(After::Open)
    }),
    prompt("range-refused", |wire, request, file, _| match request.range() {
        Some(_) => {
            let range = header("Content-Range", format!("bytes */{}", total(file)));
            wire.answer(416, &[range], b"")?;
            Ok(After::Open)
        }
        None => {
            wire.honest(request, file)?;
            Ok(After::Open)
        }
    }),
    prompt("range-always-refused", |wire, _, _, _| {
        wire.answer(416, &[], b"no such range")?;
        Ok(After::Open)
    }),
    prompt("range-compressed", |wire, request, file, _| {
        let start = start(request);
        let headers = [
            header("ETag", &file.etag),
            header("Content-Range", span(start, end(file), total(file))),
            header("Content-Encoding", "gzip"),
        ];
        let mut body = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
        body.extend_from_slice(&file.bytes[start..]);
        wire.answer(206, &headers, &body)?;
        Ok(After::Open)
    }),
];

/// A promise of the rest of the file, whatever follows.
fn promise(wire: &mut Wire, request: &Request, file: &File) -> io::Result<()> {
    let start = start(request);
    let headers = [
        header("ETag", &file.etag),
        header("Content-Range", span(start, end(file), total(file))),
        header("Content-Length", file.bytes.len() - start),
    ];
    match request.range() {
        Some(_) => wire.head(206, &headers),
        None => wire.head(200, &headers),
    }
}

fn part(wire: &mut Wire, file: &File, range: &str, body: &[u8]) -> io::Result<After> {
    let headers = [header("ETag", &file.etag), header("Content-Range", range)];
    wire.answer(206, &headers, body)?;
    Ok(After::Open)
}

fn start(request: &Request) -> usize {
    request.range().unwrap_or(0)
}

fn end(file: &File) -> usize {
    file.bytes.len().saturating_sub(1)
}

fn total(file: &File) -> usize {
    file.bytes.len()
}

fn span(start: usize, end: usize, total: usize) -> String {
    format!("bytes {start}-{end}/{total}")
}
