//! Bodies that are not the file.

use std::io;

use super::{After, Fault, header, prompt};
use crate::site::File;
use crate::wire::Wire;

const PORTAL: &[u8] = b"<!DOCTYPE html><html><body>Welcome! Please accept our terms.</body></html>";

/// The first half of a whole file, and the end of the connection.
pub(super) fn cut_midway(wire: &mut Wire, file: &File) -> io::Result<After> {
    let headers = [
        header("Content-Length", file.bytes.len()),
        header("ETag", &file.etag),
    ];
    wire.head(200, &headers)?;
    wire.raw(&file.bytes[..file.bytes.len() / 2])?;
    Ok(After::Close)
}

pub(super) const FAULTS: &[Fault] = &[
    prompt("cut-midway", |wire, _, file, _| cut_midway(wire, file)),
    prompt("cut-midway-once", |wire, request, file, turn| {
        if turn > 0 {
            wire.honest(request, file)?;
            return Ok(After::Open);
        }
        cut_midway(wire, file)
    }),
    prompt("reset-midway", |wire, _, file, _| {
        let headers = [
            header("Content-Length", file.bytes.len()),
            header("ETag", &file.etag),
        ];
        wire.head(200, &headers)?;
        wire.raw(&file.bytes[..file.bytes.len() / 2])?;
        wire.reset()?;
        Ok(After::Close)
    }),
    prompt("one-byte-a-connection", |wire, request, file, _| {
        let start = request.range().unwrap_or(0).min(file.bytes.len() - 1);
        let range = format!("bytes {start}-{}/{}", file.bytes.len() - 1, file.bytes.len());
        let mut headers = vec![
            header("Content-Length", file.bytes.len() - start),
            header("ETag", &file.etag),
        ];
        let status = match request.range() {
            Some(_) => {
                headers.push(header("Content-Range", range));
                206
            }
            None => 200,
        };
        wire.head(status, &headers)?;
        wire.raw(&file.bytes[start..=start])?;
        Ok(After::Close)
    }),
    prompt("empty", |wire, _, _, _| {
        wire.answer(200, &[], b"")?;
        Ok(After::Open)
    }),
    prompt("head-only", |wire, _, file, _| {
        let headers = [
            header("Content-Length", file.bytes.len()),
            header("ETag", &file.etag),
        ];
        wire.head(200, &headers)?;
        Ok(After::Close)
    }),
    prompt("one-byte-less", |wire, request, file, _| {
        let mut bytes = file.bytes.clone();
        bytes.pop();
        wire.honest(
            request,
            &File {
                bytes,
                ..file.clone()
            },
        )?;
        Ok(After::Open)
    }),
    prompt("one-byte-more", |wire, request, file, _| {
        let mut bytes = file.bytes.clone();
        bytes.push(b'x');
        wire.honest(
            request,
            &File {
                bytes,
                ..file.clone()
            },
        )?;
        Ok(After::Open)
    }),
    prompt("one-bit-flipped", |wire, request, file, _| {
        let mut bytes = file.bytes.clone();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        wire.honest(
            request,
            &File {
                bytes,
                ..file.clone()
            },
        )?;
        Ok(After::Open)
    }),
    prompt("zeros", |wire, request, file, _| {
        let bytes = vec![0; file.bytes.len()];
        wire.honest(
            request,
            &File {
                bytes,
                ..file.clone()
            },
        )?;
        Ok(After::Open)
    }),
    prompt("another-file", |wire, _, file, _| {
        let mut bytes = file.bytes.clone();
        bytes.reverse();
        wire.answer(200, &[header("ETag", "\"other\"")], &bytes)?;
        Ok(After::Open)
    }),
    prompt("an-older-file", |wire, _, file, _| {
        wire.answer(200, &[header("ETag", "\"older\"")], &file.older)?;
        Ok(After::Open)
    }),
    prompt("compressed-without-asking", |wire, _, file, _| {
        let mut body = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
        body.extend_from_slice(&file.bytes);
        let headers = [header("Content-Encoding", "gzip"), header("ETag", &file.etag)];
        wire.answer(200, &headers, &body)?;
        Ok(After::Open)
    }),
    prompt("compressed-by-brotli", |wire, _, file, _| {
        wire.answer(200, &[header("Content-Encoding", "br")], &file.bytes)?;
        Ok(After::Open)
    }),
    prompt("captive-portal", |wire, _, _, _| {
        wire.answer(200, &[header("Content-Type", "text/html; charset=utf-8")], PORTAL)?;
        Ok(After::Open)
    }),
    prompt("captive-portal-that-says-json", |wire, _, _, _| {
        wire.answer(200, &[header("Content-Type", "application/json")], PORTAL)?;
        Ok(After::Open)
    }),
];
