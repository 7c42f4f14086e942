//! ETags, and ranges that nobody asked for.

use super::{After, Fault, header, prompt};
use crate::site::File;

pub(super) const FAULTS: &[Fault] = &[
    prompt("etag-weak", |wire, _, file, _| {
        wire.answer(200, &[header("ETag", format!("W/{}", file.etag))], &file.bytes)?;
        Ok(After::Open)
    }),
    prompt("etag-missing", |wire, _, file, _| {
        wire.answer(200, &[], &file.bytes)?;
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
    prompt("a-part-that-nobody-asked-for", |wire, request, file, _| {
        let (start, total) = (request.range().unwrap_or(3), file.bytes.len());
        let range = header(
            "Content-Range",
            format!("bytes {start}-{}/{}", total - 1, total + 1),
        );
        wire.answer(206, &[header("ETag", &file.etag), range], &file.bytes[start..])?;
        Ok(After::Open)
    }),
    prompt("416-always", |wire, _, _, _| {
        wire.answer(416, &[], b"no such range")?;
        Ok(After::Open)
    }),
];
