//! Answers to requests: which file, which part of it, and what went over the wire.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use super::etag::{self, Tags};
use super::range::{self, Asked};
use crate::output::Output;

/// A folder that is being served.
#[derive(Debug)]
pub(super) struct Site {
    root: PathBuf,
    tags: Tags,
    output: Output,
}

/// An open file and its tag.
struct Found {
    file: File,
    length: u64,
    tag: String,
    media_type: String,
}

impl Site {
    /// `root` must be canonical: answers stay below it.
    pub(super) fn new(root: PathBuf, output: Output) -> Site {
        Site {
            root,
            tags: Tags::default(),
            output,
        }
    }

    /// The file that a URL path names. `None` for anything that is not a regular file below the root.
    fn find(&self, url_path: &str) -> Option<Found> {
        let path = self.root.join(relative(url_path)?).canonicalize().ok()?;
        // Links may lead out of the folder; what is outside is not served, whatever the link is called.
        if !path.starts_with(&self.root) || !path.is_file() {
            return None;
        }
        let mut file = File::open(&path).ok()?;
        let length = file.metadata().ok()?.len();
        let tag = self.tags.of(&path, &mut file).ok()?;
        let media_type = mime_guess::from_path(&path).first_or_octet_stream().to_string();
        Some(Found {
            file,
            length,
            tag,
            media_type,
        })
    }
}

/// Answers one request and writes a line about it to stderr.
pub(super) async fn answer(State(site): State<Arc<Site>>, request: Request<Body>) -> Response<Body> {
    let (method, path, headers) = (
        request.method().clone(),
        request.uri().path().to_owned(),
        request.headers().clone(),
    );
    let response = if matches!(method, Method::GET | Method::HEAD) {
        let (finder, wanted) = (Arc::clone(&site), path.clone());
        match tokio::task::spawn_blocking(move || finder.find(&wanted)).await {
            Ok(Some(found)) => {
                deliver(found, &method, &headers).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
            }
            Ok(None) => plain(StatusCode::NOT_FOUND),
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
        }
    } else {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
        set(&mut response, ALLOW, "GET, HEAD");
        response
    };
    let length = response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .unwrap_or("0");
    site.output.say(format_args!(
        "{method} {path} {} {length}",
        response.status().as_u16()
    ));
    response
}

/// The file or the asked part of it. Conditions in the order of RFC 9110 section 13.2.2.
fn deliver(mut found: Found, method: &Method, headers: &HeaderMap) -> io::Result<Response<Body>> {
    let field = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if field(IF_NONE_MATCH).is_some_and(|listed| etag::is_listed(listed, &found.tag)) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        describe(&mut response, &found);
        return Ok(response);
    }
    // A tag that is not this one, and any date (none is ever sent), asks for the whole (section 13.1.5).
    let range_counts = field(IF_RANGE).is_none_or(|tag| tag.trim() == found.tag);
    let asked = match field(RANGE).filter(|_| range_counts) {
        Some(range) => range::parse(range, found.length),
        None => Asked::Whole,
    };
    let (status, first, length) = match asked {
        Asked::Whole => (StatusCode::OK, 0, found.length),
        Asked::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Asked::Nothing => {
            let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE);
            set(&mut response, CONTENT_RANGE, &format!("bytes */{}", found.length));
            set(&mut response, ETAG, &found.tag);
            return Ok(response);
        }
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    describe(&mut response, &found);
    set(&mut response, CONTENT_TYPE, &found.media_type);
    set(&mut response, CONTENT_LENGTH, &length.to_string());
    if let Asked::Part { first, last } = asked {
        set(
            &mut response,
            CONTENT_RANGE,
            &format!("bytes {first}-{last}/{}", found.length),
        );
    }
    if method == Method::GET {
        found.file.seek(SeekFrom::Start(first))?;
        let part = tokio::fs::File::from_std(found.file).take(length);
        *response.body_mut() = Body::from_stream(ReaderStream::new(part));
    }
    Ok(response)
}

/// The fields that go with every answer about a file. `no-cache` means: ask again with the tag.
fn describe(response: &mut Response<Body>, found: &Found) {
    set(response, ETAG, &found.tag);
    set(response, ACCEPT_RANGES, "bytes");
    set(response, CACHE_CONTROL, "no-cache");
    set(response, X_CONTENT_TYPE_OPTIONS, "nosniff");
}

/// A short answer in words.
fn plain(status: StatusCode) -> Response<Body> {
    let text = format!("{status}\n");
    let length = text.len().to_string();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, "text/plain; charset=utf-8");
    set(&mut response, CONTENT_LENGTH, &length);
    response
}

fn set(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
}

/// The relative path of a URL path; a folder means its index.html. `None` for anything that could mean
/// another place than it says: empty and dot segments, separators and NUL hidden behind percent signs, and
/// what is not UTF-8.
fn relative(url_path: &str) -> Option<PathBuf> {
    let url_path = url_path.strip_prefix('/')?;
    let mut path = PathBuf::new();
    let mut segments = url_path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let name = percent_decode_str(segment).decode_utf8().ok()?;
        match (name.as_ref(), segments.peek()) {
            ("", None) => path.push("index.html"),
            ("" | "." | "..", _) => return None,
            (name, _) if name.contains(['/', '\\', '\0', ':']) || name.starts_with(".airlock-") => {
                return None;
            }
            (name, _) => path.push(Path::new(name)),
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_taken_as_they_are() {
        for (url, path) in [
            ("/", "index.html"),
            ("/a/", "a/index.html"),
            ("/metadata/timestamp.json", "metadata/timestamp.json"),
            ("/a%20b/%C3%A9.js", "a b/é.js"),
            ("/.well-known/x", ".well-known/x"),
        ] {
            assert_eq!(relative(url), Some(PathBuf::from(path)), "{url}");
        }
    }

    #[test]
    fn paths_that_could_lead_elsewhere_are_not_found() {
        for url in [
            "",
            "x",
            "//etc/passwd",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/a%2f..%2fx",
            "/..%5cx",
            "/a/./b",
            "/a//b",
            "/%00",
            "/%ff",
            "/C:/x",
            "/.airlock-x1",
        ] {
            assert_eq!(relative(url), None, "{url}");
        }
    }
}
