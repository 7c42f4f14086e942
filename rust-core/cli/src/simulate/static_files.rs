//! The app's files, answered the way Capacitor's `WebViewLocalServer` answers them: `/` and every path whose last
//! part has no dot is index.html (an app with routes of its own), everything else is a file of the bundle or 404.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use tower_http::services::ServeDir;

/// Headers of a conditional request: nothing is cached here, so nothing is conditional.
const CONDITIONS: [HeaderName; 4] = [
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_UNMODIFIED_SINCE,
    header::IF_MATCH,
];

/// What a path of the app's URL space means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted<'p> {
    /// An HTML document; the path of its file inside the bundle.
    Document(&'p str),
    /// Any other file.
    File,
    /// Capacitor answers `/cordova.js` with nothing, for apps that still load it.
    Nothing,
}

/// Reads the path of a URL.
pub(crate) fn wanted(path: &str) -> Wanted<'_> {
    let last = path.rsplit('/').next().unwrap_or_default();
    match path {
        "/cordova.js" => Wanted::Nothing,
        _ if !last.contains('.') => Wanted::Document("/index.html"),
        _ if last.ends_with(".html") => Wanted::Document(path),
        _ => Wanted::File,
    }
}

/// Whether this request is a navigation, which gets the document-start script. A `fetch` of the same document gets
/// the bundle's bytes; browsers say which it is, and a client that says nothing is taken for a navigation.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-dest")
        .is_none_or(|dest| ["document", "iframe", "frame"].iter().any(|name| dest == name))
}

/// A file below `root`, with ranges and its MIME type; 404 for anything that is not one, or that lies outside.
pub(crate) async fn file(root: &Path, mut request: Request<Body>) -> Response<Body> {
    if !stays_inside(root, request.uri().path()).await {
        return status(StatusCode::NOT_FOUND);
    }
    for condition in CONDITIONS {
        request.headers_mut().remove(condition);
    }
    let mut files = ServeDir::new(root).append_index_html_on_directories(false);
    match files.try_call(request).await {
        Ok(response) => {
            let mut response = response.map(Body::new);
            response.headers_mut().remove(header::LAST_MODIFIED);
            response
        }
        Err(_) => status(StatusCode::NOT_FOUND),
    }
}

/// The bytes of the document at `path`, or `None` where there is none.
pub(crate) async fn document(root: &Path, path: &str) -> Option<Vec<u8>> {
    tokio::fs::read(resolve(root, path).await?).await.ok()
}

/// An HTML answer.
pub(crate) fn html(code: StatusCode, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = code;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

/// An empty script, for `/cordova.js`.
pub(crate) fn nothing() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let script = HeaderValue::from_static("text/javascript; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, script);
    response
}

fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}

/// ServeDir refuses `..` and the like by itself but follows links; a link in the embedded folder may lead anywhere.
async fn stays_inside(root: &Path, path: &str) -> bool {
    resolve(root, path).await.is_some()
}

/// The real file of a URL path, if it lies below `root`.
async fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let root = tokio::fs::canonicalize(root).await.ok()?;
    let real = tokio::fs::canonicalize(root.join(decoded.trim_start_matches('/')))
        .await
        .ok()?;
    real.starts_with(&root).then_some(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_mean_what_they_mean_to_capacitor() {
        for (path, expected) in [
            ("/", Wanted::Document("/index.html")),
            ("/settings/profile", Wanted::Document("/index.html")),
            ("/v1.2/about", Wanted::Document("/index.html")),
            ("/help/page.html", Wanted::Document("/help/page.html")),
            ("/assets/app-1a2b.js", Wanted::File),
            ("/cordova.js", Wanted::Nothing),
        ] {
            assert_eq!(wanted(path), expected, "{path}");
        }
    }

    #[test]
    fn a_fetch_is_no_navigation() {
        let with = |dest: &'static str| {
            HeaderMap::from_iter([("sec-fetch-dest".parse().unwrap(), HeaderValue::from_static(dest))])
        };
        assert!(is_navigation(&HeaderMap::new()));
        assert!(is_navigation(&with("document")));
        assert!(is_navigation(&with("iframe")));
        assert!(!is_navigation(&with("empty")));
        assert!(!is_navigation(&with("script")));
    }

    #[tokio::test]
    async fn nothing_outside_the_root_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("bundle");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("page.html"), "inside").unwrap();
        std::fs::write(folder.path().join("secret.html"), "outside").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("secret.html"), root.join("link.html")).unwrap();

        assert_eq!(
            document(&root, "/page.html").await.as_deref(),
            Some(&b"inside"[..])
        );
        for path in [
            "/../secret.html",
            "/%2e%2e/secret.html",
            "/..%2fsecret.html",
            "//../secret.html",
            "/link.html",
            "/page.html%00",
        ] {
            assert_eq!(document(&root, path).await, None, "{path}");
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            assert_eq!(
                file(&root, request).await.status(),
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        let request = Request::builder().uri("/page.html").body(Body::empty()).unwrap();
        assert_eq!(file(&root, request).await.status(), StatusCode::OK);
    }
}
