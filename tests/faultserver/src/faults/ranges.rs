//! Answers to a request for a range that are not what they should be.

use std::io;

use super::{Fault, header, lie};
use crate::site::File;
use crate::wire::Wire;

pub(super) const FAULTS: &[Fault] = &[
    lie("range-starts-too-early", |wire, file, start| {
        let start = start.saturating_sub(1);
        part(wire, file, &rest(start, file), &file.bytes[start..])
    }),
    lie("range-starts-too-late", |wire, file, start| {
        part(wire, file, &rest(start + 1, file), &file.bytes[start + 1..])
    }),
    lie("range-is-the-whole", |wire, file, _| {
        part(wire, file, &rest(0, file), &file.bytes)
    }),
    lie("range-ends-too-early", |wire, file, start| {
        let (last, total) = (file.bytes.len() - 2, file.bytes.len());
        let range = format!("bytes {start}-{last}/{total}");
        part(wire, file, &range, &file.bytes[start..=last])
    }),
    lie("range-of-a-longer-file", |wire, file, start| {
        let range = format!("bytes {start}-{}/{}", last(file), file.bytes.len() + 1);
        part(wire, file, &range, &file.bytes[start..])
    }),
    lie("range-of-an-unknown-total", |wire, file, start| {
        let range = format!("bytes {start}-{}/*", last(file));
        part(wire, file, &range, &file.bytes[start..])
    }),
    lie("range-backwards", |wire, file, start| {
        let range = format!("bytes {}-{start}/{}", last(file), file.bytes.len());
        part(wire, file, &range, &file.bytes[start..])
    }),
    lie("range-garbage", |wire, file, start| {
        part(wire, file, "bytes banana", &file.bytes[start..])
    }),
    lie("range-of-overflowing-numbers", |wire, file, start| {
        let range = "bytes 99999999999999999999-99999999999999999999/99999999999999999999";
        part(wire, file, range, &file.bytes[start..])
    }),
    lie("range-without-a-range", |wire, file, start| {
        wire.answer(206, &[etag(file)], &file.bytes[start..])
    }),
    lie("range-in-many-parts", |wire, file, start| {
        let mut body = format!("--cut\r\nContent-Range: {}\r\n\r\n", rest(start, file)).into_bytes();
        body.extend_from_slice(&file.bytes[start..]);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let kind = header("Content-Type", "multipart/byteranges; boundary=cut");
        wire.answer(206, &[kind, etag(file)], &body)
    }),
    lie("range-breaks-off", |wire, file, start| {
        let bytes = &file.bytes[start..];
        promise(wire, file, start)?;
        wire.raw(&bytes[..bytes.len() / 2])?;
        wire.reset()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }),
    lie("range-bytes-twice", |wire, file, start| {
        let bytes = &file.bytes[start..];
        let twice = bytes.len() / 4;
        promise(wire, file, start)?;
        wire.raw(&bytes[..twice])?;
        wire.raw(&bytes[..bytes.len() - twice])
    }),
    lie("range-bytes-from-the-start", |wire, file, start| {
        promise(wire, file, start)?;
        wire.raw(&file.bytes[..file.bytes.len() - start])
    }),
    lie("range-of-an-older-file", |wire, file, start| {
        let older = File {
            bytes: file.bytes.iter().map(|byte| byte ^ 1).collect(),
            ..file.clone()
        };
        part(wire, file, &rest(start, file), &older.bytes[start..])
    }),
    lie("range-under-another-etag", |wire, file, start| {
        let range = header("Content-Range", rest(start, file));
        wire.answer(206, &[header("ETag", "\"another\""), range], &file.bytes[start..])
    }),
    lie("range-under-a-weak-etag", |wire, file, start| {
        let range = header("Content-Range", rest(start, file));
        let weak = header("ETag", format!("W/{}", file.etag));
        wire.answer(206, &[weak, range], &file.bytes[start..])
    }),
    lie("range-under-no-etag", |wire, file, start| {
        let range = header("Content-Range", rest(start, file));
        wire.answer(206, &[range], &file.bytes[start..])
    }),
    lie("range-compressed", |wire, file, start| {
        let headers = [
            etag(file),
            header("Content-Range", rest(start, file)),
            header("Content-Encoding", "gzip"),
        ];
        let body = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03", &file.bytes[start..]].concat();
        wire.answer(206, &headers, &body)
    }),
    lie("range-of-the-wrong-length", |wire, file, start| {
        let headers = [
            etag(file),
            header("Content-Range", rest(start, file)),
            header("Content-Length", file.bytes.len()),
        ];
        wire.head(206, &headers)?;
        wire.raw(&file.bytes)
    }),
    lie("range-refused", |wire, file, _| {
        let range = header("Content-Range", format!("bytes */{}", file.bytes.len()));
        wire.answer(416, &[range], b"")
    }),
    lie("range-answered-with-the-whole", |wire, file, _| {
        wire.answer(200, &[etag(file)], &file.bytes)
    }),
    lie("range-answered-with-nothing", |wire, _, _| wire.head(204, &[])),
    lie("range-answered-with-a-portal", |wire, _, _| {
        wire.answer(
            200,
            &[header("Content-Type", "text/html")],
            b"<html>sign in</html>",
        )
    }),
    lie("range-answered-with-garbage", |wire, _, _| {
        wire.raw("what range?\r\n\r\n")?;
        Err(io::ErrorKind::ConnectionReset.into())
    }),
];

fn etag(file: &File) -> String {
    header("ETag", &file.etag)
}

fn last(file: &File) -> usize {
    file.bytes.len() - 1
}

/// The honest `Content-Range` of the rest.
fn rest(start: usize, file: &File) -> String {
    format!("bytes {start}-{}/{}", last(file), file.bytes.len())
}

/// The head of the honest answer, whatever follows.
fn promise(wire: &mut Wire, file: &File, start: usize) -> io::Result<()> {
    let headers = [
        etag(file),
        header("Content-Range", rest(start, file)),
        header("Content-Length", file.bytes.len() - start),
    ];
    wire.head(206, &headers)
}

fn part(wire: &mut Wire, file: &File, range: &str, body: &[u8]) -> io::Result<()> {
    wire.answer(206, &[etag(file), header("Content-Range", range)], body)
}
